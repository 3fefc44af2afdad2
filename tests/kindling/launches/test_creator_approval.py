"""The creator approves the final ad where the agreement says so: asked, answered in the portal, and binding."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.access import service as access
from kindling.agreements.models import UsageRight
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.launches import creator_approval, service
from kindling.launches.checks import service as checks
from kindling.launches.models import AdApproval, Plan, PlannedObject
from kindling.launches.rules import CreatorAnswer
from kindling.launches.sending import apply as applying
from kindling.notices import mail
from kindling.notices.models import Mail, Notice
from kindling.posts.models import Post
from kindling.workspaces.models import AuditEntry
from kindling.workspaces.service import system_actor


@pytest.fixture
def plan(team: Team) -> Plan:
    """A plan of one post whose right lets the creator approve the ad."""
    (post,) = team.launchable(1)
    UsageRight.objects.filter(item_id=post.item_id).update(final_approval=True)
    Creator.objects.filter(pk=post.creator_id).update(email="ana@creator.example")
    return team.plan([post])


def blocked(plan: Plan, team: Team) -> list[str]:
    found = checks.check_plan(plan, now=team.now)
    return [each.message for each in found if each.blocks]


def asked(plan: Plan, team: Team) -> AdApproval:
    (row,) = creator_approval.ask(team.buyer, plan, at=team.now)
    return row


def said(row: AdApproval, team: Team, *, yes: bool = True, reason: str = "") -> AdApproval:
    return creator_approval.answer(
        row.creator, row.pk, seen=row.shown_hash, is_approved=yes, reason=reason, at=team.now
    )


def inside(team: Team, creator: Creator) -> Client:
    link = access.make_link(creator, purpose="test", at=team.now, actor=team.manager)
    phone = Client()
    assert phone.post(urlsplit(link).path).status_code == 302
    return phone


class TestTheApproval:
    @pytest.mark.slow
    def test_is_awaited_before_anything_is_approved_or_applied(
        self, team: Team, plan: Plan
    ) -> None:
        assert blocked(plan, team) == [
            "The agreement asks for the creator's approval of the ad. Ask for it."
        ]
        row = asked(plan, team)
        (waits,) = blocked(plan, team)
        assert f"@{row.creator.handle} was asked" in waits
        with pytest.raises(ConflictError, match="block the plan"):
            service.approve(team.finance, plan, digest=plan.digest, at=team.now)
        said(row, team)
        assert blocked(plan, team) == []
        service.approve(team.finance, plan, digest=plan.digest, at=team.now)
        assert team.apply(plan).state == Plan.State.APPLIED

    def test_is_asked_again_when_the_ad_has_changed(self, team: Team, plan: Plan) -> None:
        row = said(asked(plan, team), team)
        Post.objects.filter(pk=row.post_id).update(caption="Other words #ad", approved_caption="")
        assert creator_approval.answers(plan) == {row.post.item_id: CreatorAnswer.CHANGED}
        again = asked(plan, team)
        assert again.shown_hash != row.shown_hash
        assert again.shown["caption"] == "Other words #ad"
        assert creator_approval.answers(plan) == {row.post.item_id: CreatorAnswer.ASKED}

    def test_that_is_lost_after_the_plan_was_approved_stops_the_apply(
        self, team: Team, plan: Plan
    ) -> None:
        row = said(asked(plan, team), team)
        service.approve(team.finance, plan, digest=plan.digest, at=team.now)
        Post.objects.filter(pk=row.post_id).update(caption="Other words #ad")
        with pytest.raises(ConflictError, match="has not approved the ad"):
            service.start_apply(team.buyer, plan, at=team.now)
        plan.refresh_from_db()
        assert plan.state == Plan.State.APPROVED

    def test_that_is_lost_while_applying_leaves_the_ad_off(self, team: Team, plan: Plan) -> None:
        row = said(asked(plan, team), team)
        service.approve(team.finance, plan, digest=plan.digest, at=team.now)
        service.start_apply(team.buyer, plan, at=team.now)
        Post.objects.filter(pk=row.post_id).update(caption="Other words #ad", approved_caption="")
        applying.run(plan.pk)
        ad = PlannedObject.objects.get(plan=plan, kind=PlannedObject.Kind.AD)
        assert ad.state == PlannedObject.State.HELD
        assert "Ask for approval again" in ad.message
        assert not [each for each in team.held("ad") if each["operation_status"] == "ENABLE"]

    def test_refused_holds_only_its_own_ad_when_a_plan_is_applied_again(self, team: Team) -> None:
        posts = team.launchable(2)
        UsageRight.objects.update(final_approval=True)
        plan = team.plan(posts)
        first, second = creator_approval.ask(team.buyer, plan, at=team.now)
        words = {
            row.post_id: (row.post.caption, row.post.approved_caption) for row in (first, second)
        }
        said(first, team)
        said(second, team)
        service.approve(team.finance, plan, digest=plan.digest, at=team.now)
        service.start_apply(team.buyer, plan, at=team.now)
        Post.objects.filter(pk__in=words).update(caption="Other words #ad", approved_caption="")
        applying.run(plan.pk)
        for pk, (caption, approved) in words.items():
            Post.objects.filter(pk=pk).update(caption=caption, approved_caption=approved)
        AdApproval.objects.filter(pk=second.pk).update(is_approved=False)
        assert team.apply(plan).state == Plan.State.PARTLY
        ads = {row.post_id: row for row in plan.objects_planned.filter(kind=PlannedObject.Kind.AD)}
        assert ads[first.post_id].state == PlannedObject.State.ENABLED
        assert ads[second.post_id].state == PlannedObject.State.HELD
        assert "refused this ad" in ads[second.post_id].message
        AdApproval.objects.filter(pk=first.pk).update(is_approved=False)
        plan.refresh_from_db()
        with pytest.raises(ConflictError, match=f"Nothing else.*{second.post.item_id}"):
            service.start_apply(team.buyer, plan, at=team.now)
        plan.refresh_from_db()
        assert plan.state == Plan.State.PARTLY  # what runs was approved when it began
        plan.objects_planned.filter(post=first.post).update(stopped_at=team.now)
        with pytest.raises(ConflictError, match="Nothing else"):
            service.start_apply(team.buyer, plan, at=team.now)

    def test_refused_for_the_only_ad_leaves_nothing_to_apply_again(
        self, team: Team, plan: Plan
    ) -> None:
        row = said(asked(plan, team), team)
        Plan.objects.filter(pk=plan.pk).update(state=Plan.State.PARTLY)
        AdApproval.objects.filter(pk=row.pk).update(is_approved=False)
        with pytest.raises(ConflictError, match="has not approved the ad"):
            service.start_apply(team.buyer, plan, at=team.now)

    def test_is_not_asked_for_twice(self, team: Team, plan: Plan) -> None:
        asked(plan, team)
        with pytest.raises(ConflictError, match="No creator"):
            creator_approval.ask(team.buyer, plan, at=team.now)

    def test_is_asked_for_by_those_who_plan(self, team: Team, plan: Plan) -> None:
        for actor in (team.manager, system_actor(team.workspace)):
            with pytest.raises(NotAllowedError):
                creator_approval.ask(actor, plan, at=team.now)

    def test_is_mailed_with_a_link_in_the_creators_language(self, team: Team, plan: Plan) -> None:
        Creator.objects.filter(email="ana@creator.example").update(language="es")
        row = asked(plan, team)
        told = Mail.objects.get(key=f"ad-approval-{row.pk}")
        assert told.to == "ana@creator.example"
        assert "te pide que apruebes un anuncio" in told.subject

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("language", "subject", "text"),
        [
            ("en", "approve 2 ads with your TikTok posts", "None of them runs before"),
            ("es", "apruebes 2 anuncios con tus publicaciones", "Ninguno sale antes"),
        ],
    )
    def test_of_several_ads_of_one_creator_is_one_mail_with_one_link(
        self, team: Team, monkeypatch: pytest.MonkeyPatch, language: str, subject: str, text: str
    ) -> None:
        """A plan may have more ads of a creator than a creator may get links a day."""
        posts = team.launchable(2)
        creator = posts[0].creator
        Creator.objects.filter(pk=creator.pk).update(email="ana@creator.example", language=language)
        Post.objects.filter(pk=posts[1].pk).update(creator=creator)
        UsageRight.objects.update(final_approval=True)
        UsageRight.objects.filter(item_id=posts[1].item_id).update(creator=creator)
        monkeypatch.setattr(access, "MOST_LINKS_A_DAY", 1)
        sent: list[dict[str, str]] = []
        monkeypatch.setattr(mail, "post", lambda _, **written: sent.append(written))
        rows = creator_approval.ask(team.buyer, team.plan(posts), at=team.now)
        assert [row.creator for row in rows] == [creator, creator]
        assert [subject in each["subject"] for each in sent] == [True]
        for words in (text, "http", *(post.item_id for post in posts)):
            assert words in sent[0]["text"]
        assert creator.portal_links.count() == 1

    def test_of_a_cancelled_plan_is_no_longer_awaited(self, team: Team, plan: Plan) -> None:
        row = asked(plan, team)
        service.cancel(team.buyer, plan, at=team.now)
        assert not creator_approval.waiting_for(row.creator).exists()
        with pytest.raises(NotFoundError):
            said(row, team)
        with pytest.raises(ConflictError, match="cancelled"):
            creator_approval.ask(team.buyer, plan, at=team.now)


class TestAnAnswer:
    def test_keeps_what_was_seen_and_tells_the_buyer(self, team: Team, plan: Plan) -> None:
        row = said(asked(plan, team), team)
        assert (row.is_approved, row.answered_at) == (True, team.now)
        assert row.shown["item_id"] == row.post.item_id
        assert row.shown["landing_page"].startswith("https://")
        notice = Notice.objects.get(key=f"ad-approval-{row.pk}")
        assert (notice.roles, notice.path) == (["media_buyer"], f"plans/{plan.pk}/")
        assert f"@{row.creator.handle} approved" in notice.title
        entry = AuditEntry.objects.get(action="approved ad")
        assert entry.actor_label == f"@{row.creator.handle}"
        assert entry.after == {"item_id": row.post.item_id, "shown_hash": row.shown_hash}

    def test_of_no_says_why_and_blocks(self, team: Team, plan: Plan) -> None:
        row = asked(plan, team)
        with pytest.raises(InvalidInputError, match="why"):
            said(row, team, yes=False)
        said(row, team, yes=False, reason="The page is not mine.")
        assert "refused this ad" in blocked(plan, team)[0]
        assert "The page is not mine." in Notice.objects.get(key=f"ad-approval-{row.pk}").title
        asked(plan, team)  # after a talk they may be asked again
        assert creator_approval.answers(plan) == {row.post.item_id: CreatorAnswer.ASKED}

    def test_is_given_once(self, team: Team, plan: Plan) -> None:
        row = said(asked(plan, team), team)
        with pytest.raises(NotFoundError):
            said(row, team, yes=False, reason="No.")

    def test_to_another_ad_than_the_one_shown_is_refused(self, team: Team, plan: Plan) -> None:
        row = asked(plan, team)
        with pytest.raises(ConflictError, match="changed"):
            creator_approval.answer(
                row.creator, row.pk, seen="0" * 64, is_approved=True, reason="", at=team.now
            )
        Post.objects.filter(pk=row.post_id).update(caption="Other words")
        with pytest.raises(ConflictError, match="changed"):
            said(row, team)


class TestThePages:
    def test_of_the_creator_show_the_ad_and_take_the_answer(self, team: Team, plan: Plan) -> None:
        row = asked(plan, team)
        phone = inside(team, row.creator)
        assert reverse("portal:approvals") in phone.get("/portal/").content.decode()
        page = phone.get(reverse("portal:approvals")).content.decode()
        for words in (row.shown["ad_name"], row.shown["item_id"], "Ads waiting for your approval"):
            assert words in page
        url = reverse("portal:answer_ad", args=[row.pk])
        assert phone.post(url, {"answer": "refuse", "seen": row.shown_hash}).status_code == 422
        done = phone.post(url, {"answer": "approve", "seen": row.shown_hash})
        assert done.status_code == 302
        row.refresh_from_db()
        assert row.is_approved

    def test_of_another_creator_do_not_know_it(self, team: Team, plan: Plan) -> None:
        row = asked(plan, team)
        other = Creator.objects.exclude(pk=row.creator_id).exclude(is_own=True).first()
        assert other is not None
        phone = inside(team, other)
        assert row.shown["ad_name"] not in phone.get(reverse("portal:approvals")).content.decode()
        url = reverse("portal:answer_ad", args=[row.pk])
        assert phone.post(url, {"answer": "approve", "seen": row.shown_hash}).status_code == 404
        row.refresh_from_db()
        assert row.answered_at is None

    @pytest.mark.parametrize(
        ("language", "approved", "refused"),
        [("en", "Approved", "Refused"), ("es", "Aprobado", "Rechazado")],
    )
    def test_of_the_creators_consents_list_what_they_answered(
        self, team: Team, plan: Plan, language: str, approved: str, refused: str
    ) -> None:
        row = asked(plan, team)
        Creator.objects.filter(pk=row.creator_id).update(language=language)
        phone, page = inside(team, row.creator), reverse("portal:consents")
        assert row.shown["ad_name"] not in phone.get(page).content.decode()  # not answered yet
        said(row, team, yes=False, reason="The page is not mine.")
        said(asked(plan, team), team)
        shown = phone.get(page).content.decode()
        assert shown.count(row.shown["ad_name"]) == 2
        for words in (f">{approved}<", f">{refused}<", "The page is not mine."):
            assert words in shown
        assert shown.index(f">{approved}<") < shown.index(f">{refused}<")  # the newest first
        other = Creator.objects.exclude(pk=row.creator_id).filter(is_own=False).first()
        assert other is not None
        assert row.shown["ad_name"] not in inside(team, other).get(page).content.decode()

    def test_of_the_plan_say_whose_answer_is_awaited(self, team: Team, plan: Plan) -> None:
        assert team.buyer.user is not None
        desk = Client()
        desk.force_login(team.buyer.user)
        url = f"/w/{team.workspace.slug}/plans/{plan.pk}/"
        assert "Not asked yet" in desk.get(url).content.decode()
        assert desk.post(f"{url}ask-creators/").status_code == 302
        row = AdApproval.objects.get()
        assert f"Waiting for @{row.creator.handle}" in desk.get(url).content.decode()
        assert desk.post(f"{url}ask-creators/").status_code == 409
        said(row, team)
        assert "Creator's approval" in desk.get(url).content.decode()

    @pytest.mark.parametrize("email", ["ana@creators.example", ""])
    def test_asked_without_a_mail_are_named_on_the_page(
        self, team: Team, plan: Plan, email: str
    ) -> None:
        Creator.objects.update(email=email)
        assert team.buyer.user is not None
        desk = Client()
        desk.force_login(team.buyer.user)
        url = f"/w/{team.workspace.slug}/plans/{plan.pk}/"
        page = desk.post(f"{url}ask-creators/", follow=True).content.decode()
        handle = AdApproval.objects.get().creator.handle
        assert f"Asked @{handle}" in page
        assert (f"No mail to @{handle}" in page) == (not email)

    @pytest.mark.slow
    def test_of_flights_in_the_past_are_shown_as_they_were_asked(
        self, team: Team, plan: Plan
    ) -> None:
        row = asked(plan, team)
        team.sandbox.advance(days=40)
        assert row.asked_at < team.now - timedelta(days=39)
        assert (
            "Ads waiting"
            in inside(team, row.creator).get(reverse("portal:approvals")).content.decode()
        )

"""A sample team with something on every page, and browsers of people in each role."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from furnished import Browser, Furnished
from sample_team import Team

from kindling.access import invitations
from kindling.access.models import Invitation
from kindling.agreements import samples
from kindling.agreements import service as agreements
from kindling.agreements.contract.terms import Terms
from kindling.agreements.saved_terms import service as saved_terms
from kindling.authorizations.models import Authorization, Intake
from kindling.briefs import deliverables, starting_points
from kindling.briefs import service as briefs
from kindling.briefs.drafts import service as drafts
from kindling.briefs.drafts.service import DraftInput
from kindling.briefs.reviews import service as reviews
from kindling.briefs.rules import Content
from kindling.comments.models import Comment
from kindling.conversions.models import OrderImport
from kindling.creators import directory
from kindling.delivery import sync
from kindling.delivery.models import Ad, GmvMaxCampaign, GmvMaxPost
from kindling.delivery.stop_rules import service as rules
from kindling.delivery.stop_rules.rules import Comparison, Metric
from kindling.delivery.stop_rules.service import Draft
from kindling.kit.money import Money
from kindling.launches.drafts import service as plan_drafts
from kindling.launches.models import AdVideo
from kindling.lists import actions
from kindling.lists import service as lists
from kindling.lists.rules import FileFormat, Wanted
from kindling.lists.spec import find_list
from kindling.notices import service as notices
from kindling.notices.alerts import webhooks
from kindling.outreach import sequences
from kindling.outreach import service as outreach
from kindling.outreach.models import Enrolment, OutreachMessage
from kindling.posts.models import Post, PostStill
from kindling.tracker import uploads
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User


@pytest.fixture
def furnished(team: Team) -> Furnished:
    return team.stages.after("furnished", do=lambda: furnish(team))


def furnish(team: Team) -> Furnished:
    launched, planned = team.launchable(2)
    team.apply(team.approved([launched]))
    sync.sync_account(team.account, at=team.now)
    PostStill.objects.update_or_create(
        post=launched, defaults={"cover": b"cover", "tile": b"tile", "taken_at": team.now}
    )
    plan = team.plan([planned])
    codes = Authorization.objects.exclude(code="").values_list("code", flat=True)
    used_by_gmv_max(team, launched)
    return Furnished(
        team=team,
        post=launched,
        plan=plan,
        campaign_template=plan_drafts.save_template(
            team.buyer, plan, 1, name="Sample", at=team.now
        ),
        video=AdVideo.objects.create(
            ad_account=team.account, file_name="sample.mp4", signature="s" * 32, created_at=team.now
        ),
        authorization=Authorization.objects.get(post=planned, kind="code"),
        intake=Intake.objects.latest("pk"),
        ad=Ad.objects.get(item_id=launched.item_id),
        order_file=OrderImport.objects.create(
            workspace=team.workspace, file_name="sample.csv", at=team.now
        ),
        codes=tuple(codes),
        **agreement_with_everything(team, launched),
        **draft_in_review(team, launched),
        **what_is_kept_of_creators(team, launched),
        **what_a_member_keeps_of_lists(team),
        comment=commented(team, launched),
        rule=rules.create(
            team.owner,
            Draft("Sample rule", Metric.CPA, Comparison.ABOVE, 2_000, min_spend_minor=5_000),
            at=team.now,
        ),
        terms_template=saved_terms.save_template(
            team.manager, name="Sample terms", terms=Terms(), at=team.now
        ),
        **told_by_webhook(team),
    )


def used_by_gmv_max(team: Team, post: Post) -> None:
    """A GMV Max campaign that uses the post."""
    campaign = GmvMaxCampaign.objects.create(
        ad_account=team.account, campaign_id="7400000000000000001", name="Sample GMV Max",
        promotes="PRODUCT_GMV_MAX", store_id="1", operation_status="ENABLE", seen_at=team.now,
    )  # fmt: skip
    GmvMaxPost.objects.create(
        campaign=campaign, item_id=post.item_id, post=post, handle=post.creator.handle,
        delivery_status="DELIVERING", currency="USD", cost_minor=1_200, sku_orders=3,
        gross_revenue_minor=8_700, roi=7.25, seen_at=team.now,
    )  # fmt: skip


def told_by_webhook(team: Team) -> dict[str, Any]:
    """A webhook, and a notice that waits for it."""
    webhook = webhooks.add(
        team.owner,
        webhooks.Draft("#sample", "https://chat.example/hooks/sample", least_urgency=3),
        at=team.now,
    )
    notice = notices.notify(
        team.workspace, key="sample-alert", roles=["media_buyer"], title="Sample notice",
        next_step="Nothing to do.", path="live/", at=team.now,
    )  # fmt: skip
    return {"webhook": webhook, "notice": notice}


def commented(team: Team, post: Post) -> Comment:
    """A question under the running ad, which waits for an answer."""
    return Comment.objects.create(
        workspace=team.workspace, comment_id="7300000000000000001", item_id=post.item_id, post=post,
        ad=Ad.objects.get(item_id=post.item_id), author="sample.viewer", text="Where can I buy this?",
        written_at=team.now, seen_at=team.now, label="where_to_buy", confidence=0.9,
        category="where_to_buy", language="en", due_at=team.now,
    )  # fmt: skip


def what_is_kept_of_creators(team: Team, post: Post) -> dict[str, Any]:
    """A tracker that waits for its import, a note about a creator, and a message to send by hand."""
    template = sequences.save_template(
        team.manager, name="Sample", language="en", channel="dm", subject="", text="Hello {{ creator }}",
        at=team.now,
    )  # fmt: skip
    sequence = sequences.make_sequence(
        team.manager, name="Sample", steps=[(template, 0)], at=team.now
    )
    outreach.enrol(team.manager, sequence, [post.creator.handle], at=team.now)
    enrolment = Enrolment.objects.get()
    return {
        "enrolment": enrolment,
        "invitation": invited(team),
        "message": OutreachMessage.objects.create(
            enrolment=enrolment, number=1, channel="dm", text="Hello", made_at=team.now
        ),
        "sheet": uploads.keep(team.manager, b"handle,email\nsample,a@shop.example", name="x.csv", at=team.now),
        "creator_note": directory.write_note(team.owner, post.creator, "Sample note.", at=team.now),
    }  # fmt: skip


def invited(team: Team) -> Invitation:
    invitations.invite(team.owner, role="viewer", at=team.now)
    return Invitation.objects.get()


def draft_in_review(team: Team, post: Post) -> dict[str, Any]:
    """A ready brief, and a film handed in under it with a note."""
    content = Content(
        title="Sample brief", product_truth="Sample.", audience_problem="Sample.",
        proof_points=("Sample",), disclosure="paid_partnership",
    )  # fmt: skip
    at = team.now
    brief = briefs.make_ready(team.manager, briefs.make_brief(team.manager, content, at=at), at=at)
    (deliverable,) = deliverables.assign(team.manager, brief, [post.creator], at=at)
    film = SimpleUploadedFile("clip.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64))
    draft = drafts.hand_in(
        deliverable, by=team.manager, told=DraftInput(caption="Sample #ad"), upload=film, at=at
    )
    note = reviews.write_note(team.owner, draft, text="Sample note.", at=at)
    template = starting_points.save_template(team.manager, brief, name="Sample", at=at)
    return {
        "brief": brief, "brief_template": template, "deliverable": deliverable, "draft": draft,
        "note": note,
    }  # fmt: skip


def what_a_member_keeps_of_lists(team: Team) -> dict[str, Any]:
    """A view of the owner's and the file of an export."""
    spec, wanted = find_list("posts"), Wanted(sort="-views")
    export = lists.ask_export(
        team.owner, spec, wanted, columns=["views"], fmt=FileFormat.CSV, at=team.now
    )
    return {
        "view": lists.save_view(team.owner, spec, name="Sample view", wanted=wanted),
        "export": export,
        "undo": actions.keep_undo(
            team.owner, spec, spec.list_action("set_status"), [], at=team.now
        ),
    }


def agreement_with_everything(team: Team, post: Post) -> dict[str, Any]:
    """An agreement signed on paper, with a fee, a sample and a breach."""
    version = agreements.record_consent(
        team.manager,
        agreements.create(
            team.manager, post.creator, title="Sample", terms=Terms(content_fee_minor=100),
            at=team.now,
        ),
        as_name="Sample creator", reason="On paper.", document=("signed.pdf", b"%PDF-1.7 sample"),
        at=team.now,
    )  # fmt: skip
    return {
        "version": version,
        "payable": version.agreement.payables.get(),
        "sample": samples.plan(
            team.manager,
            version.agreement,
            sku="SAMPLE",
            quantity=1,
            value=Money(100, "USD"),
            at=team.now,
        ),
        "breach": agreements.open_breach(
            team.manager, post.creator, kind="other", evidence="Sample.", at=team.now
        ),
    }


@pytest.fixture
def browser(team: Team) -> Browser:
    """A signed-in browser of a member in the given role, hired on the spot."""

    def signed_in(role: str) -> Client:
        email = f"{role}@shop.example"
        if role != "owner":
            workspaces.add_member(team.owner, email=email, role=role, at=team.now)
        client = Client(raise_request_exception=True)
        client.force_login(User.objects.get(email=email))
        return client

    return signed_in

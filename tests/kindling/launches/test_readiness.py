"""Inventory says ready only with TikTok's own answer about the music, kept for three days and shown with its age."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.jobs.models import Intent
from kindling.launches.checks import service as checks
from kindling.launches.checks.candidates import Candidate
from kindling.launches.checks.rights import MUSIC
from kindling.launches.models import MusicAnswer
from kindling.launches.planning import music, readiness
from kindling.posts.models import Post


@pytest.fixture
def post(team: Team) -> Post:
    """A post that can be launched, about whose music nobody has asked."""
    (post,) = team.launchable(1)
    MusicAnswer.objects.all().delete()
    return post


def seen(team: Team, post: Post) -> Candidate:
    found = checks.inventory(team.workspace, team.account, now=team.now)
    (candidate,) = [each for each in found if each.post.pk == post.pk]
    return candidate


class TestAPostInInventory:
    def test_is_not_ready_before_tiktok_was_asked_about_its_music(
        self, team: Team, post: Post
    ) -> None:
        candidate = seen(team, post)
        assert [each.title for each in candidate.blocking] == [MUSIC]
        assert "not asked" in candidate.blocking[0].message

    def test_is_ready_with_the_answer_and_its_age(self, team: Team, post: Post) -> None:
        assert readiness.read_music(team.workspace, now=team.now) >= 1
        candidate = seen(team, post)
        assert candidate.is_ready
        assert candidate.music_asked_at is not None
        assert team.now - candidate.music_asked_at < timedelta(minutes=5)

    def test_is_not_ready_any_more_when_the_answer_is_three_days_old(
        self, team: Team, post: Post
    ) -> None:
        readiness.read_music(team.workspace, now=team.now)
        MusicAnswer.objects.update(asked_at=team.now - timedelta(hours=72))
        assert [each.title for each in seen(team, post).blocking] == [MUSIC]

    def test_is_not_ready_where_tiktok_does_not_clear_the_music(
        self, team: Team, post: Post
    ) -> None:
        readiness.read_music(team.workspace, now=team.now)
        MusicAnswer.objects.filter(item_id=post.item_id).update(status="AUTHORIZATION_MISSING")
        (found,) = seen(team, post).blocking
        assert "not cleared" in found.message

    def test_runs_the_checks_that_its_plan_runs(self, team: Team, post: Post) -> None:
        readiness.read_music(team.workspace, now=team.now)
        plan = team.plan([post])
        in_plan = {each.title for each in checks.check_plan(plan, now=team.now)}
        assert {each.title for each in seen(team, post).results} == in_plan

    def test_is_shown_with_the_age_of_the_answer(self, team: Team, post: Post) -> None:
        readiness.read_music(team.workspace, now=team.now)
        client = Client()
        assert team.buyer.user is not None
        client.force_login(team.buyer.user)
        page = client.get(reverse("launches:inventory", args=[team.workspace.slug]))
        assert "asked" in page.content.decode()


class TestTheQuestion:
    def test_is_asked_of_what_is_ready_but_for_it_and_not_again_while_fresh(
        self, team: Team, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        real = music._read_one

        def counting(account: object, question: music._Question) -> dict[str, str]:
            asked.append(question.item_id)
            return real(account, question)  # type: ignore[arg-type]

        monkeypatch.setattr(music, "_read_one", counting)
        readiness.read_music(team.workspace, now=team.now)
        assert post.item_id in asked
        blocked = {
            each.post.item_id
            for each in checks.inventory(team.workspace, team.account, now=team.now)
            if any(result.title != MUSIC for result in each.blocking)
        }
        assert not blocked & set(asked)
        asked.clear()
        readiness.read_music(team.workspace, now=team.now)
        assert asked == []
        MusicAnswer.objects.update(asked_at=team.now - timedelta(hours=19))
        readiness.read_music(team.workspace, now=team.now)
        assert post.item_id in asked

    def test_of_a_plan_is_kept_too_for_its_countries(self, team: Team, post: Post) -> None:
        checks.check_plan(team.plan([post], countries=["CA"]), now=team.now)
        kept = MusicAnswer.objects.get(item_id=post.item_id)
        assert kept.countries == "CA"
        assert music.usual_countries(team.account) == ("CA",)
        assert post.item_id in music.kept_answers(team.account, now=team.now)

    @pytest.mark.slow
    def test_that_tiktok_does_not_answer_leaves_it_unknown(self, team: Team, post: Post) -> None:
        team.fault("error", "/identity/music/authorization/", code=50000, times=50)
        assert readiness.read_music(team.workspace, now=team.now) == 0
        assert not seen(team, post).is_ready

    def test_is_asked_soon_after_new_codes(self, team: Team, post: Post) -> None:
        assert Intent.objects.filter(task="launches.read_music").exists()

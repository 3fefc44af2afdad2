"""Corrected labels teach a workspace's own weights; they are used only where they are better, and nowhere else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from labelled import held_out
from sample_team import Team

from kindling.comments import learning, storms
from kindling.comments.models import Comment, Tuning
from kindling.jobs.models import Intent
from kindling.notices.models import Notice
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User, Workspace

OWN_WORDS = [
    f"{start} the zorbly {end}"
    for start in ("ok", "hm", "so", "well", "and", "but")
    for end in ("again", "today", "here", "now", "please")
]


def told(
    workspace: Workspace, at: datetime, texts: list[str], label: str, *, first: int = 0
) -> None:
    Comment.objects.bulk_create(
        Comment(
            workspace=workspace, comment_id=f"81{first + number}", item_id="1", text=text, written_at=at, seen_at=at,
            label="praise_trust", confidence=0.7, category=label, label_by_person=label,
        )
        for number, text in enumerate(texts)
    )  # fmt: skip


class TestLearning:
    def test_waits_for_twenty_corrections(self, team: Team) -> None:
        told(team.workspace, team.now, OWN_WORDS[:19], "order_support")
        assert learning.learn(team.workspace, at=team.now) is None

    def test_makes_a_workspaces_own_words_known(self, team: Team) -> None:
        text = "really the zorbly thing"
        before = learning.judge(team.workspace, [text])[0]
        told(team.workspace, team.now, OWN_WORDS, "order_support")
        learned = learning.learn(team.workspace, at=team.now)
        assert learned is not None
        assert learned.is_used
        assert learned.loss_after < learned.loss_before
        after = learning.judge(team.workspace, [text])[0]
        assert before.label != "order_support"
        assert after.label == "order_support"

    def test_leaves_most_other_labels_as_they_were(self, team: Team) -> None:
        texts = [row.text for row in held_out()]
        before = [each.label for each in learning.judge(team.workspace, texts)]
        told(team.workspace, team.now, OWN_WORDS, "order_support")
        learning.learn(team.workspace, at=team.now)
        after = [each.label for each in learning.judge(team.workspace, texts)]
        changed = sum(one != other for one, other in zip(before, after, strict=True))
        assert changed / len(texts) < 0.1

    def test_of_contradictory_corrections_is_not_used(self, team: Team) -> None:
        labels = ["praise_trust", "spam_scam", "abuse_hate", "off_topic", "dupe_mention"]
        texts = [f"{row.text} {number}" for number, row in enumerate(held_out()[:100])]
        for number, text in enumerate(texts):
            told(team.workspace, team.now, [text], labels[(number * 7) % 5], first=number)
        learned = learning.learn(team.workspace, at=team.now)
        assert learned is not None
        assert learned.is_used == (learned.loss_after < learned.loss_before)

    def test_stays_in_its_workspace(self, team: Team) -> None:
        other = User.objects.create_user("owner@other.example")
        place = workspaces.create_workspace(
            slug="other", name="Other", owner=other, currency="USD", timezone="UTC", at=team.now
        )
        before = learning.judge(place, ["really the zorbly thing"])
        told(team.workspace, team.now, OWN_WORDS, "order_support")
        learning.learn(team.workspace, at=team.now)
        assert learning.judge(place, ["really the zorbly thing"]) == before
        assert not Tuning.objects.filter(workspace=place).exists()

    def test_judges_anew_what_no_person_labelled_and_nothing_else(self, team: Team) -> None:
        Comment.objects.create(
            workspace=team.workspace, comment_id="1", item_id="1", text="so the zorbly now please",
            written_at=team.now, seen_at=team.now, category="praise_trust", label="praise_trust",
        )  # fmt: skip
        told(team.workspace, team.now, OWN_WORDS, "order_support")
        kept = Comment.objects.get(comment_id="810")
        Comment.objects.filter(pk=kept.pk).update(label_by_person="spam_scam", category="spam_scam")
        learning.learn(team.workspace, at=team.now)
        assert Comment.objects.get(comment_id="1").label == "order_support"
        assert Comment.objects.get(pk=kept.pk).category == "spam_scam"

    def test_is_asked_for_in_the_background(self, team: Team) -> None:
        learning.ask(team.workspace, at=team.now)
        learning.ask(team.workspace, at=team.now)
        assert Intent.objects.filter(task=learning.LEARN_TASK).count() == 1

    def test_never_sees_a_products_name(self, team: Team) -> None:
        team.shop()
        names = learning._names(team.workspace)
        assert names
        one, other = (
            learning.judge(team.workspace, [f"where can i get the {name}"])[0] for name in names[:2]
        )
        assert one == other


class TestStorms:
    def rain(self, team: Team, critical: int, n: int, *, hours: float, prefix: str) -> None:
        Comment.objects.bulk_create(
            Comment(
                workspace=team.workspace, comment_id=f"{prefix}{number}", item_id="77", seen_at=team.now,
                written_at=team.now - timedelta(hours=hours) + timedelta(minutes=number),
                category="skepticism" if number < critical else "praise_trust",
            )
            for number in range(n)
        )  # fmt: skip

    def test_open_one_notice_and_close_it_when_they_are_over(self, team: Team) -> None:
        self.rain(team, 5, 100, hours=100, prefix="4")
        self.rain(team, 20, 40, hours=3, prefix="5")
        for _ in range(2):
            assert set(storms.watch(team.workspace, now=team.now)) == {"77"}
        (notice,) = Notice.objects.filter(key="comment-storm-77")
        assert notice.roles[0] == "community"
        assert "20 of 40 comments in 24 hours" in notice.title
        later = team.now + timedelta(days=3)
        self.rain(team, 0, 1, hours=-71, prefix="6")
        assert storms.watch(team.workspace, now=later) == {}
        notice.refresh_from_db()
        assert notice.done_at is not None

    def test_are_none_where_a_post_is_as_ever(self, team: Team) -> None:
        self.rain(team, 5, 100, hours=100, prefix="4")
        self.rain(team, 2, 40, hours=3, prefix="5")
        assert storms.watch(team.workspace, now=team.now) == {}


@pytest.mark.slow
class TestTheTasks:
    def test_run_one_after_another_and_again(self, team: Team) -> None:
        from kindling.comments import tasks

        wishes = [each.task for each in tasks.syncs(team.now)]
        assert wishes.count("comments.sync") == 2
        assert "comments.watch" in wishes
        for _ in range(2):
            tasks.sync_comments(team.account.pk)
            tasks.watch(team.workspace.pk)
            tasks.learn(team.workspace.pk)

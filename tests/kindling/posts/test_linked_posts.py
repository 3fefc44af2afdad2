"""A post that a deliverable became stands in the library, whether or not TikTok's lists name it."""

from __future__ import annotations

from sample_team import Team

from kindling.agreements import service as agreements
from kindling.agreements.contract.terms import Terms
from kindling.briefs import deliverables
from kindling.briefs import service as briefs
from kindling.briefs.drafts import service as drafts
from kindling.briefs.models import Deliverable
from kindling.briefs.rules import Content
from kindling.creators import service as creators
from kindling.creators.models import Creator
from kindling.jobs import registry
from kindling.jobs.models import Intent
from kindling.posts import tasks
from kindling.posts.models import Post

ITEM = "7500000000000000001"
CONTENT = Content(
    title="Sample film", product_truth="It works.", audience_problem="Dull.", disclosure="gifted",
    proof_points=("Sample test",),
)  # fmt: skip


def owed(team: Team) -> Deliverable:
    creator = creators.record_creator(
        team.workspace, handle="sample.new", at=team.now, source="hand"
    )
    brief = briefs.make_brief(team.manager, CONTENT, at=team.now)
    ready = briefs.make_ready(team.manager, brief, at=team.now)
    (row,) = deliverables.assign(team.manager, ready, [creator], at=team.now)
    return row


def linked(team: Team) -> Creator:
    row = owed(team)
    drafts.link_post(row, ITEM, by=row.creator, at=team.now)
    return row.creator


class TestALinkedPost:
    def test_is_put_into_the_library(self, team: Team) -> None:
        creator = linked(team)
        (wish,) = Intent.objects.filter(task="posts.take_linked")
        registry.registry.run(wish.task, wish.arguments["arguments"])
        post = Post.objects.get(item_id=ITEM)
        assert (post.creator, post.source) == (creator, "brief")

    def test_that_an_agreement_names_is_put_there_with_the_consent(self, team: Team) -> None:
        creator = creators.record_creator(
            team.workspace, handle="sample.new", at=team.now, source="hand"
        )
        terms = Terms(item_ids=(ITEM,))
        version = agreements.create(team.manager, creator, title="One", terms=terms, at=team.now)
        agreements.offer(team.manager, version, at=team.now)
        agreements.consent(version, as_name="Sample", ip=None, agent="", at=team.now)
        (wish,) = Intent.objects.filter(task="posts.take_linked")
        registry.registry.run(wish.task, wish.arguments["arguments"])
        assert Post.objects.get(item_id=ITEM).source == "agreement"

    def test_is_put_there_once(self, team: Team) -> None:
        creator = linked(team)
        for _ in range(2):
            tasks.take_linked(team.workspace.pk, creator.pk, ITEM)
        assert Post.objects.filter(item_id=ITEM).count() == 1

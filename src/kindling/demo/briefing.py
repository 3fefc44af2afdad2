"""What the sample team orders of creators: a brief, agreements, a sample on its way, drafts to decide on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kindling.agreements import samples
from kindling.agreements import service as agreements
from kindling.agreements.contract.terms import Medium, RenewalKind, Terms
from kindling.agreements.payments.rules import SampleState
from kindling.briefs import deliverables
from kindling.briefs import service as briefs
from kindling.briefs.drafts import service as drafts
from kindling.briefs.drafts.service import DraftInput
from kindling.briefs.models import Deliverable
from kindling.briefs.reviews import service as reviews
from kindling.briefs.rules import Content, DecisionResult, ReviewSide
from kindling.creators import service as creators
from kindling.demo.people import Team
from kindling.kit.money import Money

SKU = "GLOW-SERUM"
FILMS, OFFERED = ("sample.kaya", "sample.jonas", "sample.lou"), "sample.lou"
BRIEF = Content(
    title="Evening routine with the sample serum",
    skus=(SKU,),
    product_truth="A serum with ten percent of the sample acid, made to be used in the evening.",
    audience_problem="Skin that feels dull and dry in winter.",
    proof_points=("Sample test: 32 of 40 people found their skin softer after a week",),
    allowed_claims=("feels softer after a week",),
    forbidden_claims=("cures acne", "guaranteed", "miracle"),
    boundaries="Nobody under 18 in the picture; no comparison with another brand.",
    must_say=("Sample serum",),
    must_show=("the bottle in the first three seconds",),
    usage_expectations="Ads from the creator's own handle for 60 days, if the post does well.",
    disclosure="paid_partnership",
    draft_days=28,
    post_days=40,
)
TERMS = Terms(
    sku=SKU,
    media=(Medium.PAID_FROM_CREATOR, Medium.ORGANIC_REPOST),
    territory=("US",),
    term_days=60,
    hold_days=90,
    renewal=RenewalKind.OPTION,
    renewal_prices=((30, 12_000), (60, 20_000)),
    allowed_claims=BRIEF.allowed_claims,
    forbidden_claims=BRIEF.forbidden_claims,
    content_fee_minor=30_000,
    rights_fee_minor=9_000,
    sample_value_minor=2_400,
    payment_days=30,
)
GOOD = DraftInput(
    caption="Three weeks of my evening routine with Sample serum #ad",
    transcript="Sample serum is the last thing I use at night. It feels softer after a week.",
    disclosure="paid_partnership",
)
BOLD = DraftInput(
    caption="This miracle saved my winter skin #ad",
    transcript="Sample serum is a miracle, I am telling you.",
    disclosure="paid_partnership",
)


def order_content(team: Team, *, at: datetime, say: Callable[[str], object]) -> None:
    """Day 0: a ready brief, one agreement in force and one offered, a sample sent, three videos ordered."""
    brief = briefs.make_brief(team.reviewer, BRIEF, at=at)
    brief = briefs.make_ready(team.reviewer, brief, at=at)
    makers = [creators.find_creator(team.workspace, handle) for handle in FILMS]
    for creator in makers:
        version = agreements.create(
            team.manager, creator, title=f"{BRIEF.title}, one video", terms=TERMS, at=at
        )
        version = agreements.offer(team.manager, version, at=at)
        if creator.handle == OFFERED:
            continue
        agreements.consent(
            version, as_name=creator.display_name, ip=None, agent="Demonstration", at=at
        )
        sample = samples.plan(
            team.manager,
            version.agreement,
            sku=SKU,
            quantity=1,
            value=Money(24_00, TERMS.currency),
            at=at,
        )
        if creator.handle == FILMS[0]:
            samples.move(
                team.manager, sample, SampleState.SENT, carrier="Sample Post",
                tracking_number="SAMPLE-0001", at=at,
            )  # fmt: skip
    deliverables.assign(team.manager, brief, makers, at=at)
    say(f"{len(makers)} videos ordered: a brief, two agreements in force, one offered.")


def bring_drafts(team: Team, *, at: datetime) -> None:
    """The last day: one draft waits for its decisions, another one has to change."""
    for handle, told in zip(FILMS[:2], (GOOD, BOLD), strict=True):
        row = Deliverable.objects.select_related("creator", "workspace", "brief").get(
            workspace=team.workspace, creator__handle=handle
        )
        draft = drafts.hand_in(
            row, by=row.creator, told=told, link=f"https://files.shop.example/{handle}.mp4", at=at
        )
        if told is BOLD:
            _ask_for_changes(team, draft.pk, at=at)


def _ask_for_changes(team: Team, pk: int, *, at: datetime) -> None:
    draft = reviews.find_draft(team.workspace, pk)
    reviews.write_note(
        team.reviewer, draft, text="Do not call it a miracle.", at_seconds=4.0, at=at
    )
    reviews.decide(
        team.reviewer, draft, side=ReviewSide.BRAND, verdict=DecisionResult.CHANGES,
        reason="Take the word miracle out of video and caption.", at=at,
    )  # fmt: skip

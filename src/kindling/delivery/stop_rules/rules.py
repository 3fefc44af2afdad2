"""What a rule makes of an ad's figures. Pure: it may pause, lower or tell, and never raises anything."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kindling.delivery.health.rules import Learning, LearningState


class Scope(StrEnum):
    ALL = "all"
    CAMPAIGN = "campaign"
    CREATOR = "creator"
    TAG = "tag"


class Metric(StrEnum):
    """What a rule looks at; the names of metrics of ads."""

    CPA = "cpa"
    CONVERSIONS = "conversions"
    SPEND = "spend"
    CPM = "cpm"
    CPC = "cpc"
    CTR = "ctr"
    CVR = "cvr"
    THUMB_STOP = "thumb_stop_rate"
    SIX_SECOND = "six_second_rate"
    COMPLETION = "completion_rate"


METRIC_LABELS = {
    Metric.CPA: "CPA by TikTok",
    Metric.CONVERSIONS: "TikTok conversions",
    Metric.SPEND: "Spend",
    Metric.CPM: "CPM",
    Metric.CPC: "CPC",
    Metric.CTR: "CTR, %",
    Metric.CVR: "CVR by TikTok, %",
    Metric.THUMB_STOP: "Thumb-stop rate, %",
    Metric.SIX_SECOND: "6-second view rate, %",
    Metric.COMPLETION: "Completion rate, %",
}
IN_MONEY = frozenset({Metric.CPA, Metric.SPEND, Metric.CPM, Metric.CPC})
IN_COUNTS = frozenset({Metric.CONVERSIONS})


class Comparison(StrEnum):
    ABOVE = "above"
    BELOW = "below"


class Act(StrEnum):
    """What a rule does. There is none that raises."""

    PAUSE = "pause"
    LOWER = "lower"
    TELL = "tell"


ACT_LABELS = {Act.PAUSE: "Pause the ad", Act.LOWER: "Lower the daily budget", Act.TELL: "Only tell"}


class State(StrEnum):
    DRY_RUN = "dry_run"
    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


STATE_LABELS = {
    State.DRY_RUN: "Dry run",
    State.ACTIVE: "Active",
    State.PAUSED: "Paused",
    State.REMOVED: "Removed",
}
FROM = {
    State.ACTIVE: frozenset({State.DRY_RUN, State.PAUSED}),
    State.PAUSED: frozenset({State.ACTIVE}),
    State.REMOVED: frozenset({State.DRY_RUN, State.ACTIVE, State.PAUSED}),
}
"""Which states a rule may come from."""


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule fires. value : in minor units for money, else a count or a share of one

    min_… : of the days looked at, so that thin data never fires
    stops_learning : whether an ad that still learns may be paused or lowered too
    """

    metric: Metric
    comparison: Comparison
    value: float
    min_spend_minor: int = 0
    min_impressions: int = 0
    min_conversions: int = 0
    stops_learning: bool = False
    act: Act = Act.PAUSE


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of an ad over the days of a rule. value : of the rule's metric, in the unit of `Condition.value`

    why_unknown : a sentence where the days are not complete, are late or have gaps; else ""
    """

    value: float | None
    spend_minor: int | None
    impressions: int | None
    conversions: int | None
    learning: LearningState
    why_unknown: str = ""


class Outcome(StrEnum):
    FIRES = "fires"
    HOLDS = "holds"
    THIN = "thin"
    LEARNING = "learning"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    outcome: Outcome
    reason: str


def decide(rule: Condition, seen: Seen) -> Decision:
    """Whether the rule acts on an ad. What is not known never fires, nor do fewer figures than it asks for."""
    if seen.why_unknown:
        return Decision(Outcome.UNKNOWN, seen.why_unknown)
    counted = (
        (seen.spend_minor, rule.min_spend_minor, "spend"),
        (seen.impressions, rule.min_impressions, "number of impressions"),
        (seen.conversions, rule.min_conversions, "number of conversions"),
    )
    for count, least, what in counted:
        if count is None:
            return Decision(Outcome.UNKNOWN, f"Its {what} is not known.")
        if count < least:
            return Decision(Outcome.THIN, f"Its {what} is below what the rule asks for.")
    if seen.value is None:
        return Decision(
            Outcome.THIN, "The metric is undefined on these days, as a CPA without conversions."
        )
    is_above = rule.comparison is Comparison.ABOVE
    if not (seen.value > rule.value if is_above else seen.value < rule.value):
        return Decision(Outcome.HOLDS, "The condition is not met.")
    if rule.act is not Act.TELL and not rule.stops_learning:
        if seen.learning.state is Learning.LEARNING:
            return Decision(Outcome.LEARNING, f"It still learns: {seen.learning.reason}")
        if seen.learning.state is Learning.UNKNOWN:
            return Decision(Outcome.UNKNOWN, seen.learning.reason)
    return Decision(Outcome.FIRES, "")

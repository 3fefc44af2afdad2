"""How threads moved since people answered and hid comments, and what that adds to the climate.

Between two refreshes of rates nothing moves, as with likes: an act counts from the first refresh
after it. A function of the acts kept and of the ledgers, so a saved world goes on unchanged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import numpy as np

from tiktok_sandbox.world.comments.mixes import mix
from tiktok_sandbox.world.comments.moods import UNMOVED, Mood, mood_of
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray
from tiktok_sandbox.world.state.comments import ThreadAct
from tiktok_sandbox.world.state.troubles import Trouble
from tiktok_sandbox.world.world import World


def climate_shift(world: World, *, tick: int | None = None) -> FloatArray:
    """What people's acts and trouble add to the climate of each post's comments, shape (posts,).

    tick : the hour meant, the one to be simulated next if None. Within ±most_shift of the family's
    `conversation`, trouble apart; exactly 0.0 for a post where nobody answered or hid anything.
    """
    shift = np.zeros(len(world.state.posts))
    hour = world.state.ticks_done if tick is None else tick
    for item_id in dict.fromkeys(
        [*(act.item_id for act in world.state.comment_acts.log), *_troubled(world)]
    ):
        shift[world.post_number(item_id)] = mood_at(world, item_id, hour).climate
    return shift


def climate_shifts(world: World, item_id: str, ticks: IntArray) -> FloatArray:
    """What acts added to one post's climate in each of these hours, shape of `ticks`."""
    if not acts_under(world, item_id) and item_id not in _troubled(world):
        return np.zeros(len(ticks))
    hours, places = np.unique(ticks, return_inverse=True)
    found = np.array([mood_at(world, item_id, int(hour)).climate for hour in hours.tolist()])
    result: FloatArray = found[places.ravel()] if len(hours) else np.zeros(len(ticks))
    return result


def acts_under(world: World, item_id: str) -> list[ThreadAct]:
    """Every act under a post, oldest first."""
    return [act for act in world.state.comment_acts.log if act.item_id == item_id]


def refreshed(world: World, tick: int) -> int:
    """The hour whose start the rates of this hour were last refreshed at."""
    every = world.family.delivery.refresh_hours
    return tick // every * every


def mood_at(world: World, item_id: str, tick: int) -> Mood:
    """The mood of a post's thread in an hour."""
    log, troubled = world.state.comment_acts.log, _troubled(world)
    if not log and not troubled:
        return UNMOVED
    known = world.comment_counts.moods
    place = world.post_number(item_id), refreshed(world, tick), len(log)
    if place not in known:
        acts = acts_under(world, item_id)
        known[place] = _mood(world, item_id, acts, place[1]) if acts else UNMOVED
    found: Mood = known[place]
    fall = _fall(troubled.get(item_id, ()), world.tick_start(place[1]))
    return replace(found, climate=found.climate - fall) if fall else found


def _troubled(world: World) -> dict[str, list[Trouble]]:
    """Post → the times in which its thread turns sceptical by itself."""
    found: dict[str, list[Trouble]] = {}
    for trouble in world.state.troubles:
        if trouble.kind == "sceptical_thread":
            found.setdefault(trouble.subject, []).append(trouble)
    return found


def _fall(troubles: Iterable[Trouble], instant: datetime) -> float:
    return sum(each.size for each in troubles if each.start_at <= instant < each.end_at)


def _mood(world: World, item_id: str, acts: list[ThreadAct], tick: int) -> Mood:
    until = world.tick_start(tick)
    answered, hidden = standing(act for act in acts if act.at <= until)
    if not answered and not hidden:
        return UNMOVED
    rows = world.comment_counts.of_post(
        world.post_number(item_id), post_hours=world.post_hours, ad_hours=world.ad_hours
    )
    return mood_of(
        world.family.conversation,
        shares=mix(world.state.posts[item_id]),
        comments=int(rows[rows[:, 0] < tick, 2].sum()) if len(rows) else 0,
        answered=answered,
        hidden=hidden,
    )


def standing(acts: Iterable[ThreadAct]) -> tuple[Counter[str], Counter[str]]:
    """Category → comments that stand answered, and that stand hidden, after these acts."""
    replies: dict[str, ThreadAct] = {}
    hidden: dict[str, str] = {}
    for act in acts:
        if act.kind == "answer":
            replies[act.reply_id] = act
        elif act.kind == "unanswer":
            replies.pop(act.reply_id, None)
        elif act.kind == "hide":
            hidden[act.comment_id] = act.category
        else:
            hidden.pop(act.comment_id, None)
    answered = {act.comment_id: act.category for act in replies.values()}
    return Counter(answered.values()), Counter(hidden.values())

"""What answers and hidden comments change: the thread that follows, the climate, the sales."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sandbox_small_world import creator_posts, small_world

from tiktok_sandbox.world.comments.acts import Author, delete_comment, hide, write_comment
from tiktok_sandbox.world.comments.climate import climate_shift, climate_shifts, mood_at
from tiktok_sandbox.world.comments.mixes import SHARES, in_reply, mix
from tiktok_sandbox.world.comments.moods import CRITICISM, TO_ANSWER, UNMOVED, mood_of
from tiktok_sandbox.world.comments.threads import Comment, Thread, comment_truth, get_comment
from tiktok_sandbox.world.comments.writing import ANSWER, CATEGORIES
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.families.family import Conversation
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.posts.traits import organic_rates
from tiktok_sandbox.world.storage import load, save
from tiktok_sandbox.world.truth.what_if import branches
from tiktok_sandbox.world.world import World

pytestmark = pytest.mark.slow

NUMBERS = Conversation()
BRAND = Author(handle="sample.brand", display_name="Sample Brand", user_id="1")


def talkative_world() -> World:
    """A small world of fresh posts whose viewers comment a lot, after a day."""
    family = small_world().family
    family = replace(
        family,
        response=replace(family.response, comment=0.06),
        organic=replace(family.organic, waves=(3e3, 1e4, 3e4), quota=0.8),
        posts=replace(family.posts, older=0, script_days=1),
    )
    world = build_world(family=family, seed=5)
    advance_to(world, world.now + timedelta(days=1))
    return world


def busiest(world: World) -> str:
    """The newest post that many have commented on and criticised: most of its comments come later."""

    def is_busy(item_id: str) -> bool:
        enough = len(Thread(world, item_id)) > 100
        return enough and len(of_kind(world, item_id, *CRITICISM)) > 15

    return [p.item_id for p in creator_posts(world) if is_busy(p.item_id)][-1]


def of_kind(world: World, item_id: str, *categories: str) -> list[Comment]:
    return [c for c in Thread(world, item_id) if c.category in categories]


def answer_all(world: World, comments: list[Comment]) -> list[Comment]:
    return [
        write_comment(
            world, item_id=c.item_id, parent=c, text="Thanks, we look into it", author=BRAND
        )
        for c in comments
    ]


def answer_everything(world: World, item_id: str) -> None:
    answer_all(world, of_kind(world, item_id, *TO_ANSWER))


def hide_criticism(world: World, item_id: str) -> None:
    for comment in of_kind(world, item_id, *CRITICISM):
        hide(world, comment.comment_id, hidden=True)


def leave(world: World, item_id: str) -> None:
    assert item_id in world.state.posts


def after(act: Callable[[World, str], None], *, hours: int = 6) -> tuple[World, str]:
    """A talkative world, so long after somebody did something to its busiest thread."""
    world = talkative_world()
    item_id = busiest(world)
    act(world, item_id)
    advance_to(world, world.now + timedelta(hours=hours))
    return world, item_id


class TestMoods:
    """The pure function."""

    def moved(self, answered: dict[str, int], hidden: dict[str, int], comments: int = 200) -> float:
        return mood_of(
            NUMBERS, shares=SHARES, comments=comments, answered=answered, hidden=hidden
        ).climate

    def test_stay_exactly_as_they_are_without_acts(self) -> None:
        mood = mood_of(NUMBERS, shares=SHARES, comments=200, answered={}, hidden={"spam": 9})
        assert mood is UNMOVED
        assert mood.climate == 0.0

    def test_warm_with_every_answer_and_less_in_a_longer_thread(self) -> None:
        few, many = (self.moved({"scepticism": n}, {}) for n in (2, 10))
        assert 0 < few < many
        assert self.moved({"scepticism": 2}, {}, comments=2000) < few

    def test_warm_when_a_little_criticism_is_hidden_and_cool_when_much_is(self) -> None:
        little, half, everything = (self.moved({}, {"scepticism": n}) for n in (4, 17, 34))
        assert little > 0
        assert half < little
        assert everything < 0

    def test_make_answered_questions_rarer_and_turn_some_into_purchases(self) -> None:
        post = creator_posts(small_world())[0]
        answered = mood_of(
            NUMBERS, shares=SHARES, comments=50, answered={"purchase_question": 8}, hidden={}
        )
        before, then = mix(post), mix(post, mood=answered)
        assert then["purchase_question"] < before["purchase_question"]
        assert then["purchase_proof"] > before["purchase_proof"]
        assert sum(then.values()) == pytest.approx(1)

    @given(
        answered=st.dictionaries(st.sampled_from(CATEGORIES), st.integers(0, 10_000)),
        hidden=st.dictionaries(st.sampled_from(CATEGORIES), st.integers(0, 10_000)),
        comments=st.integers(0, 100_000),
    )
    def test_stay_within_their_bounds(
        self, answered: dict[str, int], hidden: dict[str, int], comments: int
    ) -> None:
        mood = mood_of(NUMBERS, shares=SHARES, comments=comments, answered=answered, hidden=hidden)
        assert abs(mood.climate) <= NUMBERS.most_shift
        assert all(0 <= share <= 1 for share in (*mood.quieter.values(), mood.hidden))

    def test_leave_replies_a_whole_mix(self) -> None:
        for answered in (*CATEGORIES, ANSWER):
            assert sum(in_reply(SHARES, answered).values()) == pytest.approx(1)
        assert in_reply(SHARES, "scepticism")["scepticism"] > SHARES["scepticism"]


class TestClimate:
    def test_is_exactly_unmoved_where_nobody_did_anything(self) -> None:
        world, item_id = after(answer_everything)
        shift = climate_shift(world)
        place = world.post_number(item_id)
        assert shift[place] > 0
        assert np.array_equal(np.delete(shift, place), np.zeros(len(shift) - 1))

    def test_counts_an_act_from_the_next_refresh_of_rates(self) -> None:
        world = talkative_world()
        item_id = busiest(world)
        advance_to(world, world.now + timedelta(hours=1))
        answer_all(world, of_kind(world, item_id, *TO_ANSWER))
        assert not climate_shift(world).any()
        advance_to(world, world.now + timedelta(hours=5))
        assert climate_shift(world).any()

    def test_forgets_answers_that_are_deleted_and_comments_shown_again(self) -> None:
        world = talkative_world()
        item_id = busiest(world)
        advance_to(world, world.now + timedelta(hours=1))
        for written in answer_all(world, of_kind(world, item_id, "scepticism")):
            delete_comment(world, written.comment_id, handle=BRAND.handle)
        for comment in of_kind(world, item_id, *CRITICISM):
            for hidden in (True, True, False, False):
                hide(world, comment.comment_id, hidden=hidden)
        advance_to(world, world.now + timedelta(hours=6))
        assert len(world.state.comment_acts.log) > 2
        assert not climate_shift(world).any()

    def test_is_not_moved_by_answers_to_oneself_or_to_answers(self) -> None:
        world = talkative_world()
        item_id = busiest(world)
        own = write_comment(world, item_id=item_id, parent=None, text="Hello", author=BRAND)
        answer_all(world, [own, *of_kind(world, item_id, ANSWER)])
        assert world.state.comment_acts.log == []

    def test_of_earlier_hours_stays_what_it_was(self) -> None:
        world, item_id = after(answer_everything)
        done = world.state.ticks_done
        shifts = climate_shifts(world, item_id, np.array([0, 23, done, 0]))
        assert shifts[[0, 1, 3]].tolist() == [0.0, 0.0, 0.0]
        assert shifts[2] == climate_shift(world)[world.post_number(item_id)] > 0
        other = next(p.item_id for p in creator_posts(world) if p.item_id != item_id)
        assert climate_shifts(world, other, np.array([0, done])).tolist() == [0.0, 0.0]
        assert mood_at(world, other, done) is UNMOVED

    def test_goes_on_after_save_and_load(self) -> None:
        world, item_id = after(hide_criticism)
        again = load(save(world))
        assert np.array_equal(climate_shift(again), climate_shift(world))
        for each in (world, again):
            advance_to(each, each.now + timedelta(days=1))
        assert list(Thread(again, item_id)) == list(Thread(world, item_id))
        assert np.array_equal(again.orders.rows, world.orders.rows)

    def test_moves_what_viewers_buy(self) -> None:
        worlds = [after(act, hours=0) for act in (hide_criticism, leave, answer_everything)]
        item_id = worlds[0][1]
        place = np.array([worlds[0][0].post_number(item_id)])
        bought = [
            float(
                organic_rates(
                    w.family.response, w.traits, place, likes=100.0, talk=climate_shift(w)[place]
                ).purchase.mean()
            )
            for w, _ in worlds
        ]
        assert bought[0] < bought[1] < bought[2]
        spark = [branches(w, item_id, likes=100)["spark"].orders for w, _ in worlds]
        assert spark[0] < spark[1] < spark[2]
        ads_only = [branches(w, item_id, likes=100)["ads_only"].orders for w, _ in worlds]
        assert ads_only[0] == ads_only[1] == ads_only[2]

    def test_moves_sales_and_nothing_else_of_free_views(self) -> None:
        (cold, _), (warm, _) = (after(act) for act in (hide_criticism, answer_everything))
        assert np.array_equal(cold.post_hours.rows, warm.post_hours.rows)


class TestThreads:
    def test_keep_what_was_said_before_an_act(self) -> None:
        plain, item_id = after(leave, hours=54)
        moved, _ = after(answer_everything, hours=54)
        start = talkative_world()
        length = len(Thread(start, item_id))
        first = list(Thread(start, item_id))
        assert (
            list(Thread(moved, item_id))[:length] == first == list(Thread(plain, item_id))[:length]
        )
        assert len(Thread(moved, item_id)) == len(Thread(plain, item_id)) > length

    def test_ask_less_and_show_more_purchases_once_questions_are_answered(self) -> None:
        plain, moved = (self.later(*after(act, hours=72)) for act in (leave, answer_everything))
        assert moved["purchase_question"] < plain["purchase_question"]
        assert moved["scepticism"] < plain["scepticism"]
        assert moved["purchase_proof"] > plain["purchase_proof"]

    def test_speak_of_hidden_comments_when_many_are(self) -> None:
        world, item_id = after(hide_criticism, hours=72)
        words = ("hid", "delet", "disappear", "gone")
        fresh = list(Thread(world, item_id))[len(Thread(talkative_world(), item_id)) :]
        doubts = [
            c.text.lower() for c in fresh if c.category == "scepticism" and c.language == "en"
        ]
        assert any(word in text for text in doubts for word in words)
        assert mood_at(world, item_id, world.state.ticks_done).hidden > 0

    def test_tell_the_truth_of_the_shift(self) -> None:
        world, item_id = after(answer_everything)
        truth = comment_truth(world, item_id)
        assert truth["climate_shift"] == climate_shift(world)[world.post_number(item_id)]
        assert get_comment(world, world.state.comment_acts.log[0].comment_id).category in TO_ANSWER

    @staticmethod
    def later(world: World, item_id: str) -> Counter[str]:
        """Categories of what people wrote since the day somebody acted."""
        known = len(Thread(talkative_world(), item_id))
        return Counter(str(c.category) for c in list(Thread(world, item_id))[known:])

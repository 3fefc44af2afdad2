"""What a comment needs, who may answer it, what may be hidden, and when criticism is more than usual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.comments import rules
from kindling.comments.classify.labels import CATEGORIES, Category
from kindling.comments.rules import Speaker, interval, quality, speaker_of, storm_of

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class TestACategory:
    def test_counts_where_a_person_set_it_or_the_label_is_sure(self) -> None:
        assert rules.category_of("praise_trust", 0.1, "spam_scam") == "spam_scam"
        assert rules.category_of("praise_trust", 0.6, "") == "praise_trust"
        assert rules.category_of("praise_trust", 0.59, "") == ""

    def test_has_a_name_each(self) -> None:
        assert set(rules.LABELS) == set(CATEGORIES)

    def test_is_never_both_hidden_and_criticism_or_answered(self) -> None:
        assert not rules.HIDEABLE & rules.ANSWERED
        assert rules.CRITICISM < rules.ANSWERED

    def test_that_asks_or_criticizes_waits_for_an_answer(self) -> None:
        assert rules.wants_answer("where_to_buy", asks=False)
        assert rules.wants_answer("skepticism", asks=False)
        assert not rules.wants_answer("praise_trust", asks=True)

    def test_that_nobody_knows_waits_where_it_has_a_question_mark(self) -> None:
        assert rules.wants_answer("", asks=True)
        assert not rules.wants_answer("", asks=False)

    @pytest.mark.parametrize(
        ("category", "hours"),
        [("where_to_buy", 2), ("price_shipping", 2), ("buying_question", 2), ("safety_claim_concern", 2),
         ("skepticism", 4), ("product_question", 4), ("", 4)],
    )  # fmt: skip
    def test_is_due_sooner_where_a_purchase_or_safety_hangs_on_it(
        self, category: str, hours: int
    ) -> None:
        assert rules.due_at(category, NOW, hours=4) == NOW + hours * HOUR


class TestWhoSpeaks:
    @pytest.mark.parametrize("identity", ["TT_USER", "BC_AUTH_TT"])
    def test_the_brand_does_under_ads_of_its_own_account(self, identity: str) -> None:
        found = speaker_of(is_own_post=True, has_ad=True, identity_type=identity, may_manage=False)
        assert found is Speaker.BRAND

    @pytest.mark.parametrize("identity", ["AUTH_CODE", "TT_USER", "BC_AUTH_TT", ""])
    def test_the_brand_does_not_under_a_creators_post(self, identity: str) -> None:
        found = speaker_of(is_own_post=False, has_ad=True, identity_type=identity, may_manage=False)
        assert found is Speaker.ASK_CREATOR

    def test_the_creators_name_is_used_only_where_they_allow_it(self) -> None:
        told = {"is_own_post": False, "has_ad": True, "identity_type": "AUTH_CODE"}
        assert speaker_of(**told, may_manage=True) is Speaker.CREATOR  # type: ignore[arg-type]

    def test_an_own_post_without_an_ad_needs_the_grant(self) -> None:
        told = {"is_own_post": True, "has_ad": False, "identity_type": ""}
        assert speaker_of(**told, may_manage=True) is Speaker.BRAND_ACCOUNT  # type: ignore[arg-type]
        assert speaker_of(**told, may_manage=False) is Speaker.ASK_CREATOR  # type: ignore[arg-type]

    def test_an_own_post_under_a_code_is_not_spoken_under_by_the_ads_api(self) -> None:
        found = speaker_of(
            is_own_post=True, has_ad=True, identity_type="AUTH_CODE", may_manage=False
        )
        assert found is Speaker.ASK_CREATOR


class TestHiding:
    @pytest.mark.parametrize("category", sorted(rules.CRITICISM))
    @pytest.mark.parametrize("reason", sorted(rules.HIDEABLE))
    def test_is_refused_for_criticism_whatever_the_reason(self, category: str, reason: str) -> None:
        assert "gets a reply" in rules.why_not_hidden(category, reason, hit_blocked_word=False)

    @pytest.mark.parametrize("category", ["", *sorted(rules.HIDEABLE), "meme_ambiguous"])
    def test_is_allowed_for_spam_abuse_and_what_nobody_knows(self, category: str) -> None:
        assert rules.why_not_hidden(category, "spam_scam", hit_blocked_word=False) == ""

    @pytest.mark.parametrize("category", ["praise_trust", "where_to_buy", "dupe_mention"])
    def test_is_refused_for_everything_else(self, category: str) -> None:
        assert "which is not hidden" in rules.why_not_hidden(
            category, "spam_scam", hit_blocked_word=False
        )

    def test_needs_one_of_four_reasons(self) -> None:
        assert rules.why_not_hidden("", "skepticism", hit_blocked_word=False).startswith(
            "Only spam"
        )

    def test_by_hand_does_nothing_where_a_blocked_word_hides(self) -> None:
        assert "blocked word" in rules.why_not_hidden(
            "spam_scam", "spam_scam", hit_blocked_word=True
        )


class TestQuality:
    def test_of_nothing_is_unknown(self) -> None:
        found = quality(0, 0)
        assert (found.share, found.low, found.high, found.is_bad) == (None, None, None, False)

    def test_needs_thirty_comments_to_gate(self) -> None:
        assert not quality(29, 29).is_bad
        assert quality(30, 30).is_bad
        assert quality(30, 30).is_enough
        assert not quality(29, 29).is_enough

    def test_gates_by_the_low_end_of_the_interval(self) -> None:
        assert not quality(3, 7).is_bad
        assert quality(60, 300).is_bad
        assert not quality(50, 300).is_bad

    def test_interval_is_wilsons(self) -> None:
        # R: prop.test(8, 25, correct = FALSE)$conf.int
        low, high = interval(8, 25)
        assert (low, high) == (pytest.approx(0.1720, abs=1e-3), pytest.approx(0.5159, abs=1e-3))

    def test_of_more_criticism_than_comments_is_refused(self) -> None:
        with pytest.raises(ValueError, match="more criticism"):
            quality(2, 1)

    @given(n=st.integers(1, 5000), part=st.floats(0, 1))
    def test_interval_holds_the_share_and_stays_a_share(self, n: int, part: float) -> None:
        found = quality(round(part * n), n)
        assert found.low is not None
        assert found.high is not None
        assert found.share is not None
        assert 0 <= found.low <= found.share + 1e-12
        assert found.share - 1e-12 <= found.high <= 1


def comments(
    critical: int, n: int, *, first: timedelta, last: timedelta
) -> list[tuple[datetime, bool]]:
    step = (first - last) / max(1, n)
    return [(NOW - first + step * number, number < critical) for number in range(n)]


class TestAStorm:
    PAST = comments(20, 400, first=10 * DAY, last=1.1 * DAY)

    def test_is_told_where_the_share_rises_for_sure(self) -> None:
        found = storm_of(
            [*self.PAST, *comments(25, 50, first=20 * HOUR, last=HOUR)], posted_at=None, now=NOW
        )
        assert found is not None
        assert (found.critical, found.n, found.before) == (25, 50, 0.05)
        assert found.low < 0.5 < found.high

    def test_is_not_told_where_a_post_is_as_ever(self) -> None:
        steady = [*self.PAST, *comments(3, 60, first=20 * HOUR, last=HOUR)]
        assert storm_of(steady, posted_at=None, now=NOW) is None

    def test_is_not_told_of_four_comments(self) -> None:
        few = [*self.PAST, *comments(4, 4, first=20 * HOUR, last=HOUR)]
        assert storm_of(few, posted_at=None, now=NOW) is None
        five = [*self.PAST, *comments(5, 5, first=20 * HOUR, last=HOUR)]
        assert storm_of(five, posted_at=None, now=NOW) is not None

    def test_is_not_told_where_everything_grows_alike(self) -> None:
        grown = [*self.PAST, *comments(15, 300, first=20 * HOUR, last=HOUR)]
        assert storm_of(grown, posted_at=None, now=NOW) is None

    def test_compares_with_the_posts_own_past(self) -> None:
        always = comments(200, 400, first=10 * DAY, last=1.1 * DAY)
        recent = comments(25, 50, first=20 * HOUR, last=HOUR)
        assert storm_of([*always, *recent], posted_at=None, now=NOW) is None

    def test_of_a_post_without_a_past_needs_one_to_compare_with(self) -> None:
        recent = comments(25, 50, first=20 * HOUR, last=HOUR)
        assert storm_of(recent, posted_at=NOW - 20 * HOUR, now=NOW) is None

    def test_of_a_quiet_old_post_is_found_by_its_rate(self) -> None:
        recent = comments(25, 50, first=20 * HOUR, last=HOUR)
        found = storm_of(recent, posted_at=NOW - 30 * DAY, now=NOW)
        assert found is not None
        assert found.before is None
        assert found.times is not None
        assert found.times > 2

    def test_knows_nothing_of_the_future_and_the_far_past(self) -> None:
        recent = comments(25, 50, first=20 * HOUR, last=HOUR)
        noise = [(NOW + HOUR, True), (NOW - 40 * DAY, True)]
        assert storm_of([*recent, *noise, *self.PAST], posted_at=None, now=NOW) == storm_of(
            [*recent, *self.PAST], posted_at=None, now=NOW
        )


class TestWords:
    def test_are_one_a_line_each_once(self) -> None:
        assert rules.words_of(" a  b \n\na b\nc\r\n") == ["a b", "c"]

    def test_a_template_names_who_is_answered(self) -> None:
        assert rules.filled("Hi {name}, {brand}", handle="ana", brand="Glow") == "Hi @ana, Glow"
        assert rules.filled("Hi {name}", handle="", brand="") == "Hi"

    def test_of_every_answered_category_there_is_a_reply_in_six_languages(self) -> None:
        from kindling.comments.classify.labels import LANGUAGES
        from kindling.comments.shipped import REPLIES

        assert set(REPLIES) == rules.ANSWERED
        for words in REPLIES.values():
            assert set(words) == set(LANGUAGES)
            assert all(len(text) <= 150 for text in words.values())

    def test_criticism_is_five_categories(self) -> None:
        assert Category.SAFETY_CLAIM_CONCERN in rules.CRITICISM
        assert len(rules.CRITICISM) == 5


class TestTheNumbers:
    """Every figure and word that a decision hangs on, as the docs state it."""

    def test_of_the_rules_are_those_of_the_docs(self) -> None:
        assert rules.SURE_FROM == 0.6
        assert (rules.MOST_REPLY, rules.MOST_WORD) == (1200, 80)
        assert (rules.LEAST_COMMENTS, rules.MOST_CRITICISM) == (30, 0.15)
        assert (rules.RECENT, rules.PAST) == (DAY, 14 * DAY)
        assert (rules.LEAST_RECENT, rules.LEAST_MORE, rules.LEAST_TIMES) == (5, 0.10, 2.0)

    def test_what_is_hidden_answered_and_criticism(self) -> None:
        assert set(rules.HIDEABLE) == {"spam_scam", "abuse_hate", "personal_data", "off_topic"}
        assert set(rules.ANSWERED_FIRST) == {"buying_question", "price_shipping", "where_to_buy"}
        assert set(rules.CRITICISM) == {
            "skepticism", "own_experience_negative", "order_support", "safety_claim_concern",
            "ad_disclosure_complaint",
        }  # fmt: skip
        assert set(rules.ANSWERED) - rules.CRITICISM - rules.ANSWERED_FIRST == {"product_question"}

    def test_every_category_has_words_and_every_speaker_a_value(self) -> None:
        assert all(len(words) > 4 for words in rules.LABELS.values())
        assert len(set(rules.LABELS.values())) == 20
        assert [str(each) for each in Speaker] == [
            "brand",
            "brand_account",
            "creator",
            "ask_creator",
        ]
        assert rules.OWN_IDENTITIES == ("TT_USER", "BC_AUTH_TT")

    def test_hiding_names_the_category_that_forbids_it(self) -> None:
        assert "(skepticism)" in rules.why_not_hidden(
            "skepticism", "spam_scam", hit_blocked_word=False
        )
        assert "category praise," in rules.why_not_hidden(
            "praise_trust", "spam_scam", hit_blocked_word=False
        )

    def test_a_brand_speaks_by_the_ads_api_only_under_an_ad(self) -> None:
        told = {"identity_type": "TT_USER", "may_manage": False}
        assert speaker_of(is_own_post=True, has_ad=False, **told) is Speaker.ASK_CREATOR  # type: ignore[arg-type]

    def test_quality_of_nothing_has_no_comment(self) -> None:
        assert quality(0, 0) == rules.Quality(0, 0, None, None, None)
        assert quality(0, 3).critical == 0
        with pytest.raises(ValueError, match="more criticism"):
            quality(-1, 3)

    def test_quality_is_bad_only_above_fifteen_per_cent(self) -> None:
        at_the_edge = rules.Quality(30, 9, 0.3, 0.15, 0.4)
        above = rules.Quality(30, 9, 0.3, 0.1501, 0.4)
        unknown = rules.Quality(30, 9, 0.3, None, None)
        assert [each.is_bad for each in (at_the_edge, above, unknown)] == [False, True, False]

    def test_the_difference_is_newcombes(self) -> None:
        # Newcombe 1998, table II, method 10, 56/70 and 48/80: 0.0524 to 0.3339.
        assert rules._difference_low(56, 70, 48, 80) == pytest.approx(0.0524, abs=5e-4)
        # 9/10 and 3/10: 0.1705 to 0.8090.
        assert rules._difference_low(9, 10, 3, 10) == pytest.approx(0.1705, abs=5e-4)

    def test_the_ratio_comes_from_the_share_that_is_recent(self) -> None:
        low = interval(10, 30)[0]
        assert rules._times_low(10, 20, 240) == pytest.approx(low / (1 - low) * 10)

    def test_a_storm_tells_its_figures(self) -> None:
        found = storm_of(
            [*TestAStorm.PAST, *comments(25, 50, first=20 * HOUR, last=HOUR)],
            posted_at=None,
            now=NOW,
        )
        assert found is not None
        assert (found.low, found.high) == interval(25, 50)
        assert found.times == pytest.approx(rules._times_low(25, 20, 216))

    def test_the_day_begins_and_ends_where_it_does(self) -> None:
        past = comments(10, 200, first=10 * DAY, last=1.1 * DAY)
        at_now = [(NOW, True)] * 5
        assert storm_of([*past, *at_now], posted_at=None, now=NOW) is not None
        a_day_ago = [(NOW - DAY, True)] * 5
        assert storm_of([*past, *a_day_ago], posted_at=None, now=NOW) is None
        just_recent = [(NOW - DAY + timedelta(seconds=1), True)] * 5
        assert storm_of([*past, *just_recent], posted_at=None, now=NOW) is not None

    def test_the_past_ends_fifteen_days_ago(self) -> None:
        recent = comments(25, 50, first=20 * HOUR, last=HOUR)
        old = [(NOW - 15 * DAY, True)] * 40
        found = storm_of([*recent, *old], posted_at=NOW - 30 * DAY, now=NOW)
        assert found is not None
        assert found.before is None
        inside = [(NOW - 15 * DAY + timedelta(seconds=1), True)] * 40
        told = storm_of([*recent, *inside], posted_at=NOW - 30 * DAY, now=NOW)
        assert told is None or told.before == 1.0

    def test_a_rate_needs_a_day_of_past(self) -> None:
        recent = comments(25, 50, first=20 * HOUR, last=HOUR)
        assert storm_of(recent, posted_at=NOW - 47 * HOUR, now=NOW) is None
        found = storm_of(recent, posted_at=NOW - 48 * HOUR, now=NOW)
        assert found is not None
        assert found.times == pytest.approx(rules._times_low(25, 0, 24))

    def test_a_rate_alone_tells_nothing_where_criticism_is_rare(self) -> None:
        recent = comments(20, 400, first=20 * HOUR, last=HOUR)
        assert storm_of(recent, posted_at=NOW - 30 * DAY, now=NOW) is None

    def test_quality_is_judged_by_the_low_end_and_by_all_comments(self) -> None:
        assert not rules.Quality(30, 5, 0.17, 0.07, 0.34).is_bad
        assert quality(0, 30).is_enough

    def test_a_single_quiet_comment_is_a_past(self) -> None:
        found = storm_of(
            [(NOW - 2 * DAY, False), *comments(50, 50, first=20 * HOUR, last=HOUR)],
            posted_at=NOW - 2 * DAY + HOUR, now=NOW,
        )  # fmt: skip
        assert found is not None
        assert found.before == 0

    def test_the_rate_looks_back_fourteen_days_and_no_further(self) -> None:
        recent = comments(25, 50, first=20 * HOUR, last=HOUR)
        found = storm_of(recent, posted_at=NOW - 300 * DAY, now=NOW)
        assert found is not None
        assert found.times == pytest.approx(rules._times_low(25, 0, 14 * 24))

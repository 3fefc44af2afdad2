"""What people write: grammars, everyday names of products, captions, variety and languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sandbox_small_world import small_world

from tiktok_sandbox.world.comments.mixes import SHARES, VALENCE
from tiktok_sandbox.world.comments.threads import Comment, Thread
from tiktok_sandbox.world.comments.writing import (
    ANSWER,
    CATEGORIES,
    LONGEST,
    Product,
    answer,
    answerable,
    write,
)
from tiktok_sandbox.world.drawing.build import build_world, read_family
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.texts.captions import write_caption
from tiktok_sandbox.world.texts.grammar import LANGUAGES, Slot, fill, grammar, parse, signs
from tiktok_sandbox.world.texts.languages import AUDIENCE, CREATORS, country_language
from tiktok_sandbox.world.texts.names import names_of, said
from tiktok_sandbox.world.world import World

LAMP = Product(title="Lumen desk lamp", sku="LUMEN-LAMP")
ODD = Product(title="Zorbling", sku="Z-1")
WITH_LATIN_LETTERS = [name for name in LANGUAGES if grammar(name).letters == "latin"]


def comments_of_world(world: World, most: int) -> list[Comment]:
    found: list[Comment] = []
    for item_id in world.state.posts:
        found += Thread(world, item_id)
        if len(found) >= most:
            break
    return found[:most]


def normalised(text: str) -> str:
    """Lower case, without handles, digits, emoji and punctuation; one space between words."""
    plain = re.sub(r"@\S+", " ", text.lower())
    return " ".join(re.sub(r"[^\w\s]|[\d_]", " ", plain).split())


def says_one_word(text: str) -> bool:
    """Japanese has no spaces, so a few letters count as a word."""
    has_kana = any("\u3040" <= letter <= "\u9fff" for letter in text)
    return len(text) <= 5 if has_kana else len(text.split()) <= 1


def repeats(texts: list[str]) -> float:
    """Share of texts that are there a second time, apart from emoji and one word."""
    plain = [text for text in map(normalised, texts) if not says_one_word(text)]
    return 1 - len(set(plain)) / len(plain)


@pytest.fixture(scope="module", params=[7, 23])
def world(request: pytest.FixtureRequest) -> World:
    """Enough posts and days for 3,000 comments."""
    base = read_family("reference")
    family = replace(
        base,
        name="talkative",
        response=replace(base.response, comment=0.03),
        posts=replace(base.posts, count=60, older=60),
        creators=replace(base.creators, count=30),
    )
    return build_world(family=family, seed=request.param)


@pytest.fixture(scope="module")
def comments(world: World) -> list[Comment]:
    found = comments_of_world(world, 3000)
    assert len(found) == 3000
    return found


class TestGrammars:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("product", [LAMP, ODD, Product()])
    def test_have_words_for_every_slot(self, language: str, product: Product) -> None:
        words = grammar(language)
        known = {*words.slots, *product.names(language)}
        blocks = (*words.slots.values(), *words.comments.values(), *words.answers.values())
        for block in (*blocks, words.captions):
            for skeleton in block:
                assert set(_slots(skeleton)) <= known, skeleton

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_know_every_category_and_what_creators_answer(self, language: str) -> None:
        words = grammar(language)
        assert set(words.comments) == {*CATEGORIES, "criticism_hidden"}
        assert set(words.answers) == set(grammar("en").answers)
        assert all(len(block) >= 6 for name, block in words.comments.items() if name in SHARES)
        assert {*CATEGORIES, ANSWER} == set(signs()[0])
        assert set(VALENCE) < set(CATEGORIES)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_write_every_category_and_answer_within_the_length(self, language: str) -> None:
        for number in range(25):
            for category in CATEGORIES:
                text = write(
                    Draws(1, "texts", number),
                    category=category,
                    language=language,
                    product=LAMP,
                    care=number / 25,
                    answered=CATEGORIES[number % 10] if number % 3 == 0 else None,
                    is_mixed=number % 4 == 0,
                    about_hidden=number % 5 == 0 and category == "scepticism",
                )
                assert 0 < len(text) <= LONGEST
                assert "{" not in text
                if answerable(category):
                    said_back = answer(
                        Draws(2, number), to=category, language=language, product=LAMP
                    )
                    assert 0 < len(said_back) <= LONGEST

    def test_hold_slots_within_slots_and_alternatives(self) -> None:
        slots = {"who": ("my {animal}",), "animal": ("cat",)}
        found = {fill(Draws(1, n), "{who} {is|was|} here", slots) for n in range(40)}
        assert found == {"my cat is here", "my cat was here", "my cat  here"}
        with pytest.raises(KeyError):
            fill(Draws(1, "x"), "{nobody}", slots)

    @pytest.mark.parametrize("skeleton", ["{open", "shut}", "{a{b}"])
    def test_refuse_braces_that_do_not_match(self, skeleton: str) -> None:
        with pytest.raises(ValueError, match="braces"):
            parse(skeleton)

    def test_write_right_to_left_and_without_spaces_too(self) -> None:
        arabic, japanese = (
            write(Draws(1, 3), category="complaint", language=name, product=LAMP)
            for name in ("ar", "ja")
        )
        assert any("\u0600" <= letter <= "\u06ff" for letter in arabic)
        assert any("\u3040" <= letter <= "\u30ff" for letter in japanese)


def _slots(skeleton: str) -> Iterator[str]:
    for part in parse(skeleton):
        if isinstance(part, Slot):
            if part.choices:
                for choice in part.choices:
                    yield from _slots(choice)
            elif not part.name.startswith("friend"):
                yield part.name


class TestNames:
    @pytest.mark.parametrize(
        ("title", "noun", "modifier"),
        [
            ("Vitamin C serum 30 ml", "serum", "vitamin c"),
            ("Glow serum 30 ml", "serum", "glow"),
            ("Lumen desk lamp", "lamp", "desk"),
            ("Trail flask 750 ml", "flask", "trail"),
            ("Knit throw", "throw", "knit"),
            ("Serum", "serum", ""),
            ("Serum, 2-pack", "serum", ""),
            ("Serum 30ml", "serum", ""),
            ("HAND CREAM 3 x 50 ml", "cream", "hand"),
            ("Sunscreen SPF 50+", "sunscreen", ""),
            ("T-shirt (black, XL)", "t-shirt", ""),
            ("Hoodie black", "hoodie", ""),
            ("Rose oil", "oil", "rose"),
            ("Mini bag", "bag", "mini"),
            ("Set of 3 bowls", "bowls", ""),
            ("Box of 12 candles", "candles", ""),
            ("Pair of wool socks", "socks", "wool"),
            ("Mug for coffee lovers", "mug", ""),
            ("Bowl with lid", "bowl", ""),
            ("Lipstick – Rose 04", "lipstick", ""),
            ("Earbuds 2nd gen", "earbuds", ""),
            ("Dog bed (large)", "bed", "dog"),
            ("Gift set", "gift set", ""),
            ("Coffee refill pack 500 g", "coffee", ""),
            ("Wooden toothbrush", "toothbrush", "wooden"),
            ("Crème visage 50 ml", "crème", ""),
            ("Crema de manos 50 ml", "crema", ""),
            ("Gesichtscreme 50 ml", "gesichtscreme", ""),
            ("Zorbling V2", "zorbling", ""),
            ("30 ml", "", ""),
            ("XL", "", ""),
            ("(2023)", "", ""),
            ("", "", ""),
        ],
    )
    def test_come_from_what_people_would_say_of_a_title(
        self, title: str, noun: str, modifier: str
    ) -> None:
        found = said(title)
        assert (found.noun, found.modifier) == (noun, modifier)

    def test_are_what_english_calls_one_thing_and_many(self) -> None:
        serum = names_of("Vitamin C serum 30 ml", sku="S-1", language="en")
        assert {"the serum", "this serum", "the vitamin c one"} <= set(serum["thing"])
        assert (serum["is"], serum["do"]) == (("is",), ("does",))
        socks = names_of("Wool socks, 3-pack", sku="S-2", language="en")
        assert {"these socks", "the wool ones"} <= set(socks["thing"])
        assert (socks["is"], socks["it"][0]) == (("are",), "these")
        assert names_of("Sundress", sku="S-3", language="en")["is"] == ("is",)

    @pytest.mark.parametrize(
        ("title", "language", "expected"),
        [
            ("Glow serum 30 ml", "es", ("el sérum", "este sérum")),
            ("Lumen desk lamp", "es", ("la lámpara", "esta lámpara")),
            ("Hand oil", "fr", ("l'huile", "cette huile")),
            ("Rug", "fr", ("le tapis", "ce tapis")),
            ("Organizer", "fr", ("l'organiseur", "cet organiseur")),
            ("Shampoo 200 ml", "it", ("lo shampoo", "questo shampoo")),
            ("Earrings", "it", ("gli orecchini", "questi orecchini")),
            ("Watch", "it", ("l'orologio", "questo orologio")),
            ("Mug", "pt", ("a caneca", "essa caneca")),
            ("Glow serum", "id", ("serumnya", "serum ini")),
            ("Glow serum", "ja", ("美容液", "この美容液")),
            ("Lamp", "de", ("die Lampe", "diese Lampe")),
        ],
    )
    def test_have_the_articles_of_each_language(
        self, title: str, language: str, expected: tuple[str, str]
    ) -> None:
        assert names_of(title, sku="X-1", language=language)["thing"] == expected

    def test_know_german_objects(self) -> None:
        rug = names_of("Wool rug", sku="X-1", language="de")
        assert rug["thing4"] == ("den Teppich", "diesen Teppich")

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_go_without_a_noun_that_nobody_knows(self, language: str) -> None:
        assert names_of("30 ml", sku="X", language=language)["thing"]

    def test_never_spell_the_sku(self) -> None:
        assert (
            "the glow serum"
            not in names_of("Glow serum 30 ml", sku="GLOW-SERUM", language="en")["thing"]
        )
        mug = names_of("Mug", sku="MUG", language="en")
        assert not any("mug" in choice for choices in mug.values() for choice in choices)

    @given(
        title=st.text(max_size=60),
        sku=st.text(st.characters(categories=["L", "N"]), min_size=3, max_size=20),
        language=st.sampled_from(LANGUAGES),
    )
    def test_are_found_for_any_title(self, title: str, sku: str, language: str) -> None:
        names = names_of(title, sku=sku, language=language)
        assert names["thing"]
        assert all(choice for choices in names.values() for choice in choices)


class TestCaptions:
    @pytest.mark.parametrize("seed", [1, 7, 2026])
    def test_of_500_posts_are_500_and_none_names_its_sku(self, seed: int) -> None:
        base = read_family("reference")
        posts = replace(base.posts, count=500, older=300, undisclosed_share=0.2)
        made = build_world(family=replace(base, posts=posts, name="wide"), seed=seed)
        found = list(made.state.posts.values())
        assert len(found) > 500
        assert len({post.caption for post in found}) == len(found)
        for post in found:
            assert post.sku.lower() not in post.caption.lower()
            assert post.sku.replace("-", "").lower() not in re.sub(r"\W", "", post.caption.lower())
            assert not re.search(r"\b(30|750) ?ml\b", post.caption)
            assert ("#ad" in post.caption.split()) == post.is_disclosed
            assert len(post.caption) <= 300

    def test_are_in_the_creators_language(self) -> None:
        family = read_family("reference")
        talk = replace(family.conversation, foreign_creators=1.0)
        made = build_world(family=replace(family, conversation=talk, name="abroad"), seed=3)
        own = [p for p in made.state.posts.values() if not made.creator_of(p).is_brand]
        assert not any("#fyp" in post.caption.split() for post in own)
        brand = [p for p in made.state.posts.values() if made.creator_of(p).is_brand]
        assert not any("#parati" in post.caption.split() for post in brand)

    def test_introduce_a_product_by_its_noun(self) -> None:
        found = {
            write_caption(
                Draws(number, "caption"),
                language="en",
                title="Vitamin C serum 30 ml",
                sku="VC-1",
                is_disclosed=False,
            )
            for number in range(60)
        }
        assert all("serum" in caption.lower() for caption in found)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_are_the_same_for_the_same_draws(self, language: str) -> None:
        first, second = (
            write_caption(
                Draws(5, "caption"), language=language, title="Mug", sku="M-1", is_disclosed=True
            )
            for _ in range(2)
        )
        assert first == second
        assert "#ad" in first.split()


class TestVariety:
    @pytest.mark.slow
    def test_fewer_than_one_comment_in_twenty_repeats_another(
        self, comments: list[Comment]
    ) -> None:
        assert repeats([comment.text for comment in comments]) < 0.05

    def test_every_language_and_every_category_is_there(self, comments: list[Comment]) -> None:
        languages = Counter(str(comment.language) for comment in comments)
        assert set(languages) == {*LANGUAGES, "mixed"}
        assert {str(comment.category) for comment in comments} == {*CATEGORIES, ANSWER}

    def test_nobody_says_a_size(self, comments: list[Comment]) -> None:
        assert not any(re.search(r"\b(30|750) ?ml\b", c.text.lower()) for c in comments)

    def test_some_people_come_back_and_a_few_write_much(self, comments: list[Comment]) -> None:
        by_person = Counter(comment.user_id for comment in comments)
        returning = [person for person, count in by_person.items() if count > 1]
        assert len(returning) > 100
        assert by_person.most_common(1)[0][1] >= 5
        posts = Counter({c.user_id: 0 for c in comments})
        for user, _ in {(c.user_id, c.item_id) for c in comments}:
            posts[user] += 1
        assert max(posts.values()) > 1

    def test_a_person_keeps_name_and_language(self, comments: list[Comment]) -> None:
        seen: dict[str, set[str]] = {}
        for comment in comments:
            seen.setdefault(comment.user_id, set()).add(comment.username)
        assert all(len(names) == 1 for names in seen.values())

    def test_people_talk_to_each_other(self, world: World, comments: list[Comment]) -> None:
        by_id = {comment.comment_id: comment for comment in comments}
        replies = [c for c in comments if c.parent_id is not None and c.parent_id in by_id]
        back = [c for c in replies if by_id[str(c.parent_id)].user_id == c.user_id]
        assert 0.1 < len(replies) / len(comments) < 0.3
        assert back
        proofs = [c for c in replies if by_id[str(c.parent_id)].category == "purchase_question"]
        share = sum(c.category == "purchase_proof" for c in proofs) / len(proofs)
        assert share > 1.5 * SHARES["purchase_proof"]
        assert world.seed in (7, 23)

    def test_creators_answer_in_their_own_name_some_more_than_others(
        self, world: World, comments: list[Comment]
    ) -> None:
        answers = [comment for comment in comments if comment.category == ANSWER]
        assert answers
        for comment in answers:
            owner = world.creator_of(world.state.posts[comment.item_id])
            assert (comment.username, comment.user_id) == (owner.handle, owner.identity_id)
            assert comment.parent_id is not None
        others = [c for c in comments if c.category != ANSWER]
        assert not {c.username for c in others} & set(world.state.creators)


class TestLanguages:
    def test_all_have_a_share_that_sums_to_one(self) -> None:
        assert set(AUDIENCE) == set(LANGUAGES)
        assert set(CREATORS) == set(LANGUAGES) - {"en"}
        assert sum(AUDIENCE.values()) == pytest.approx(1)
        assert sum(CREATORS.values()) == pytest.approx(1)
        assert len(LANGUAGES) >= 7
        assert len(WITH_LATIN_LETTERS) < len(LANGUAGES)

    @pytest.mark.parametrize(
        ("country", "language"), [("US", "en"), ("DE", "de"), ("MX", "es"), ("JP", "ja")]
    )
    def test_of_an_ads_viewers_follow_the_accounts_country(
        self, country: str, language: str
    ) -> None:
        assert country_language(country) == language

    def test_of_free_viewers_follow_the_creator(self) -> None:
        family = read_family("reference")
        talk = replace(family.conversation, foreign_creators=1.0, mixed_share=0.0)
        loud = replace(family.response, comment=0.02)
        made = build_world(
            family=replace(family, conversation=talk, response=loud, name="abroad"), seed=3
        )
        by_home: dict[str, Counter[str]] = {}
        for item_id in list(made.state.posts)[:20]:
            thread = Thread(made, item_id)
            home = thread.author_language
            by_home.setdefault(home, Counter()).update(str(c.language) for c in thread)
        for home, found in by_home.items():
            if found.total() > 100:
                assert found.most_common(1)[0][0] == home


def test_the_same_comments_come_whatever_is_read_first() -> None:
    first, second = small_world(), small_world()
    for made in (first, second):
        advance_to(made, made.now + timedelta(days=1))
    item_id = max(first.state.posts, key=lambda post: len(Thread(first, post)))
    forward = list(Thread(first, item_id))
    thread = Thread(second, item_id)
    backward = [thread.comment(number) for number in reversed(range(len(thread)))]
    assert forward == backward[::-1]

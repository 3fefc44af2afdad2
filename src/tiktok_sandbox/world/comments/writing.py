"""Texts of comments: category, language and who is answered become a text, from draws alone.

Slang, slips, emoji, sarcasm, negated intent and code-switching are part of the sentences and of
how people type them (science.md §7). Every text is ours and plainly synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.texts.grammar import Choices, Grammar, fill, grammar
from tiktok_sandbox.world.texts.languages import other_language
from tiktok_sandbox.world.texts.names import Names, names_of
from tiktok_sandbox.world.texts.spelling import typed

CATEGORIES = (
    "purchase_question",
    "purchase_proof",
    "praise",
    "tag_friend",
    "product_question",
    "complaint",
    "scepticism",
    "spam",
    "hate",
    "off_topic",
)
ANSWER = "creator_answer"
"""What the post's own creator writes under it; none of the categories of other people."""
ASKING = ("purchase_question", "product_question")
WARM = ("praise", "purchase_proof", "tag_friend")
COLD = ("complaint", "scepticism", "hate")
LONGEST = 150
LONGEST_TO_GO_ON = 70
ENDS = ("?", "!", ".", "؟", "？", "、", "。")
# By the mood of what is answered and of the reply: how a reply begins.
REACTIONS = {
    ("ask", "warm"): "answer",
    ("ask", "ask"): "same",
    ("warm", "warm"): "agree",
    ("warm", "cold"): "disagree",
    ("cold", "cold"): "agree",
    ("cold", "warm"): "disagree",
}
# Shares of comments that open with a word or two, end with some, say a second thing.
OPENED, ENDED, TWO_THINGS, ONE_WORD = 0.38, 0.45, 0.22, 0.03
SHORT = {"purchase_question": "link??", "praise": "😍😍😍"}
# Words a bilingual person takes from the other language.
BORROWED = ("good",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a post is about; empty for a post about nothing one can buy."""

    title: str = ""
    sku: str = ""

    def names(self, language: str) -> Names:
        return names_of(self.title, sku=self.sku, language=language)


def write(
    draws: Draws,
    *,
    category: str,
    language: str,
    product: Product,
    care: float = 0.0,
    answered: str | None = None,
    is_mixed: bool = False,
    about_hidden: bool = False,
) -> str:
    """One comment of at most 150 characters.

    answered : category of the comment it replies to; is_mixed : in this language and a second one;
    about_hidden : criticism of hidden comments instead of the product
    """
    if category in SHORT and answered is None and not is_mixed and draws.chance(ONE_WORD):
        return SHORT[category]
    words = grammar(language)
    said = "criticism_hidden" if about_hidden else category
    if is_mixed:
        text = _switched(draws, said, language=language, product=product)
    else:
        text = _said(draws, words, said, (product.names(language), words.slots))
    if answered is not None:
        text = _replied(draws, words, text, category=category, answered=answered)
    return _cut(typed(draws, text, category=category, words=words, care=care))


def answer(draws: Draws, *, to: str, language: str, product: Product) -> str:
    """What a creator answers to a comment of this category."""
    words = grammar(language)
    slots = (product.names(language), words.slots)
    text = fill(draws, draws.pick(words.answers.get(to, words.answers["praise"])), *slots)
    if draws.chance(ENDED):
        text += f"{words.pause}{fill(draws, '{end_warm}', *slots)}"
    return _cut(typed(draws, text, category=ANSWER, words=words, care=0.0))


def answerable(category: str) -> bool:
    """Do creators answer such comments at all?"""
    return category in grammar("en").answers


def _said(
    draws: Draws, words: Grammar, category: str, slots: tuple[dict[str, Choices], ...]
) -> str:
    """A sentence, perhaps with an opening, a second thing to say, or an ending."""
    text = fill(draws, draws.pick(words.comments[category]), *slots)
    mood = _mood(category)
    goes_on = draws.chance(TWO_THINGS)
    opened, ended = draws.chance(OPENED), draws.chance(ENDED)
    if goes_on and len(text) < LONGEST_TO_GO_ON:
        second = fill(draws, draws.pick(words.comments[category]), *slots)
        text = _joined(text, second, draws.pick(words.connectors), words)
    if mood is None:
        return text
    if opened and not text.startswith("@"):
        text = f"{fill(draws, f'{{hey_{mood}}}', *slots)}{words.gap}{text}"
    if ended:
        text += f"{words.pause}{fill(draws, f'{{end_{mood}}}', *slots)}"
    return text


def _switched(draws: Draws, category: str, *, language: str, product: Product) -> str:
    """Two languages in one breath, as people do who speak both."""
    second = other_language(draws, language)
    own, other = grammar(language), grammar(second)
    kind = draws.unit()
    if kind < 0.4:
        # The sentence is in one language, its adjectives in the other.
        borrowed = {slot: other.slots[slot] for slot in BORROWED}
        return _said(draws, own, category, (product.names(language), borrowed, own.slots))
    first = (product.names(language), own.slots)
    then = (product.names(second), other.slots)
    mood = _mood(category) or "warm"
    if kind < 0.7:
        opening = fill(draws, f"{{hey_{mood}}}", *first)
        return f"{opening}{own.gap or ' '}{_said(draws, other, category, then)}"
    text = fill(draws, draws.pick(own.comments[category]), *first)
    return f"{text}{own.pause}{fill(draws, f'{{end_{mood}}}', *then)}"


def _mood(category: str) -> str | None:
    if category in ASKING:
        return "ask"
    if category in WARM:
        return "warm"
    return "cold" if category in COLD or category == "criticism_hidden" else None


def _replied(draws: Draws, words: Grammar, text: str, *, category: str, answered: str) -> str:
    """A reply, with its first words: an answer, the same question, agreement, or not."""
    kind = REACTIONS.get((_mood(answered) or "", _mood(category) or ""))
    if kind is None or category == "tag_friend":
        return text
    reaction = fill(draws, f"{{reply_{kind}}}", words.slots)
    return _joined(reaction, text, draws.pick((words.gap, words.connectors[1])), words)


def _joined(first: str, second: str, connector: str, words: Grammar) -> str:
    """Two sentences; one that ends by itself gets no second stop."""
    is_ended = first.endswith(ENDS)
    return f"{first}{words.gap if is_ended else connector}{second}"


def _cut(text: str) -> str:
    """No longer than comments may be, and no word cut in two where there is a space."""
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition(" ")[0] or text[:LONGEST]

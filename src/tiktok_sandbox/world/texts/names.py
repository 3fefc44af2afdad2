"""What people call a product: "the serum", "this serum", never "Glow serum 30 ml".

From a shop's title goes everything that only a shop says (sizes, amounts, shades); what stays is a
head noun. Nouns of `data/nouns.yaml` have a name, and the gender articles need, in every language;
for any other noun English takes the word itself, and the rest what its grammar calls `unnamed`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import msgspec

from tiktok_sandbox.world.texts.grammar import Choices, data, grammar

Names = dict[str, Choices]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


UNITS = _words(
    "ml cl l litre liter g gr kg mg oz fl lb lbs cm mm m inch inches ft w v kw mah pack packs pcs pc "
    "pieces piece stück stk count ct x spf lsf uvp pk gen generation edition new neu limited size "
    "nr no eu us uk"
)
SIZES = _words("xs s m l xl xxl xxxl mini midi maxi small medium large regular")
SHADES = _words(
    "black white red blue green grey gray pink beige brown navy ivory lilac purple yellow orange "
    "gold silver rose nude clear schwarz weiß rot blau negro blanco rojo azul noir blanc"
)
PREPOSITIONS = _words(
    "for with without in by from to and de da do del di du para pour per con com mit für avec"
)
# A title may begin with these; what they hold is what people name.
HOLDERS = _words("set pack pair box case bundle tin jar bottle bag kit")
# Alone they say too little: "the gift set", not "the set".
VAGUE = _words("set pack kit bundle duo trio refill box")
CUT = re.compile(r"\s[-–—|:]\s|[(),;/|\[\]]")
WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
LONGEST_MODIFIER = 2
FEWEST_LETTERS_IN_COMPOUND = 4

ARTICLES: dict[str, dict[str, Choices]] = {
    "es": {"m": ("el ", "este "), "f": ("la ", "esta "), "mp": ("los ", "estos "),
           "fp": ("las ", "estas ")},
    "pt": {"m": ("o ", "esse "), "f": ("a ", "essa "), "mp": ("os ", "esses "),
           "fp": ("as ", "essas ")},
    "fr": {"m": ("le ", "ce "), "f": ("la ", "cette "), "mp": ("les ", "ces "),
           "fp": ("les ", "ces ")},
    "it": {"m": ("il ", "questo "), "f": ("la ", "questa "), "mp": ("i ", "questi "),
           "fp": ("le ", "queste ")},
    "de": {"m": ("der ", "dieser "), "f": ("die ", "diese "), "n": ("das ", "dieses "),
           "p": ("die ", "diese ")},
}  # fmt: skip
ELIDED = {
    "fr": {"le ": "l'", "la ": "l'", "ce ": "cet "},
    "it": {"il ": "l'", "la ": "l'", "i ": "gli "},
}
ACCUSATIVE = {"der ": "den ", "dieser ": "diesen "}
VOWELS = tuple("aeiouyàâäéèêëîïôöùûüœ")
IMPURE = re.compile(r"s[^aeiouy]|z|ps|gn|x", re.IGNORECASE)
HARD_H = ("hoodie", "headset")
ONE, MANY = {"is": "is", "do": "does", "look": "looks"}, {"is": "are", "do": "do", "look": "look"}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A title as people take it. noun : as in the title; known : the key in `nouns.yaml`, or ""."""

    noun: str
    modifier: str
    known: str


@cache
def _nouns() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = msgspec.yaml.decode(
        data("nouns.yaml"), type=dict[str, dict[str, str]]
    )
    return found


@cache
def _aliases() -> dict[str, str]:
    """Word of a title → key of the noun."""
    known = {name: name for name in _nouns()}
    for name, forms in _nouns().items():
        known.update(dict.fromkeys(forms.get("also", "").split(), name))
    return known


def _known(word: str) -> str:
    """The noun a word of a title stands for, or ""; plurals and compounds too."""
    aliases = _aliases()
    for form in (word, word.removesuffix("s"), word.removesuffix("es")):
        if form in aliases:
            return aliases[form]
    return next(
        (
            name
            for alias, name in aliases.items()
            if len(alias) >= FEWEST_LETTERS_IN_COMPOUND and word.endswith(alias)
        ),
        "",
    )


@lru_cache(maxsize=1024)
def said(title: str) -> Said:
    """The head noun of a title and the word before it; both empty when nothing is left."""
    words = next(filter(None, map(_plain, CUT.split(title))), [])
    while len(words) > 1 and words[0] in HOLDERS and words[1] == "of":
        words = words[2:]
    words = _before_preposition([word for word in words if word != "of"])
    if not words:
        return Said(noun="", modifier="", known="")
    places = [place for place, word in enumerate(words) if _known(word)]
    head = places[-1] if places else len(words) - 1
    noun, known = words[head], _known(words[head])
    before = words[:head]
    if noun in VAGUE and before:
        noun, before, known = f"{before[-1]} {noun}", before[:-1], ""
    kept = before[-1:]
    if kept and len(kept[0]) == 1:
        kept = before[-LONGEST_MODIFIER:]
    return Said(noun=noun, modifier=" ".join(kept), known=known)


def _plain(part: str) -> list[str]:
    """Words of a part of a title that people would say too."""
    found = [word.lower() for word in WORD.findall(part)]
    kept = [w for w in found if not any(c.isdigit() for c in w) and w not in UNITS]
    # A shade or a size at the end is one; "rose oil" and "mini bag" are names.
    while len(kept) > 1 and kept[-1] in SHADES | SIZES:
        kept.pop()
    return [] if len(kept) == 1 and kept[0] in SIZES | SHADES else kept


def _before_preposition(words: list[str]) -> list[str]:
    for place, word in enumerate(words):
        if place and word in PREPOSITIONS:
            return words[:place]
    return [word for word in words if word not in PREPOSITIONS]


@lru_cache(maxsize=4096)
def names_of(title: str, *, sku: str, language: str) -> Names:
    """Slots of one product in one language: thing, noun, and what that language's verbs need.

    No choice spells the SKU; a product whose everyday name is its SKU stays unnamed.
    """
    found = said(title)
    names = _english(found) if language == "en" else _translated(found, language)
    unnamed = dict(grammar(language).unnamed)
    if language == "en":
        unnamed |= {"it": ("it",), "this": ("this",)} | {k: (v,) for k, v in ONE.items()}
    spelt = _squeezed(sku)
    kept = {
        slot: tuple(choice for choice in choices if not spelt or spelt not in _squeezed(choice))
        for slot, choices in names.items()
    }
    if not all(kept.values()) or not kept:
        return unnamed
    return unnamed | kept


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())


def _english(found: Said) -> Names:
    noun, modifier = found.noun, found.modifier
    if not noun:
        return {}
    is_many = noun.endswith("s") and not noun.endswith("ss")
    this, that, one = ("these", "those", "ones") if is_many else ("this", "that", "one")
    thing = [f"the {noun}", f"the {noun}", f"{this} {noun}", f"{that} {noun}"]
    if modifier:
        thing += [f"the {modifier} {noun}", f"the {modifier} {one}"]
    verbs = MANY if is_many else ONE
    return {
        "thing": tuple(thing),
        "this": (this, f"{this} {noun}"),
        "it": (this if is_many else "it", f"the {noun}"),
        "noun": (noun,),
    } | {slot: (verb,) for slot, verb in verbs.items()}


def _translated(found: Said, language: str) -> Names:
    form = _nouns().get(found.known, {}).get(language, "")
    if not form:
        return {}
    if language in ARTICLES:
        gender, _, noun = form.partition(" ")
        thing = tuple(_with(article, noun, language) for article in ARTICLES[language][gender])
        names: Names = {"thing": thing, "noun": (noun,)}
        if language == "de":
            names["thing4"] = tuple(
                ACCUSATIVE.get(article, article) + noun for article in ARTICLES["de"][gender]
            )
        return names
    if language == "id":
        return {"thing": (f"{form}nya", f"{form} ini"), "noun": (form,)}
    if language == "ja":
        return {"thing": (form, f"この{form}"), "noun": (form,)}
    return {"thing": (form, f"ه{form}"), "noun": (form.removeprefix("ال"),)}


def _with(article: str, noun: str, language: str) -> str:
    """Article and noun as they are spoken together: l'huile, lo shampoo, gli occhiali."""
    first = noun.lower()
    is_open = first.startswith((*VOWELS, "h")) and not first.startswith(HARD_H)
    if is_open and language in ELIDED:
        return ELIDED[language].get(article, article) + noun
    if language == "it" and IMPURE.match(first):
        article = {"il ": "lo ", "i ": "gli "}.get(article, article)
    return article + noun

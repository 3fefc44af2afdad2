"""A comment as the classifier reads it: one line, lower case, with names of products and persons masked."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

HEAD, TAIL = 900, 300  # characters of a long comment that are read: its start and its end
PRODUCT, PERSON, LINK, MAIL, PHONE, PRICE, NUMBER = (
    "xprodx", "xatx", "xurlx", "xmailx", "xphonex", "xpricex", "xnumx",
)  # fmt: skip

_TAG = re.compile(r"<[^<>]{1,200}>")
_LINK = re.compile(r"https?://\S+|www\.\S+|\b[\w-]+\.[a-z]{2,8}/\S+")
_MAIL = re.compile(r"\S+@\S+\.\w+")
_PERSON = re.compile(r"@[\w.]+")
_PRICE = re.compile(
    r"[$€£¥₹]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£¥]|eur\b|euros?\b|usd\b|dollars?\b|dolares\b|bucks\b|pounds?\b"
    r"|reais\b|rb\b|ribu\b|rp\b|pesos\b)|\brp\s?\d[\d.,]*"
)
_PHONE = re.compile(r"\+?\d(?:[\s()/-]{0,2}\d){6,14}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_STRETCHED = re.compile(r"(.)\1{2,}")
_WORD = re.compile(r"[^\W_]+|[?!]|[^\w\s.,;:'\"()\[\]{}<>/\\|#*&%+=~`^_@-]")


def plain(text: str) -> str:
    """One line without markup, direction marks and accents, in lower case; of a long comment its start and end."""
    if len(text) > 2 * (HEAD + TAIL):
        text = f"{text[: 2 * HEAD]} {text[-2 * TAIL :]}"
    text = html.unescape(_TAG.sub(" ", text))
    text = unicodedata.normalize("NFKD", text)
    kept = [
        each
        for each in text
        if unicodedata.category(each) not in {"Mn", "Cf", "Cc", "Cs"} or each in "\n\t"
    ]
    text = " ".join("".join(kept).lower().split())
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"


def product_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """What finds the names of products in a plain text, the longest first; None where there are none."""
    wanted = sorted({plain(name) for name in names} - {""}, key=lambda name: (-len(name), name))
    if not wanted:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, wanted))})(?:'?s)?(?!\w)")


def masked(text: str, products: re.Pattern[str] | None = None) -> str:
    """The text as its features see it: links, addresses, numbers, persons and products are words that say so.

    products : of `product_pattern`; what a thing is called must not decide what is said of it
    """
    text = plain(text)
    if products is not None:
        text = products.sub(PRODUCT, text)
    text = _MAIL.sub(f" {MAIL} ", text)
    text = _LINK.sub(f" {LINK} ", text)
    text = _PERSON.sub(f" {PERSON} ", text)
    text = _PRICE.sub(f" {PRICE} ", text)
    text = _PHONE.sub(f" {PHONE} ", text)
    text = _NUMBER.sub(f" {NUMBER} ", text)
    return " ".join(_STRETCHED.sub(r"\1\1", text).split())


def words(text: str) -> list[str]:
    """Words, question and exclamation marks, and each emoji of a masked text."""
    return _WORD.findall(text)


def is_foreign(text: str) -> bool:
    """Whether most letters of a masked text are of another script than the Latin one."""
    letters = [each for each in text if each.isalpha()]
    return 2 * sum(each > "\u024f" for each in letters) > len(letters)

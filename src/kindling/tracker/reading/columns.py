"""Which column of a tracker means what, guessed from its header; a person can say otherwise. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

# Trackers have a title and a legend above their header: it is looked for this far down.
HEADER_WITHIN = 20


class Field(StrEnum):
    """What a column can hold."""

    HANDLE = "handle"
    NAME = "name"
    EMAIL = "email"
    COUNTRY = "country"
    LANGUAGE = "language"
    FOLLOWERS = "followers"
    TAGS = "tags"
    NOTES = "notes"
    STATUS = "status"
    POST = "post"
    POSTED_ON = "posted_on"
    SKU = "sku"
    CODE = "code"
    CODE_DAYS = "code_days"
    CODE_ENDS = "code_ends"
    PAID_USE = "paid_use"
    RIGHTS_FROM = "rights_from"
    RIGHTS_UNTIL = "rights_until"
    HOLD_UNTIL = "hold_until"
    TERRITORY = "territory"
    FEE = "fee"
    CURRENCY = "currency"
    COMMISSION = "commission"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS: dict[Field, str] = {
    Field.HANDLE: "TikTok handle",
    Field.NAME: "Creator's name",
    Field.EMAIL: "E-mail",
    Field.COUNTRY: "Country",
    Field.LANGUAGE: "Language",
    Field.FOLLOWERS: "Followers",
    Field.TAGS: "Tags",
    Field.NOTES: "Notes",
    Field.STATUS: "Status (saved as a note)",
    Field.POST: "Post URL or id",
    Field.POSTED_ON: "Posted on",
    Field.SKU: "Product (SKU)",
    Field.CODE: "Video code",
    Field.CODE_DAYS: "Days of the video code",
    Field.CODE_ENDS: "Video code ends on",
    Field.PAID_USE: "Paid use allowed",
    Field.RIGHTS_FROM: "Usage rights from",
    Field.RIGHTS_UNTIL: "Usage rights until",
    Field.HOLD_UNTIL: "Hold period until",
    Field.TERRITORY: "Territory",
    Field.FEE: "Fee",
    Field.CURRENCY: "Currency",
    Field.COMMISSION: "Commission in percent",
}

# Header words as trackers write them in English, Spanish and German, without accents and signs. The first
# field whose words fit a header best gets the column.
WORDS: dict[Field, tuple[str, ...]] = {
    Field.HANDLE: (
        "@", "handle", "tiktok", "tiktok handle", "tt handle", "tiktok username", "username", "user name",
        "tiktok account", "account", "tiktok @", "profile", "profile link", "tiktok profile", "usuario",
        "perfil", "cuenta", "nutzername", "benutzername", "profil", "konto", "creator handle", "@handle",
    ),
    Field.NAME: (
        "creator", "name", "creator name", "full name", "influencer", "talent", "creador", "creadora", "nombre",
        "ersteller", "vorname", "kreator",
    ),
    Field.EMAIL: (
        "e mail", "email", "mail", "email address", "contact", "contact email", "correo", "correo electronico",
        "kontakt", "e mail adresse",
    ),
    Field.COUNTRY: ("country", "market", "location", "pais", "mercado", "land", "markt"),
    Field.LANGUAGE: ("language", "lang", "idioma", "sprache"),
    Field.FOLLOWERS: ("followers", "follower", "follower count", "seguidores", "fans"),
    Field.TAGS: ("tags", "tag", "niche", "category", "vertical", "etiquetas", "categoria", "nische", "kategorie"),
    Field.NOTES: ("notes", "note", "comments", "comment", "remarks", "notas", "comentarios", "notizen",
                  "bemerkung", "bemerkungen", "kommentar"),
    Field.STATUS: ("status", "stage", "state", "estado", "fase", "stand"),
    Field.POST: (
        "link", "video link", "video url", "video", "url", "post", "post link", "post url", "tiktok link",
        "tiktok url", "live link", "video id", "post id", "item id", "enlace", "enlace video", "video enlace",
        "beitrag", "content link",
    ),
    Field.POSTED_ON: ("posted", "posted on", "post date", "live date", "date posted", "go live", "published",
                      "publicado", "fecha de publicacion", "fecha", "veroffentlicht", "date", "datum"),
    Field.SKU: ("sku", "product", "product sku", "item", "producto", "produkt", "artikel"),
    Field.CODE: (
        "spark code", "ad code", "code", "auth code", "authorization code", "spark ad code", "video code",
        "spark ads code", "tiktok code", "codigo", "codigo spark", "codigo de anuncio", "werbecode", "sparkcode",
    ),
    Field.CODE_DAYS: (
        "days", "auth days", "code days", "duration", "duration days", "code duration", "authorization days",
        "validity", "dias", "duracion", "tage", "dauer", "laufzeit",
    ),
    Field.CODE_ENDS: (
        "expiry", "expires", "expiry date", "expiration", "expiration date", "auth until",
        "code expiry", "code expires",
        "code until", "auth expiry", "authorized until", "spark expiry", "caduca", "vence", "vencimiento",
        "caducidad", "ablauf", "ablaufdatum", "lauft ab", "gultig bis",
    ),
    Field.PAID_USE: (
        "usage", "paid usage", "paid use", "paid", "paid ads", "whitelisting", "allowlisting", "whitelisted",
        "allowlisted", "usage rights", "spark ok", "boost", "boosting", "ads allowed", "uso", "uso de pago",
        "derechos de uso", "nutzung", "werbung", "nutzungsrechte",
    ),
    Field.RIGHTS_FROM: ("rights from", "rights start", "usage from", "usage start", "license start",
                        "derechos desde", "rechte ab", "nutzung ab", "start", "start date"),
    Field.RIGHTS_UNTIL: (
        "rights until", "rights end", "usage until", "usage end", "rights", "license until", "license end",
        "licence until",
        "usage rights until", "usage expiry", "rights expiry", "derechos hasta", "derechos", "rechte bis", "rechte",
        "nutzung bis", "end", "end date", "rights to",
    ),
    Field.HOLD_UNTIL: ("hold until", "hold", "keep live until", "stays up until", "live until", "no delete until",
                       "mantener hasta", "online bis"),
    Field.TERRITORY: ("territory", "territories", "region", "regions", "countries", "territorio", "gebiet"),
    Field.FEE: (
        "fee", "rate", "cost", "price", "payment", "creator fee", "content fee", "budget", "amount", "tarifa",
        "precio", "pago", "coste", "costo", "honorar", "preis", "gage", "kosten",
    ),
    Field.CURRENCY: ("currency", "moneda", "divisa", "wahrung"),
    Field.COMMISSION: ("commission", "commission percent", "commission rate", "comision", "provision"),
}  # fmt: skip


def plain(header: str) -> str:
    """A header without accents, signs and doubled blanks, lower case: "E-Mail (creator)" is "e mail creator"."""
    bare = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode().lower()
    return " ".join(re.sub(r"[^a-z0-9@]+", " ", bare).split())


@dataclass(frozen=True, slots=True)
class Header:
    """Where a table's header stands (line, from 1), its cells, and which column each field is guessed to be in."""

    line: int
    names: tuple[str, ...]
    columns: Mapping[Field, int]


def guess(names: Sequence[str]) -> dict[Field, int]:
    """The column of each field, from 0. Every column is one field at most, every field one column at most."""
    fits = sorted(
        (
            (-_fit(plain(name), words), order, column, field)
            for column, name in enumerate(names)
            for order, (field, words) in enumerate(WORDS.items())
            if _fit(plain(name), words)
        ),
        key=lambda fit: fit[:3],
    )
    found: dict[Field, int] = {}
    for _, _, column, field in fits:
        if field not in found and column not in found.values():
            found[field] = column
    if Field.HANDLE not in found and Field.NAME in found:
        # "Creator" alone is where teams write the handle.
        found[Field.HANDLE] = found.pop(Field.NAME)
    return found


def _fit(name: str, words: Sequence[str]) -> int:
    """How well a header fits a field's words: 100 for the same, less for words inside it, 0 for not at all."""
    if not name:
        return 0
    if name in words:
        return 100
    # "@" alone names a handle; inside another header it is decoration.
    inside = [word for word in words if len(word) > 3 and f" {word} " in f" {name} "]
    return max((len(word) for word in inside), default=0)


def find_header(rows: Sequence[Sequence[str]]) -> Header | None:
    """The row of the first twenty that names most fields, at least two of them, or the only column; None for none."""
    guesses = [
        (guess(row), number, row) for number, row in enumerate(rows[:HEADER_WITHIN], start=1)
    ]
    best = max(guesses, key=lambda each: (len(each[0]), -each[1]), default=None)
    if best is None:
        return None
    columns, number, row = best
    is_enough = len(columns) >= 2 or (columns and len([name for name in row if name.strip()]) == 1)
    return Header(number, tuple(row), columns) if is_enough else None

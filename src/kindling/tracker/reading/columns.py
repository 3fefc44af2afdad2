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
    POST_ID = "post_id"
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
    Field.POST_ID: "Post id, beside the URL",
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
        "tiktok url", "live link", "enlace", "enlace video", "video enlace",
        "beitrag", "content link", "video link tiktok", "posting", "beitragslink", "videolink", "postlink",
    ),
    Field.POST_ID: ("video id", "post id", "item id", "tiktok id", "videoid", "postid", "beitrags id", "id del video"),
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
        "derechos de uso", "nutzung", "werbung", "nutzungsrechte", "werbenutzung", "werberechte", "werbung erlaubt",
        "paid media", "lizenz", "buyout",
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
        "precio", "coste", "costo", "honorar", "preis", "gage", "kosten", "vergutung",
        "honorario", "agreed fee", "flat fee", "video fee", "fixed fee",
    ),
    Field.CURRENCY: ("currency", "moneda", "divisa", "wahrung"),
    Field.COMMISSION: ("commission", "commission percent", "commission rate", "comision", "provision"),
}  # fmt: skip

# --- Headers that are taken apart: "Nutzungsrechte bis" is of usage rights, and says until when -------------------

_UNTIL = re.compile(
    r"\b(bis|until|till|thru|through|by|valid to|expir\w*|ablauf\w*|abgelaufen|hasta|vence|vencimiento|caduca|"
    r"caducidad|endet|ends?|ende|enddatum|fin|gultig)\b|(ende|ablauf|enddatum)\b"
)
_FROM = re.compile(
    r"\b(ab|from|starts?|startdatum|beginn\w*|von|seit|desde|inicio|since)\b|(beginn|startdatum)\b"
)
_SPAN = re.compile(
    r"\b(duration|term|period|days|tage|duracion|dias|plazo)\b|(dauer|laufzeit|zeitraum)\b"
)
# What such a header is about. The first that fits counts: "Code" before rights, as in "Ad code usage until".
_ABOUT: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("code", re.compile(r"\bcodes?\b|\w*code\b|codigo")),
    (
        "rights",
        re.compile(
            r"nutzung|recht(e|en)?(\b|ende|ablauf|beginn|dauer)|rights?\b|lizenz|licen[sc]|licencia|usage|derechos|"
            r"\buso\b|buyout"
        ),
    ),
    ("code", re.compile(r"\bspark|\bauth|autoris|autoriz|freigabe|freischaltung|berechtig")),
    ("hold", re.compile(r"\bhold|\bonline|\blive\b|stays? up|mantener|no delete|standzeit")),
    ("rights", re.compile(r"\bpaid|whitelist|allowlist|\bads?\b|\bboost|werbung|anzeigen")),
)
_TIMED: dict[tuple[str, str], Field | None] = {
    ("code", "until"): Field.CODE_ENDS,
    ("code", "span"): Field.CODE_DAYS,
    ("rights", "until"): Field.RIGHTS_UNTIL,
    ("rights", "from"): Field.RIGHTS_FROM,
    ("rights", "span"): Field.RIGHTS_UNTIL,  # a length of time is read there, too
    ("hold", "until"): Field.HOLD_UNTIL,
    ("hold", "from"): Field.POSTED_ON,
}
# Columns of trackers that hold what Kindling does not keep, though a word of theirs sounds as if it did.
_OTHER = re.compile(
    r"\b(instagram|insta|ig|youtube|yt|snapchat|facebook|fb|twitch|pinterest|promo\w*|discount\w*|coupon|rabatt\w*|"
    r"gutschein\w*|voucher|zip|postal|tracking|order|bestell\w*|iban|invoice|rechnung\w*|factura|adresse|strasse|"
    r"address line|shipping|versand\w*|phone|telefon\w*|telefono|deadline|frist|due|fallig\w*|engagement|er|cpm|cpc|"
    r"ctr|cvr|cpa|roas|views?|aufrufe|vistas|likes?|impressions?|reach|reichweite|spend|"
    r"mediabudget|media budget|ad budget|werbebudget|birth\w*|geburt\w*|bezahlt|uberwiesen|payment date|"
    r"payment status|date paid|paid on|paid at|amount paid|paid amount|angefragt|requested|"
    r"erhalten|received|gesendet|sent|fecha de pago|zahlung\w*|exclusiv\w*|exklusiv\w*)\b"
)
# Beside its own word an amount's header may have these, and no others: "Product cost" is not what a creator gets.
_BESIDE_A_FEE = frozenset({
    "fee", "usd", "eur", "gbp", "chf", "in", "netto", "net", "brutto", "gross", "agreed", "flat", "fixed", "total",
    "creator", "content", "video", "per", "post", "pro", "influencer", "ugc", "vereinbart", "vereinbartes",
})  # fmt: skip
# Only as the whole header: "Contract date" is no date of a post.
_WHOLE_ONLY = frozenset(
    {"date", "datum", "fecha", "paid", "profil", "profile", "contact", "land", "start", "item"}
)


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
            (-fit, order, column, field)
            for column, name in enumerate(names)
            for order, field in enumerate(WORDS)
            if (fit := _fit(plain(name), field))
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
    if Field.POST not in found and Field.POST_ID in found:
        found[Field.POST] = found.pop(Field.POST_ID)
    if (
        Field.FEE in found
        and Field.PAID_USE in found
        and plain(names[found[Field.PAID_USE]]) == "paid"
    ):
        # Beside a fee, "Paid" says as likely that the fee was paid: a person has to say which.
        del found[Field.PAID_USE]
    return found


def _fit(name: str, field: Field) -> int:
    """How well a header fits a field: 100 for the same, less for words inside it, 0 for not at all."""
    words = WORDS[field]
    if not name:
        return 0
    if name in words:
        return 100
    if re.search(r"\be ?mail\b", name) and field is not Field.EMAIL:
        return 0
    timed = _timed(name)
    if timed is not None:
        return 90 if timed is field else 0
    if _OTHER.search(name) or _UNTIL.search(name) or _FROM.search(name):
        return 0
    # "@" alone names a handle; inside another header it is decoration.
    inside = [
        word
        for word in words
        if len(word) > 2 and word not in _WHOLE_ONLY and f" {word} " in f" {name} "
    ]
    if field is Field.FEE:
        inside = [word for word in inside if set(name.split()) - set(word.split()) <= _BESIDE_A_FEE]
    return max((len(word) for word in inside), default=0)


def _timed(name: str) -> Field | None:
    """The field of a header that says from when, until when or for how long something holds; None for others."""
    when = next(
        (
            key
            for key, words in (("until", _UNTIL), ("from", _FROM), ("span", _SPAN))
            if words.search(name)
        ),
        "",
    )
    about = next((key for key, words in _ABOUT if words.search(name)), "")
    return _TIMED.get((about, when))


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

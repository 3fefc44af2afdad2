"""What the shop's endpoints share: the call, the table's rows, errors, pages, money.

Source: the OpenAPI descriptions of partner.tiktokshop.com (versions 202309 to 202410), as public
repositories carry them, read 2026; none of it was checked against the live service.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, TypeVar

from tiktok_sandbox.runtime.answer_cache import AnswerCache
from tiktok_sandbox.wire.protocol.fields import Field, integer, text
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.world.state.business import Store
from tiktok_sandbox.world.state.entities import Product
from tiktok_sandbox.world.state.shop import ShopGrant
from tiktok_sandbox.world.world import World

Data = Mapping[str, object]
T = TypeVar("T")

OK, BAD_FIELD, TOO_MANY, UNKNOWN_PATH = 0, 36009004, 36009002, 40006
EXPIRED, NO_ACCESS, BAD_SIGN = 105002, 105005, 106001
LAST_SECOND = 253_402_300_799  # 9999-12-31
CIPHER = text("shop_cipher", most=64)


class ShopError(Exception):
    """An answer other than code 0, with the HTTP status it comes with."""

    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(name: str, why: str) -> ShopError:
    return ShopError(BAD_FIELD, f"Invalid parameter {name}: {why}")


def not_found(what: str, number: str) -> ShopError:
    return ShopError(BAD_FIELD, f"The {what} {number} does not exist in this shop.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopCall:
    """What a handler gets. `token` is a secret; ids are what the path named."""

    world: World
    path: str
    ids: Mapping[str, str]
    query: Parameters
    body: Parameters
    token: str | None
    address: str = ""
    answers: AnswerCache = field(default_factory=AnswerCache)
    stamp: Hashable = None

    def cached(self, question: Hashable, make: Callable[[], T]) -> T:
        """What several calls need, made anew only when something has changed."""
        return self.answers.cached(question, stamp=self.stamp, make=make)

    def __repr__(self) -> str:
        return f"ShopCall(path={self.path!r})"

    def grant(self) -> ShopGrant:
        """The grant behind the token. Raises ShopError."""
        grants = self.world.state.shop_grants
        found = next((grant for grant in grants if self.token and grant.token == self.token), None)
        if found is None:
            text = "Invalid credentials. The 'x-tts-access-token' header is invalid."
            raise ShopError(BAD_FIELD, text, status=401)
        if found.access_ends_at <= self.world.now:
            raise ShopError(
                EXPIRED, "Expired credentials. The access token is expired.", status=401
            )
        return found

    def store(self) -> Store:
        """The shop of `shop_cipher`, or the token's only one. Raises ShopError."""
        mine = [self.world.state.stores[number] for number in self.grant().store_ids]
        cipher = self.query.find_text("shop_cipher")
        if cipher is None and len(mine) == 1:
            return mine[0]
        if cipher is None:
            raise invalid("shop_cipher", "The token is of several shops, or of none: name one")
        for store in mine:
            if cipher_of(self.world, store) == cipher:
                return store
        raise ShopError(NO_ACCESS, "Access denied. The shop is not one of this token.", status=403)

    def product(self, number: str) -> Product:
        """The product with this id on the shop. Raises ShopError."""
        sku = self.store().spu_ids.get(number)
        if sku is None:
            raise not_found("product", number)
        return self.world.state.products[sku]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopEndpoint:
    """A row of the shop's table. `path` may hold ids in braces; is_open : needs no token."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    handler: Callable[[ShopCall], Data]
    query: tuple[Field, ...] = (CIPHER,)
    body: tuple[Field, ...] = ()
    is_open: bool = False
    limits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """A list of which one page is shown: its ids in order, and the row at a place."""

    name: str
    ids: Sequence[str]
    row: Callable[[int], Data]


def pages(most: int, *, required: bool = True) -> tuple[Field, ...]:
    return (
        CIPHER,
        integer("page_size", required=required, low=1, high=most),
        text("page_token", most=200),
    )


def one_page(call: ShopCall, found: Paged, *, default: int = 20) -> Data:
    """The page asked for; its token names the last row shown, so new rows shift nothing."""
    size = call.query.integer("page_size", default, low=1, high=100)
    start = 0
    token = call.query.find_text("page_token")
    if token is not None:
        last = _row_of(call, token)
        if last not in found.ids:
            raise invalid("page_token", "It is not one of this list")
        start = found.ids.index(last) + 1
    end = min(start + size, len(found.ids))
    return {
        found.name: [found.row(place) for place in range(start, end)],
        "total_count": len(found.ids),
        "next_page_token": "" if end == len(found.ids) else _token(call, found.ids[end - 1]),
    }


def _question(call: ShopCall) -> str:
    asked = sorted((name, repr(call.body.raw(name))) for name in call.body.names())
    order = [call.query.text(name, "") for name in ("sort_field", "sort_order")]
    return hashlib.blake2b(repr((call.path, asked, order)).encode(), digest_size=6).hexdigest()


def _token(call: ShopCall, number: str) -> str:
    return base64.urlsafe_b64encode(f"{_question(call)}|{number}".encode()).decode()


def _row_of(call: ShopCall, token: str) -> str:
    try:
        question, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition("|")
    except ValueError:
        raise invalid("page_token", "It is not one of ours") from None
    if question != _question(call):
        raise invalid("page_token", "It belongs to another question")
    return number


def in_span(call: ShopCall, name: str, second: int) -> bool:
    """Is the instant within `<name>_ge` and before `<name>_lt`, as far as they are given?"""
    low = call.body.integer(f"{name}_ge", 0, low=0, high=LAST_SECOND)
    high = call.body.integer(f"{name}_lt", LAST_SECOND, low=0, high=LAST_SECOND)
    return low <= second < high


def span(name: str) -> tuple[Field, Field]:
    return (
        integer(f"{name}_ge", low=0, high=LAST_SECOND),
        integer(f"{name}_lt", low=0, high=LAST_SECOND),
    )


def money(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2).quantize(Decimal("0.01")))


def amount(minor: int, currency: str) -> Data:
    return {"amount": money(minor), "currency": currency}


def instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def cipher_of(world: World, store: Store) -> str:
    return "SBX_" + world.mint.hex(f"shop.cipher.{store.store_id}", 0, 16)


def warehouse_of(world: World, store: Store) -> str:
    return world.mint.digits(f"shop.warehouse.{store.store_id}", 0, prefix="70")


def product_id_of(store: Store, sku: str) -> str:
    return next(number for number, owned in store.spu_ids.items() if owned == sku)


def sku_id_of(store: Store, sku: str) -> str:
    """The one variant of a product: its number follows the product's."""
    return f"{int(product_id_of(store, sku)) + 1}"


def sku_of_id(store: Store, number: str) -> str | None:
    return next((sku for sku in store.spu_ids.values() if sku_id_of(store, sku) == number), None)


def app_key_of(world: World) -> str:
    return world.mint.hex("shop.app.key", 0, 7)[:13]


def app_secret_of(world: World) -> str:
    return world.mint.hex("shop.app.secret", 0, 20)

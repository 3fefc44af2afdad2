"""One call on the wire: who asks, with which parameters; and the table of endpoints."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from tiktok_sandbox.runtime.answer_cache import AnswerCache
from tiktok_sandbox.runtime.recent import RecentRequests
from tiktok_sandbox.wire.protocol.errors import (
    ACCESS_EXPIRED,
    NO_PERMISSION,
    TOKEN_IN_QUERY_TEXT,
    TOKEN_INVALID,
    TOKEN_MISSING,
    TOKEN_MISSING_TEXT,
    WireError,
)
from tiktok_sandbox.wire.protocol.fields import Field
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.world.state.entities import AdsGrant, Advertiser, Creator, CreatorGrant
from tiktok_sandbox.world.world import World

Data = Mapping[str, object]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialSuccess:
    """Some of what was asked failed: code 20001, with data that says what."""

    data: Data


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Content that is answered as it is, without an envelope."""

    content: bytes
    media_type: str = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """Fields that stand beside `code` and `message`, not under `data`."""

    fields: Data


Rows = Sequence[Data]
"""A few endpoints answer a list under `data`."""

Answer = Data | Rows | PartialSuccess | Document | Flat
Holder = Literal["nobody", "advertiser", "creator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a handler gets. `token` is a secret; `address` is the server's, without a slash.

    headers : of the answer, for a handler to add to; has_query_token : a token came in the query
    """

    world: World
    path: str
    parameters: Parameters
    token: str | None
    recent: RecentRequests
    address: str = ""
    answers: AnswerCache = field(default_factory=AnswerCache)
    stamp: Hashable = None
    headers: dict[str, str] = field(default_factory=dict)
    has_query_token: bool = False

    def cached(self, make: Callable[[], T]) -> T:
        """The answer of which this call asks a page, made anew only when something has changed."""
        question = cache_key_of(self.path, self.parameters)
        return self.answers.cached(question, stamp=self.stamp, make=make)

    def cached_page(self, make: Callable[[], T]) -> T:
        """What one page of that answer looks like, for whoever asks for the same page again."""
        asked = (str(self.parameters.raw("page")), str(self.parameters.raw("page_size")))
        question = (cache_key_of(self.path, self.parameters), asked)
        return self.answers.cached(question, stamp=self.stamp, make=make)

    def __repr__(self) -> str:
        return f"Call(path={self.path!r})"

    def _no_token(self) -> WireError:
        text = TOKEN_IN_QUERY_TEXT if self.has_query_token else TOKEN_MISSING_TEXT
        return WireError(TOKEN_MISSING, text)

    def ads_grant(self) -> AdsGrant:
        """The advertiser-side grant behind the token. Raises WireError."""
        if not self.token:
            raise self._no_token()
        grant = self.world.find.ads_grant(self.token)
        if grant is not None and not grant.revoked:
            return grant
        raise WireError(TOKEN_INVALID, "Access token is incorrect or has been revoked.")

    def creator_grant(self) -> CreatorGrant:
        """The creator-side grant behind the token. Raises WireError."""
        if not self.token:
            raise self._no_token()
        grant = self.world.find.creator_grant(self.token)
        if grant is not None and not grant.revoked:
            if grant.access_ends_at <= self.world.now:
                raise WireError(ACCESS_EXPIRED, "Access token is expired, please refresh it.")
            return grant
        raise WireError(TOKEN_INVALID, "Access token is incorrect or has been revoked.")

    def advertiser(self) -> Advertiser:
        """The ad account of `advertiser_id`, if the token may use it. Raises WireError."""
        self.parameters.require("advertiser_id")
        return self.permitted(self.parameters.text("advertiser_id"))

    def permitted(self, advertiser_id: str) -> Advertiser:
        grant = self.ads_grant()
        account = self.world.state.advertisers.get(advertiser_id)
        if account is None or advertiser_id not in grant.advertiser_ids:
            raise WireError(NO_PERMISSION, f"No permission to operate advertiser {advertiser_id}")
        return account

    def creator(self) -> Creator:
        """The TikTok account of `business_id`, if the token is its own. Raises WireError."""
        grant = self.creator_grant()
        self.parameters.require("business_id")
        if self.parameters.text("business_id") != grant.open_id:
            raise WireError(NO_PERMISSION, "No permission to access this business_id")
        creators = self.world.state.creators.values()
        return next(creator for creator in creators if creator.open_id == grant.open_id)


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A row of the endpoint table, from which routes, OpenAPI and the coverage table are made.

    takes : the declared form of its parameters, checked before the handler runs
    """

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    holder: Holder = "advertiser"
    section: str
    takes: tuple[Field, ...] = ()
    limits: str = ""


def one_page(
    parameters: Parameters, things: Sequence[T], *, most: int, default: int = 10
) -> tuple[Sequence[T], Data]:
    """Paging A: the things of the page asked for, and its `page_info`. Raises WireError.

    most, default : of `page_size`
    """
    page = parameters.integer("page", 1, low=1, high=10_000_000)
    size = parameters.integer("page_size", default, low=1, high=most)
    info = {
        "page": page,
        "page_size": size,
        "total_number": len(things),
        "total_page": -(-len(things) // size),
    }
    return things[(page - 1) * size : page * size], info


OF_A_PAGE = frozenset({"page", "page_size", "enable_total_metrics"})


def cache_key_of(path: str, parameters: Parameters) -> Hashable:
    """What makes two calls ask for pages of the same answer."""
    asked = {name: repr(parameters.raw(name)) for name in parameters.names()}
    return path, tuple(sorted((n, v) for n, v in asked.items() if n not in OF_A_PAGE))

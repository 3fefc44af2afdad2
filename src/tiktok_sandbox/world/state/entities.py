"""What exists in the world. Plain records: state only, no decisions.

Instants are aware UTC; money is integer minor units; ids are decimal strings of 19 digits.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

PUBLIC = "HESITATE_RECOMMEND"


class Record(msgspec.Struct, kw_only=True):
    """Base of every mutable record; the whole world is a tree of these and can be saved."""


class App(Record, kw_only=True):
    """The developer app a team registered. `secret` and `client_secret` are secrets."""

    app_id: str
    name: str
    secret: str
    client_key: str
    client_secret: str

    def __repr__(self) -> str:
        return f"App(app_id={self.app_id!r})"


class Advertiser(Record, kw_only=True):
    """An ad account. Its money is in minor units of its currency."""

    advertiser_id: str
    name: str
    currency: str
    timezone: str
    country: str
    company: str
    created_at: datetime
    # Money paid in since the beginning; what is left is this less everything spent.
    balance_minor: int = 100_000_000
    bc_id: str = ""


class Creator(Record, kw_only=True):
    """A TikTok account that owns posts. `open_id` is also the `business_id` of the Accounts API."""

    handle: str
    display_name: str
    open_id: str
    identity_id: str
    followers: int
    is_brand: bool = False
    linked_advertiser_ids: list[str] = []
    # Business Centers this account is authorized to (BC_AUTH_TT).
    bc_ids: list[str] = []
    # Health of its links to ad accounts (R36); only AVAILABLE ones make new ads.
    available_status: str = "AVAILABLE"
    # Forces every pushed post to be ads-only (R10).
    ads_only_mode: bool = False


class Product(Record, kw_only=True):
    """What the shop sells. Fees are basis points of net revenue, costs are per unit.

    stock : units left, see delivery/stock.py
    """

    sku: str
    title: str
    currency: str
    price_minor: int
    unit_cost_minor: int
    fulfilment_cost_minor: int
    platform_fee_bp: int
    payment_fee_bp: int
    commission_bp: int
    stock: int
    appeal: float


class Qualities(Record, kw_only=True):
    """Latent truth of a post (science.md §2.1); never on the wire.

    hook … reach, share … finish are log factors; native is 0 (looks like an ad) to 1 (looks like a creator's
    post); climate of the comments is -1 (sceptical) to 1 (trusting).
    """

    hook: float
    hold: float
    engage: float
    persuade: float
    click: float
    reach: float
    native: float = 0.7
    climate: float = 0.0
    share: float = 0.0
    save: float = 0.0
    visit: float = 0.0
    finish: float = 0.0


class Post(Record, kw_only=True):
    """One TikTok post. `status` is the wire's item status; the rest says what it is made of."""

    item_id: str
    handle: str
    sku: str
    caption: str
    posted_at: datetime
    item_type: str
    status: str
    duration_seconds: float
    qualities: Qualities
    music_id: str | None = None
    music_licensed: bool = True
    is_story: bool = False
    duet_of: str | None = None
    stitch_of: str | None = None
    mentions: list[str] = []
    visibility_changed_at: datetime | None = None
    ads_only: bool = False
    video_id: str | None = None
    # The post whose video this one shows, when it was made from that video.
    creative_of: str | None = None
    is_disclosed: bool = True
    # Where and until when licensed music may be used; empty and None: everywhere, for good.
    music_blocked_locations: list[str] = []
    music_licensed_until: datetime | None = None

    @property
    def needs_original_code(self) -> bool:
        return bool(self.duet_of or self.stitch_of or self.mentions)


class Deal(Record, kw_only=True):
    """The brand's contract for one creator post."""

    item_id: str
    content_fee_minor: int
    currency: str
    paid_allowed: bool
    rights_start: datetime
    rights_end: datetime
    hold_until: datetime
    commission_bp: int


class PostCode(Record, kw_only=True):
    """A creator's authorization of one post. `auth_code` is a secret."""

    item_id: str
    auth_code: str
    created_at: datetime
    start_at: datetime
    end_at: datetime
    days: int
    deleted_at: datetime | None = None
    # When delivery may start again after a lapse; the tick checks that a whole hour is covered.
    live_since: datetime

    def __repr__(self) -> str:
        return f"PostCode(item_id={self.item_id!r}, end_at={self.end_at.isoformat()})"


class Binding(Record, kw_only=True):
    """A code applied to one ad account."""

    advertiser_id: str
    item_id: str
    code_number: int
    bound_at: datetime


class Campaign(Record, kw_only=True):
    """A campaign; `fields` are what the wire sets and shows."""

    campaign_id: str
    advertiser_id: str
    created_at: datetime
    modified_at: datetime
    status_changed_at: datetime
    operation_status: str
    is_deleted: bool = False
    # "regular", "smart_plus" or "gmv_max": which family of endpoints shows it.
    kind: str = "regular"
    fields: dict[str, object]


class AdGroup(Record, kw_only=True):
    """An ad group; `fields` are what the wire sets and shows. No end means it runs on."""

    adgroup_id: str
    campaign_id: str
    advertiser_id: str
    created_at: datetime
    modified_at: datetime
    status_changed_at: datetime
    operation_status: str
    is_deleted: bool = False
    start_at: datetime
    end_at: datetime | None
    fields: dict[str, object]


class Ad(Record, kw_only=True):
    """An ad, or one creative of a Smart+ ad; `number` is its row in the ledgers."""

    ad_id: str
    number: int
    adgroup_id: str
    campaign_id: str
    advertiser_id: str
    item_id: str
    identity_id: str
    identity_type: str
    created_at: datetime
    modified_at: datetime
    status_changed_at: datetime
    # From when review lets the ad run; reviews.NEVER while it is rejected.
    reviewed_at: datetime
    # When the (last) review ends, either way, and what it found wrong.
    decided_at: datetime | None = None
    reject_reasons: list[str] = []
    appealed_at: datetime | None = None
    operation_status: str
    is_deleted: bool = False
    # A push: the post is made from an uploaded video when the ad passes review.
    is_push: bool = False
    # The Smart+ ad this is one creative of, and the creative's own switch.
    smart_plus_ad_id: str | None = None
    ad_material_id: str | None = None
    material_operation_status: str = "ENABLE"
    # Set when the authorization or the post was lost while the ad existed; see Behaviour.
    lost_at: datetime | None = None
    fields: dict[str, object]


class Order(Record, kw_only=True):
    """One shop order. It exists from `clicked_at`; people can see it from `placed_at`."""

    order_id: str
    clicked_at: datetime
    placed_at: datetime
    sku: str
    quantity: int
    currency: str
    gross_minor: int
    discount_minor: int
    discount_code: str
    refund_minor: int
    refunded_at: datetime | None
    source: str
    item_id: str | None
    ad_id: str | None
    landing_url: str


class AdsGrant(Record, kw_only=True):
    """An advertiser-side token. `token` is a secret."""

    token: str
    advertiser_ids: list[str]
    revoked: bool = False

    def __repr__(self) -> str:
        return f"AdsGrant(advertiser_ids={self.advertiser_ids!r}, revoked={self.revoked})"


class CreatorGrant(Record, kw_only=True):
    """A creator-side token pair. Both tokens are secrets; expiry is in simulated time."""

    open_id: str
    access_token: str
    refresh_token: str
    access_ends_at: datetime
    refresh_ends_at: datetime
    scope: str
    revoked: bool = False

    def __repr__(self) -> str:
        return f"CreatorGrant(open_id={self.open_id!r}, revoked={self.revoked})"


class OAuthCode(Record, kw_only=True):
    """A consent page's single-use code. Its short life is counted in real seconds."""

    code: str
    kind: str
    subject: list[str]
    redirect_uri: str
    scope: str
    ends_at_real: float
    used: bool = False

    def __repr__(self) -> str:
        return f"OAuthCode(kind={self.kind!r}, used={self.used})"

"""A family of worlds: every number a world is drawn from, read from YAML and checked.

The schema is docs/reference/sandbox-worlds.md, made from these structs. Default numbers are fitted
so that published headline figures come out of comparing winners with studio ads while the effect
of the format itself is far smaller (`tiktok-sandbox calibrate`). They are not a measurement of
TikTok: any of them may be changed in a file of one's own. What they do and where they come from:
docs/explanation/the-simulated-world.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Minor = Annotated[int, Meta(ge=0, le=2_000_000_000)]
BasisPoints = Annotated[int, Meta(ge=0, le=10_000)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]

SCHEMA: Literal["tiktok-sandbox.family/1"] = "tiktok-sandbox.family/1"


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every part of a family; a misspelt name is an error, not a default."""


class Account(Part, frozen=True, kw_only=True):
    """An ad account. balance_minor is prepaid money in the account's currency."""

    name: Name
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "USD"
    timezone: str = "America/New_York"
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "US"
    balance_minor: Minor = 100_000_000


class Creators(Part, frozen=True, kw_only=True):
    """Who posts. Handles given first, then `sample.c00013` and so on up to count.

    native_a, native_b : Beta parameters of how native their posts look
    """

    count: Count = 12
    handles: tuple[Name, ...] = ()
    followers_median: Positive = 8000.0
    followers_sigma: NotNegative = 1.7
    native_a: Positive = 6.0
    native_b: Positive = 2.2


class Brand(Part, frozen=True, kw_only=True):
    """The brand's own TikTok account and its studio posts.

    *_shift : how much weaker studio posts are than creators' on the whole, log factors
    """

    handle: Name = "sample.brand"
    display_name: Name = "Sample Brand"
    company: Name = "Sample Brand"
    followers: Count = 15_400
    posts: Count = 4
    native_a: Positive = 2.2
    native_b: Positive = 4.5
    hook_shift: float = -0.36
    hold_shift: float = -0.20
    engage_shift: float = -0.06
    persuade_shift: float = -0.49


class Item(Part, frozen=True, kw_only=True):
    """A product of the shop. appeal multiplies purchases; fees are basis points of net revenue.

    stock : units at the start; nobody buys what is gone. As many as no world here ever sells
    """

    sku: Name
    title: Name
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "USD"
    price_minor: Minor
    unit_cost_minor: Minor
    fulfilment_cost_minor: Minor = 0
    platform_fee_bp: BasisPoints = 200
    payment_fee_bp: BasisPoints = 290
    commission_bp: BasisPoints = 1000
    stock: Count = 100_000
    appeal: Positive = 1.0


class Spread(Part, frozen=True, kw_only=True):
    """Standard deviations of a post's latents, which are log factors; climate has a mean too.

    share, save, visit : of shares, saves and profile visits beyond what the post's warmth brings
    finish : of staying to the end beyond the first six seconds
    """

    hook: NotNegative = 0.35
    hold: NotNegative = 0.18
    engage: NotNegative = 0.40
    persuade: NotNegative = 0.60
    click: NotNegative = 0.60
    reach: NotNegative = 0.20
    climate: NotNegative = 0.35
    climate_mean: Annotated[float, Meta(ge=-1, le=1)] = 0.30
    affinity: NotNegative = 1.0
    fit: NotNegative = 0.30
    share: NotNegative = 0.60
    save: NotNegative = 0.60
    visit: NotNegative = 0.60
    finish: NotNegative = 0.25


class Correlations(Part, frozen=True, kw_only=True):
    """Correlations of the latents; persuasion only weakly follows likes.

    Saves and profile visits come from people who think of buying, so they follow persuasion.
    """

    hook_hold: Annotated[float, Meta(ge=-1, le=1)] = 0.5
    hook_engage: Annotated[float, Meta(ge=-1, le=1)] = 0.5
    hold_engage: Annotated[float, Meta(ge=-1, le=1)] = 0.4
    persuade_others: Annotated[float, Meta(ge=-1, le=1)] = 0.18
    click_persuade: Annotated[float, Meta(ge=-1, le=1)] = 0.30
    share_engage: Annotated[float, Meta(ge=-1, le=1)] = 0.40
    save_persuade: Annotated[float, Meta(ge=-1, le=1)] = 0.40
    visit_persuade: Annotated[float, Meta(ge=-1, le=1)] = 0.50
    finish_hold: Annotated[float, Meta(ge=-1, le=1)] = 0.40


class Posts(Part, frozen=True, kw_only=True):
    """Creator posts: `older` of them exist at the start, the rest come over script_days.

    specials adds a deleted, a private and an unlicensed one, a story, a duet and a photo post.
    undisclosed_share say nowhere that they are paid for; unlicensed_share use a sound that ads may not
    """

    count: Count = 30
    older: Count = 9
    script_days: Annotated[int, Meta(ge=1, le=730)] = 30
    duration_median: Positive = 19.0
    brand_duration_median: Positive = 12.0
    duration_sigma: NotNegative = 0.35
    undisclosed_share: Share = 0.0
    unlicensed_share: Share = 0.0
    specials: bool = True
    spread: Spread = Spread()
    correlations: Correlations = Correlations()


class Deals(Part, frozen=True, kw_only=True):
    """The brand's contracts, one per creator post."""

    fee_minor_low: Minor = 15_000
    fee_minor_high: Minor = 60_000
    rights_days: tuple[Annotated[int, Meta(ge=1, le=3650)], ...] = (45, 60, 90, 180)
    paid_allowed_share: Share = 0.9


class Segment(Part, frozen=True, kw_only=True):
    """A kind of viewer: its share of the audience, what reports call it, and how dear it is.

    price : what rivals bid for it, as a factor of their usual level
    """

    share: Annotated[float, Meta(gt=0, le=1)]
    age: Literal["AGE_13_17", "AGE_18_24", "AGE_25_34", "AGE_35_44", "AGE_45_54", "AGE_55_100"]
    gender: Literal["FEMALE", "MALE", "NONE"]
    price: Positive = 1.0


SEGMENTS = (
    Segment(share=0.18, age="AGE_18_24", gender="FEMALE", price=0.90),
    Segment(share=0.15, age="AGE_18_24", gender="MALE", price=0.82),
    Segment(share=0.19, age="AGE_25_34", gender="FEMALE", price=1.10),
    Segment(share=0.15, age="AGE_25_34", gender="MALE", price=1.00),
    Segment(share=0.11, age="AGE_35_44", gender="FEMALE", price=1.18),
    Segment(share=0.09, age="AGE_35_44", gender="MALE", price=1.06),
    Segment(share=0.07, age="AGE_45_54", gender="FEMALE", price=1.15),
    Segment(share=0.06, age="AGE_45_54", gender="MALE", price=1.00),
)


class Portion(Part, frozen=True, kw_only=True):
    """A share of the people, by the word that targeting and reports have for it."""

    name: Name
    share: Share


class People(Part, frozen=True, kw_only=True):
    """Who else the viewers are, beyond age and gender; each trait is independent of the others.

    other_interest : the share of people with an interest that the list does not name
    activity_shape : people differ in how much they watch as a gamma of this shape and mean 1
    audience_buying : how much more people of a custom audience buy
    lookalike_buying : the same for lookalikes, narrow, balanced and broad
    """

    languages: tuple[Portion, ...] = (
        Portion(name="en", share=0.82),
        Portion(name="es", share=0.14),
        Portion(name="de", share=0.04),
    )
    interests: tuple[Portion, ...] = (
        Portion(name="10", share=0.31),
        Portion(name="13", share=0.24),
        Portion(name="22", share=0.45),
    )
    other_interest: Share = 0.12
    systems: tuple[Portion, ...] = (
        Portion(name="ANDROID", share=0.46),
        Portion(name="IOS", share=0.54),
    )
    networks: tuple[Portion, ...] = (
        Portion(name="WIFI", share=0.62),
        Portion(name="5G", share=0.17),
        Portion(name="4G", share=0.19),
        Portion(name="3G", share=0.02),
    )
    activity_shape: Annotated[float, Meta(ge=0.05, le=500)] = 0.8
    audience_buying: Positive = 1.5
    lookalike_buying: tuple[Positive, Positive, Positive] = (1.35, 1.2, 1.1)


Twelve = Annotated[tuple[Positive, ...], Meta(min_length=12, max_length=12)]
Seven = Annotated[tuple[Positive, ...], Meta(min_length=7, max_length=7)]
Day = Annotated[tuple[Positive, ...], Meta(min_length=24, max_length=24)]


class Season(Part, frozen=True, kw_only=True):
    """What the calendar does, in the account's own zone: factors of rivals' bids and of buying.

    Months from January, weekdays from Monday, hours from midnight. March is 1, as the epoch is in it.
    """

    month_price: Twelve = (
        *(0.78, 0.90, 1.00, 1.02, 1.05, 1.07),
        *(1.10, 1.05, 1.08, 1.18, 1.40, 1.35),
    )
    month_buying: Twelve = (
        *(0.92, 0.96, 1.00, 1.00, 1.02, 0.98),
        *(0.98, 1.00, 1.00, 1.06, 1.30, 1.22),
    )
    weekday_price: Seven = (0.96, 0.97, 1.0, 1.02, 1.05, 1.02, 0.98)
    weekday_buying: Seven = (1.06, 1.02, 1.0, 0.98, 0.92, 0.97, 1.05)
    hour_price: Day = (
        *(0.92, 0.88, 0.86, 0.86, 0.86, 0.88, 0.92, 0.96, 0.98, 1.0, 1.0, 1.0),
        *(1.02, 1.02, 1.0, 1.0, 1.0, 1.02, 1.05, 1.08, 1.1, 1.08, 1.04, 0.98),
    )


class Response(Part, frozen=True, kw_only=True):
    """How one viewer responds to one view. Ads-only is "dark" there.

    recognise_* : log odds of being taken for an ad at full nativeness; polish adds to them
    blind_* : what recognition takes away; social_* : what likes and the comment thread add
    accidental_* : clicks per impression nobody meant, which never buy
    """

    recognise_organic: float = -6.0
    recognise_spark: float = -2.0
    recognise_ads_only: float = -1.0
    recognise_polish: float = 4.5
    stop: float = -0.23
    stop_affinity: float = 0.7
    blind_stop: float = 0.78
    stop_wear: float = 0.25
    watch_rate: Positive = 0.133
    watch_affinity: float = 0.4
    blind_watch: float = 0.50
    like: Share = 0.065
    comment: Share = 0.0025
    share: Share = 0.0035
    favorite: Share = 0.0065
    follow: Share = 0.0022
    profile_visit: Share = 0.010
    blind_engage: Share = 0.16
    social_like: float = 0.50
    click: Share = 0.029
    diverted_organic: Share = 0.70
    diverted_spark: Share = 0.32
    diverted_ads_only: Share = 0.0
    blind_click: Share = 0.15
    social_click: float = 0.20
    social_full_likes: Positive = 20.0
    accidental_spark: Share = 0.00065
    accidental_ads_only: Share = 0.0011
    purchase: Share = 0.009
    thread: float = 0.45


class Delivery(Part, frozen=True, kw_only=True):
    """Auction, pacing, learning and fatigue. Money is minor units.

    rival_cpm_minor, rival_sigma : log-normal eCPM of the best rival; reserve_share of its median
        is the least anybody pays
    worth_sigma : log spread of what an ad is worth over the viewers of one kind
    contest : rivals want the people who act too: their level is a power of how much more often the
        people that delivery picks act
    product_sigma, video_sigma : spread of rivals' level over the markets of products, and over videos
    slots : impressions of one ad group that one person of the audience could be shown in a day
    spark_credit : how much more an equal bid counts for a Spark Ad; quality_power : the same for
        an ad that is watched for six seconds more often than usual
    crowd_views, crowd_power : an account that showed a person of some kind so many ads in a day
        pays 2 to the power more for the next
    optimised_low, optimised_high : purchase factor of delivery that optimises for purchases,
        before and after learning; learning_events end most of it
    click_wear, buy_wear : powers of (1 + frequency)
    """

    audience: Annotated[int, Meta(ge=1000, le=100_000_000)] = 400_000
    slots: Positive = 0.3
    rival_cpm_minor: Positive = 760.0
    rival_sigma: Positive = 0.45
    worth_sigma: NotNegative = 0.9
    reserve_share: Share = 0.25
    contest: NotNegative = 0.45
    product_sigma: NotNegative = 0.20
    video_sigma: NotNegative = 0.30
    spark_credit: NotNegative = 0.042
    quality_power: NotNegative = 0.03
    crowd_views: Positive = 0.125
    crowd_power: NotNegative = 0.35
    market_noise: NotNegative = 0.08
    pace_noise: NotNegative = 0.10
    optimised_low: Positive = 1.9
    optimised_high: Positive = 3.2
    click_optimised: Positive = 1.25
    learning_events: Positive = 20.0
    learning_noise: NotNegative = 0.6
    sharpness: NotNegative = 0.8
    click_wear: NotNegative = 0.25
    buy_wear: NotNegative = 0.45
    spillover: Annotated[float, Meta(ge=0, le=0.5)] = 0.0
    fast_factor: Positive = 1.6
    open_hour_minor: Minor = 500
    refresh_hours: Annotated[int, Meta(ge=1, le=24)] = 6


class Organic(Part, frozen=True, kw_only=True):
    """Waves of free views; the best share of each wave goes on to the next."""

    waves: Annotated[tuple[Positive, ...], Meta(min_length=1, max_length=9)] = (
        *(300.0, 1e3, 3e3, 1e4, 3e4),
        *(1e5, 3e5, 1e6, 3e6),
    )
    first_low: Positive = 150.0
    first_high: Positive = 500.0
    follower_share: Share = 0.02
    follower_most: Positive = 20_000.0
    quota: Share = 0.43
    warm_affinity: float = 0.4
    colder_per_wave: float = 0.10
    noise: NotNegative = 0.2


class Matching(Part, frozen=True, kw_only=True):
    """Share of buyers whom the platform recognises by each identifier of an event it receives."""

    email: Share = 0.55
    phone: Share = 0.45
    external_id: Share = 0.30
    ttp: Share = 0.60


class Shop(Part, frozen=True, kw_only=True):
    """Orders: delays, baskets, discounts, refunds, and buyers whom no post brought.

    pixel : how the platform knows of orders: installed tells of every one, with events_api only
        events count that it receives and matches, with none nothing does
    """

    delay_days: tuple[Share, ...] = (0.50, 0.18, 0.10, 0.08, 0.06, 0.05, 0.03)
    quantities: tuple[Share, ...] = (0.80, 0.15, 0.05)
    discount_share: Share = 0.12
    discount_bp: BasisPoints = 1000
    refund_share: Share = 0.06
    direct_orders_per_hour: NotNegative = 0.02
    pixel: Literal["installed", "events_api", "none"] = "installed"
    matching: Matching = Matching()


class Reporting(Part, frozen=True, kw_only=True):
    """How late figures are: a delay, and a share that only the daily correction adds.

    hours_kept_days : after so many days the hours of a day are kept as one row per ad, booked in
        the first hour of the account's day; null keeps every hour
    """

    delay_minutes: Annotated[int, Meta(ge=0, le=1440)] = 30
    late_share: Share = 0.02
    corrected_at_hour: Annotated[int, Meta(ge=0, le=23)] = 12
    view_through: bool = True
    hours_kept_days: Annotated[int, Meta(ge=1, le=3650)] | None = None


class Habits(Part, frozen=True, kw_only=True):
    """What creators do by themselves, as chances per post and day; and how they answer requests.

    answer_hours : median time to answer a request for a code; never_share never answer
    """

    delete: Share = 0.0
    hide: Share = 0.0
    revoke: Share = 0.0
    recaption: Share = 0.0
    moderated: Share = 0.0
    answer_hours: Positive = 20.0
    answer_sigma: NotNegative = 1.0
    never_share: Share = 0.0


class Conversation(Part, frozen=True, kw_only=True):
    """How people talk under posts, and what answers and hidden comments change; ours, no source.

    foreign_creators : share of creators who do not post in English; home_share : of commenters, those
        who speak the language of the creator or of the ad account's country; mixed_share : mix two
    regulars : people who come back to one creator; returning : share of comments that is theirs
    answering : mean share of questions under which a reply is the creator's, creators differ
    answered_climate : added to the climate if everything that wants an answer has one
    hidden_relief, hidden_price : added per share of the criticism hidden, taken per its square
    quieter : share of a kind of comment that is not written again once all of them are answered;
        turned : of the purchase questions among these, those that become proof of purchase
    crowd : comments that an act is measured against besides the thread's own; most_shift : bound
    """

    foreign_creators: Share = 0.35
    home_share: Share = 0.62
    mixed_share: Share = 0.10
    regulars: Count = 80
    returning: Share = 0.35
    answering: Share = 0.35
    answered_climate: NotNegative = 0.25
    hidden_relief: NotNegative = 0.20
    hidden_price: NotNegative = 0.45
    quieter: Share = 0.6
    turned: Share = 0.4
    crowd: Positive = 4.0
    most_shift: Annotated[float, Meta(ge=0, le=0.5)] = 0.3


class Review(Part, frozen=True, kw_only=True):
    """Ad review: how long it takes, and the share refused although nothing is wrong."""

    minutes_low: Annotated[int, Meta(ge=0, le=10_000)] = 30
    minutes_high: Annotated[int, Meta(ge=0, le=10_000)] = 90
    reject_share: Share = 0.0


class Troubles(Part, frozen=True, kw_only=True):
    """What befalls new ads within 48 hours, as shares of them; the demo and the reference have none."""

    under_delivery: Share = 0.0
    price_shock: Share = 0.0
    rejection: Share = 0.0
    sceptical_thread: Share = 0.0


class Family(Part, frozen=True, kw_only=True):
    """Everything a world is drawn from, the seed aside."""

    schema: Literal["tiktok-sandbox.family/1"] = SCHEMA
    name: Name
    about: str = ""
    epoch: datetime = datetime(2026, 3, 2, tzinfo=UTC)
    accounts: Annotated[tuple[Account, ...], Meta(min_length=1, max_length=50)]
    creators: Creators = Creators()
    brand: Brand = Brand()
    products: Annotated[tuple[Item, ...], Meta(min_length=1, max_length=1000)]
    posts: Posts = Posts()
    deals: Deals = Deals()
    segments: Annotated[tuple[Segment, ...], Meta(min_length=1, max_length=24)] = SEGMENTS
    people: People = People()
    season: Season = Season()
    response: Response = Response()
    delivery: Delivery = Delivery()
    organic: Organic = Organic()
    shop: Shop = Shop()
    reporting: Reporting = Reporting()
    habits: Habits = Habits()
    conversation: Conversation = Conversation()
    review: Review = Review()
    troubles: Troubles = Troubles()

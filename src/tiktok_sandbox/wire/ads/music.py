"""`file/music/get` and `creative/portfolio/list`: what else an ad account's library holds. [Y], [G]."""

from __future__ import annotations

import hashlib

from tiktok_sandbox.media.links import sound_cover_url, sound_url
from tiktok_sandbox.media.sounds import MUSIC_SECONDS
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import invalid
from tiktok_sandbox.wire.protocol.fields import choice, ids, many, pages, record, text
from tiktok_sandbox.world.state.entities import Post

SCENES = ("CREATIVE_ASSET", "CAROUSEL_ADS", "CATALOG_CAROUSEL")
SEARCHES = (
    *("SEARCH_BY_KEYWORD", "SEARCH_BY_RECOMMEND", "SEARCH_BY_LIKED", "SEARCH_BY_HISTORY"),
    *("SEARCH_BY_MUSIC_ID", "SEARCH_BY_SOURCE"),
)
PORTFOLIOS = (
    *("CARD", "WEB_INFO_CARD", "DOWNLOAD_CARD", "PRODUCT_CARD", "PRODUCT_TILE"),
    *("COUNTDOWN_STICKER", "REMINDER_COUNTDOWN_STICKER", "LIVE_REMINDER_COUNTDOWN_STICKER"),
    *("GIFTCODE_STICKER", "PREMIUM_BADGE", "GESTURE", "SUPERLIKE"),
)
MOST_MUSIC = 1000


def music_get(call: Call) -> Data:
    """Sounds that ads may use: those of the world's licensed posts."""
    call.advertiser()
    given = call.parameters
    scene = given.choice("music_scene", SCENES, "CREATIVE_ASSET")
    if scene != "CREATIVE_ASSET":
        given.require("search_type")
    elif "search_type" in given:
        raise invalid("search_type", "Not supported with music_scene CREATIVE_ASSET")
    filtering = given.mapping("filtering")
    keyword = filtering.text("keyword", "").lower()
    numbers = set(filtering.ids("music_ids", most=100))
    materials = set(filtering.ids("material_ids", most=100))
    sources = [str(source) for source in filtering.items("sources")]
    posts = call.world.state.posts.values()
    sounds = {post.music_id: post for post in posts if post.music_id and post.music_licensed}
    rows = [_row(call, post) for post in sounds.values()]
    found = [
        row
        for row in rows
        if keyword in str(row["file_name"]).lower()
        and (not numbers or row["music_id"] in numbers)
        and (not materials or row["material_id"] in materials)
        and (not sources or "SYSTEM" in sources)
    ]
    shown, info = one_page(given, found, most=MOST_MUSIC, default=MOST_MUSIC)
    return {"musics": shown, "page_info": info}


def _row(call: Call, post: Post) -> dict[str, object]:
    number = str(post.music_id)
    return {
        "music_id": number,
        "material_id": number,
        "sources": ["SYSTEM"],
        "author": "Sample artist",
        "liked": False,
        "cover_url": sound_cover_url(call.world, number, address=call.address),
        "url": sound_url(call.world, number, address=call.address),
        "duration": float(MUSIC_SECONDS),
        "style": "POP",
        "signature": hashlib.md5(number.encode(), usedforsecurity=False).hexdigest(),
        "file_name": f"Sample sound {number[-6:]}",
        "copyright": "MUSIC_FORBID_VIDEO_ALLOW",
    }


def portfolio_list(call: Call) -> Data:
    """Portfolios of cards and stickers; nothing here has any."""
    call.advertiser()
    none: list[Data] = []
    shown, info = one_page(call.parameters, none, most=100, default=20)
    return {"creative_portfolios": shown, "page_info": info}


ACCOUNT = text("advertiser_id", required=True, most=32)
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/file/music/get/",
        handler=music_get,
        section="8.3",
        takes=(
            ACCOUNT,
            choice("music_scene", *SCENES),
            choice("search_type", *SEARCHES),
            record(
                "filtering",
                text("keyword", most=500),
                ids("music_ids", most=100),
                ids("material_ids", most=100),
                many("sources", choice("source", "USER", "SYSTEM"), most=1),
            ),
            *pages(most=MOST_MUSIC),
        ),
        limits="The licensed sounds of the world's posts; every search finds all of them",
    ),
    Endpoint(
        method="GET",
        path="/creative/portfolio/list/",
        handler=portfolio_list,
        section="8.3",
        takes=(
            ACCOUNT,
            record(
                "filtering",
                many("creative_portfolio_types", choice("type", *PORTFOLIOS)),
                ids("creative_portfolio_ids", most=100),
            ),
            *pages(most=100),
        ),
        limits="Always empty",
    ),
)

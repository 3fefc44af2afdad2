"""`file/*/ad/*`: the library of an ad account, for push ads. Source: tiktok-api.md §8.3, SDK."""

from __future__ import annotations

from urllib.parse import urlsplit

from tiktok_sandbox.media import links
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, Rows, one_page
from tiktok_sandbox.wire.protocol.errors import FILE_FAILED, WireError, invalid, missing, not_found
from tiktok_sandbox.wire.protocol.fields import (
    Field,
    boolean,
    choice,
    file,
    ids,
    integer,
    many,
    number,
    pages,
    record,
    text,
)
from tiktok_sandbox.wire.protocol.multipart import UploadedFile
from tiktok_sandbox.wire.protocol.parameters import time_text
from tiktok_sandbox.world.ads import materials
from tiktok_sandbox.world.state.business import Image, Video
from tiktok_sandbox.world.state.entities import Post
from tiktok_sandbox.world.world import World

ACCOUNT = text("advertiser_id", required=True, most=32)
LONGEST_NAME, MOST_INFO, MOST_PER_PAGE = 100, 60, 100
# Source: R5 (H11): .mp4/.mov/.mpeg/.3gp/.avi up to 500 MB.
VIDEO_ENDINGS = (".mp4", ".mov", ".mpeg", ".3gp", ".avi")
IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
MOST_BYTES = 500 * 1024 * 1024
VIDEO_TAKES: tuple[Field, ...] = (
    ACCOUNT,
    choice(
        "upload_type", "UPLOAD_BY_FILE", "UPLOAD_BY_URL", "UPLOAD_BY_FILE_ID", "UPLOAD_BY_VIDEO_ID"
    ),
    text("file_name", most=LONGEST_NAME),
    file("video_file"),
    text("video_signature", most=32),
    text("video_url", most=4000),
    text("file_id", most=64),
    text("video_id", most=64),
    boolean("is_third_party"),
    boolean("flaw_detect"),
    boolean("auto_fix_enabled"),
    boolean("auto_bind_enabled"),
)
IMAGE_TAKES: tuple[Field, ...] = (
    ACCOUNT,
    choice("upload_type", "UPLOAD_BY_FILE", "UPLOAD_BY_URL", "UPLOAD_BY_FILE_ID"),
    text("file_name", most=LONGEST_NAME),
    file("image_file"),
    text("image_signature", most=32),
    text("image_url", most=4000),
    text("file_id", most=64),
)
SEARCH = record(
    "filtering",
    ids("video_ids", most=100),
    ids("image_ids", most=100),
    ids("material_ids", most=100),
    integer("width", low=0),
    integer("height", low=0),
    many("ratio", number("ratio")),
    boolean("displayable"),
)


def upload_video(call: Call) -> Rows:
    account = call.advertiser()
    how = call.parameters.text("upload_type", "UPLOAD_BY_FILE")
    if how == "UPLOAD_BY_FILE":
        sent, signature = _file(call, "video_file", "video_signature", VIDEO_ENDINGS)
        video = materials.add_video(
            call.world,
            advertiser_id=account.advertiser_id,
            file_name=_name(call, account.advertiser_id, sent.name),
            signature=signature,
            size=len(sent.content),
        )
    elif how == "UPLOAD_BY_URL":
        video = _video_at(call, account.advertiser_id)
    elif how == "UPLOAD_BY_VIDEO_ID":
        video = _video_again(call, account.advertiser_id)
    else:
        raise not_found("file", call.parameters.text("file_id"))
    return [video_row(call, video)]


def _file(
    call: Call, name: str, signature_name: str, endings: tuple[str, ...]
) -> tuple[UploadedFile, str]:
    """The file of the form and its checked MD5. Raises WireError."""
    sent = call.parameters.raw(name)
    if not isinstance(sent, UploadedFile):
        raise missing(name)
    if not sent.name.lower().endswith(endings):
        raise invalid(name, f"The file must end in {', '.join(endings)}")
    if not sent.content or len(sent.content) > MOST_BYTES:
        raise invalid(name, f"The file must hold 1 to {MOST_BYTES} bytes")
    signature = materials.md5(sent.content)
    call.parameters.require(signature_name)
    if call.parameters.text(signature_name).lower() != signature:
        raise invalid(signature_name, "The MD5 signature does not match the file")
    return sent, signature


def _name(call: Call, advertiser_id: str, given: str) -> str:
    """The name asked for, or a free one like the file's own."""
    asked = call.parameters.find_text("file_name")
    if asked is not None:
        return asked
    return materials.free_name(call.world, advertiser_id=advertiser_id, wanted=given[:80])


def _video_at(call: Call, advertiser_id: str) -> Video:
    """A video by its address: one the sandbox itself shows, or anybody's."""
    url = call.parameters.text("video_url")
    if not url.startswith(("https://", "http://")):
        raise invalid("video_url", "Must start with https:// or http://")
    post = links.find_shown_post(call.world, url)
    if post is not None:
        _check_link(call.world, url)
    own_name = urlsplit(url).path.rpartition("/")[2] or "video.mp4"
    return materials.add_video(
        call.world,
        advertiser_id=advertiser_id,
        file_name=_name(call, advertiser_id, own_name),
        signature=materials.md5((post.item_id if post else url).encode()),
        post=post,
    )


def _check_link(world: World, url: str) -> None:
    """A link of the sandbox's own media is good until the time it names. Raises WireError."""
    try:
        links.check_link(world, url)
    except links.LinkError as error:
        raise WireError(FILE_FAILED, f"The file could not be fetched: {error}") from None


def _video_again(call: Call, advertiser_id: str) -> Video:
    """A copy of a video the caller may see: of a post, or of another library."""
    video_id = call.parameters.text("video_id")
    like = call.world.state.videos.get(video_id)
    post = None if like is not None else _post_of(call, advertiser_id, video_id)
    if like is not None:
        call.permitted(like.advertiser_id)
    elif post is None:
        raise not_found("video", video_id)
    name = like.file_name if like is not None else f"{video_id}.mp4"
    signature = like.signature if like is not None else materials.md5(video_id[3:].encode())
    return materials.add_video(
        call.world,
        advertiser_id=advertiser_id,
        file_name=_name(call, advertiser_id, name),
        signature=signature,
        post=post,
        like=like,
    )


def _post_of(call: Call, advertiser_id: str, video_id: str) -> Post | None:
    """The post whose video id this is, when the account may use that post."""
    post = call.world.state.posts.get(video_id.removeprefix("v10"))
    if post is None or materials.post_video_id(post) != video_id:
        return None
    linked = advertiser_id in call.world.creator_of(post).linked_advertiser_ids
    bound = call.world.find.binding(advertiser_id, post.item_id)
    return post if linked or bound is not None else None


def upload_image(call: Call) -> Data:
    account = call.advertiser()
    how = call.parameters.text("upload_type", "UPLOAD_BY_FILE")
    if how == "UPLOAD_BY_FILE":
        sent, signature = _file(call, "image_file", "image_signature", IMAGE_ENDINGS)
        own_name, size = sent.name, len(sent.content)
    elif how == "UPLOAD_BY_URL":
        url = call.parameters.text("image_url")
        if not url.startswith(("https://", "http://")):
            raise invalid("image_url", "Must start with https:// or http://")
        own_name = urlsplit(url).path.rpartition("/")[2] or "image.jpeg"
        signature, size = materials.md5(url.encode()), 100_000
    else:
        raise not_found("file", call.parameters.text("file_id"))
    image = materials.add_image(
        call.world,
        advertiser_id=account.advertiser_id,
        file_name=_name(call, account.advertiser_id, own_name),
        signature=signature,
        size=size,
    )
    return image_row(call, image)


def video_row(call: Call, video: Video) -> dict[str, object]:
    world = call.world
    url = links.video_url(world, video, address=call.address)
    ends = links.ends_at(url)
    return {
        "video_id": video.video_id,
        "material_id": video.material_id,
        "file_name": video.file_name,
        "signature": video.signature,
        "duration": video.duration_seconds,
        "width": video.width,
        "height": video.height,
        "size": video.size,
        "bit_rate": materials.BIT_RATE,
        "format": "mp4",
        "displayable": True,
        "video_cover_url": links.video_cover_url(world, video, address=call.address),
        "preview_url": url,
        "preview_url_expire_time": time_text(world.now.fromtimestamp(ends, world.now.tzinfo)),
        "allowed_placements": ["PLACEMENT_TIKTOK"],
        "allow_download": True,
        "fix_task_id": None,
        "flaw_types": None,
        "create_time": time_text(video.created_at),
        "modify_time": time_text(video.created_at),
    }


def image_row(call: Call, image: Image) -> dict[str, object]:
    return {
        "image_id": image.image_id,
        "material_id": image.material_id,
        "file_name": image.file_name,
        "signature": image.signature,
        "width": image.width,
        "height": image.height,
        "size": image.size,
        "format": "jpeg",
        "displayable": True,
        "image_url": links.image_url(call.world, image, address=call.address),
        "is_carousel_usable": True,
        "create_time": time_text(image.created_at),
        "modify_time": time_text(image.created_at),
    }


def video_info(call: Call) -> Data:
    videos = _own_videos(call)
    numbers = call.parameters.ids("video_ids", most=MOST_INFO, least=1)
    found = [videos[number] for number in numbers if number in videos]
    return {"list": [video_row(call, video) for video in found]}


def video_search(call: Call) -> Data:
    found = [
        video
        for video in reversed(_own_videos(call).values())
        if _is_asked(call, video, "video_ids", video.video_id)
    ]
    shown, info = one_page(call.parameters, found, most=MOST_PER_PAGE, default=20)
    return {"list": [video_row(call, video) for video in shown], "page_info": info}


def image_info(call: Call) -> Data:
    images = _own_images(call)
    numbers = call.parameters.ids("image_ids", most=100, least=1)
    return {"list": [image_row(call, images[number]) for number in numbers if number in images]}


def image_search(call: Call) -> Data:
    found = [
        image
        for image in reversed(_own_images(call).values())
        if _is_asked(call, image, "image_ids", image.image_id)
    ]
    shown, info = one_page(call.parameters, found, most=MOST_PER_PAGE, default=20)
    return {"list": [image_row(call, image) for image in shown], "page_info": info}


def _own_videos(call: Call) -> dict[str, Video]:
    account = call.advertiser().advertiser_id
    videos = call.world.state.videos
    return {n: video for n, video in videos.items() if video.advertiser_id == account}


def _own_images(call: Call) -> dict[str, Image]:
    account = call.advertiser().advertiser_id
    images = call.world.state.images
    return {n: image for n, image in images.items() if image.advertiser_id == account}


def _is_asked(call: Call, material: Video | Image, ids_name: str, number: str) -> bool:
    filtering = call.parameters.mapping("filtering")
    if ids_name in filtering and number not in filtering.ids(ids_name, most=100):
        return False
    if "material_ids" in filtering and material.material_id not in filtering.ids(
        "material_ids", most=100
    ):
        return False
    for name, value in (("width", material.width), ("height", material.height)):
        if name in filtering and filtering.integer(name, 0, low=0, high=2**31) != value:
            return False
    ratios = [float(str(ratio)) for ratio in filtering.items("ratio")]
    shape = material.width / material.height
    if ratios and not any(abs(shape - ratio) < 0.01 for ratio in ratios):
        return False
    return filtering.boolean("displayable", default=True)


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/file/video/ad/upload/",
        handler=upload_video,
        section="8.3",
        takes=VIDEO_TAKES,
        limits="Files are not decoded or kept, a drawn clip is shown; nothing is fetched from an address",
    ),
    Endpoint(
        method="POST",
        path="/file/image/ad/upload/",
        handler=upload_image,
        section="8.3",
        takes=IMAGE_TAKES,
        limits="Files are not decoded or kept, a drawing is shown; nothing is fetched from an address",
    ),
    Endpoint(
        method="GET",
        path="/file/video/ad/info/",
        handler=video_info,
        section="8.3",
        takes=(ACCOUNT, ids("video_ids", required=True, most=MOST_INFO)),
    ),
    Endpoint(
        method="GET",
        path="/file/video/ad/search/",
        handler=video_search,
        section="8.3",
        takes=(ACCOUNT, SEARCH, *pages(most=MOST_PER_PAGE)),
    ),
    Endpoint(
        method="GET",
        path="/file/image/ad/info/",
        handler=image_info,
        section="8.3",
        takes=(ACCOUNT, ids("image_ids", required=True, most=100)),
    ),
    Endpoint(
        method="GET",
        path="/file/image/ad/search/",
        handler=image_search,
        section="8.3",
        takes=(ACCOUNT, SEARCH, *pages(most=MOST_PER_PAGE)),
    ),
)

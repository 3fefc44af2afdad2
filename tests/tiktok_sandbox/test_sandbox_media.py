"""Media of the simulated TikTok: covers, clips, faces and sounds at every address the wire names."""

from __future__ import annotations

import http.client
import io
import json
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sandbox_creator import CreatorApp
from sandbox_team import PUBLIC, Team
from sandbox_uploads import push, push_creative, upload_image, upload_video

from tiktok_sandbox.media.answers import part_of
from tiktok_sandbox.media.clips import (
    LONGEST_SECONDS,
    ClipError,
    clip,
    read_pieces,
    shots_of,
)
from tiktok_sandbox.media.covers import COVER, avatar, cover
from tiktok_sandbox.media.files import drawn_cover
from tiktok_sandbox.media.links import cover_url
from tiktok_sandbox.media.looks import kind_of, look_of_post, words_of
from tiktok_sandbox.media.scenes import PALETTES
from tiktok_sandbox.media.sounds import sound
from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.wire.endpoints import ENDPOINTS
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.state.entities import Post
from tiktok_sandbox.world.world import World

TYPES = {".jpeg": "image/jpeg", ".mp4": "video/mp4", ".mp3": "audio/mpeg"}
BOXES = ("moov", "trak", "mdia", "minf", "stbl")


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(family="demo", seed=7)


def fetch(
    url: str, *, method: str = "GET", **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers and body; redirects and refusals are answers too."""
    parts = urlsplit(url)
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=sent)
    with connection.getresponse() as reply:
        answer = reply.status, reply.headers, reply.read()
    connection.close()
    return answer


def links_in(answer: object, server: str) -> Iterator[str]:
    """Every address of a media file that an answer names, however deep."""
    if isinstance(answer, dict):
        for each in answer.values():
            yield from links_in(each, server)
    elif isinstance(answer, list):
        for each in answer:
            yield from links_in(each, server)
    elif isinstance(answer, str) and answer.startswith("http"):
        assert "media.shop.example" not in answer
        if answer.startswith(f"{server}/media/"):
            yield answer


def check_file(url: str) -> str:
    """Fetch a link and check that it is what its name says; returns its type."""
    status, headers, content = fetch(url)
    assert status == 200, (url, status)
    kind = next(kind for end, kind in TYPES.items() if urlsplit(url).path.endswith(end))
    assert headers["Content-Type"] == kind
    assert int(headers["Content-Length"]) == len(content) > 0
    if kind == "image/jpeg":
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            assert picture.format == "JPEG"
    elif kind == "video/mp4":
        assert seconds_of(content) > 0
    else:
        assert content[0] == 0xFF
        assert content[1] & 0xE0 == 0xE0
    return kind


def box_of(content: bytes, kind: str) -> bytes:
    place = 0
    while place + 8 <= len(content):
        size, found = struct.unpack(">I4s", content[place : place + 8])
        if found.decode() == kind:
            return content[place + 8 : place + size]
        place += size
    raise AssertionError(f"no {kind}")


def seconds_of(content: bytes) -> float:
    """What the head of an MP4 says of its length."""
    _, _, ticks, length = struct.unpack(">4I", box_of(box_of(content, "moov"), "mvhd")[4:20])
    return float(length / ticks)


def bound_post(team: Team) -> tuple[dict[str, Any], str]:
    """What TikTok tells of a post whose code the team bound, and the code."""
    post = team.plain_post()
    code = team.code_for(post["item_id"])
    return team.bind_code(code), code


class TestAddressesOnTheWire:
    @pytest.mark.slow
    def test_of_posts_and_identities_lead_to_files_of_their_kind(self, team: Team) -> None:
        info, _ = bound_post(team)
        brand = team.world["brand"]
        who = {"identity_type": "TT_USER", "identity_id": brand["identity_id"]}
        bound = {"identity_type": "AUTH_CODE", "identity_id": info["user_info"]["identity_id"]}
        item_id = info["item_info"]["item_id"]
        answers = {
            "/tt_video/info/": info,
            "/tt_video/list/": team.get("/tt_video/list/"),
            "/identity/get/": team.get("/identity/get/"),
            "/identity/info/": team.get("/identity/info/", **who),
            "/identity/video/get/": team.get("/identity/video/get/", **who),
            "/identity/video/info/": team.get("/identity/video/info/", item_id=item_id, **bound),
            "/user/info/": team.get("/user/info/"),
            "/file/music/get/": team.get("/file/music/get/", page_size=2),
        }
        kinds: set[str] = set()
        for path, answer in answers.items():
            found = list(links_in(answer, team.sandbox.url))
            assert found, path
            kinds |= {check_file(url) for url in found}
        assert kinds == set(TYPES.values())

    def test_of_files_in_the_library_too(self, team: Team) -> None:
        video = upload_video(team)
        upload_image(team)
        images = team.get("/file/image/ad/search/")
        assert [check_file(url) for url in links_in([video, images], team.sandbox.url)] == [
            "image/jpeg",
            "video/mp4",
            "image/jpeg",
        ]
        _, _, content = fetch(video["preview_url"])
        assert seconds_of(content) == pytest.approx(video["duration"], abs=0.01)

    @pytest.mark.slow
    def test_of_creators_own_videos_and_their_comments_too(self, team: Team) -> None:
        made = team.launch()
        team.sandbox.advance(days=3)
        handle = team.sandbox.world.state.posts[made["item_id"]].handle
        app = CreatorApp(team, handle, scope="video.list,comment.list")
        fields = ["item_id", "share_url", "embed_url", "thumbnail_url"]
        listed = app.get("/business/video/list/", fields=fields)
        comments = app.get("/business/comment/list/", video_id=made["item_id"])
        under_ad = team.get(
            "/comment/list/",
            search_field="ADGROUP_ID",
            search_value=made["adgroup_id"],
            start_time="2026-03-01",
            end_time="2026-03-20",
        )
        for answer in (listed, comments, under_ad, team.get("/ad/get/")):
            found = list(links_in(answer, team.sandbox.url))
            assert found
            for url in found[:4]:
                check_file(url)
        for name in ("share_url", "embed_url"):
            status, headers, _ = fetch(listed["videos"][0][name])
            assert (status, headers.get_content_type()) == (200, "text/html")

    @pytest.mark.slow
    def test_of_photo_posts_are_as_large_as_they_say(self, team: Team) -> None:
        team.sandbox.advance(days=30)
        post = team.posts(status=PUBLIC, item_type="CAROUSEL")[0]
        info = team.bind_code(team.code_for(post["item_id"]))["item_info"]["carousel_info"]
        kinds = [check_file(url) for url in links_in(info, team.sandbox.url)]
        assert kinds == ["image/jpeg"] * 3 + ["audio/mpeg"]
        for row in info["image_info"]:
            _, _, content = fetch(row["image_url"])
            with Image.open(io.BytesIO(content)) as picture:
                width, height = picture.size
            assert width / height == pytest.approx(row["image_width"] / row["image_height"])

    def test_are_those_of_the_host_that_was_asked(self, team: Team) -> None:
        url = f"{team.sandbox.url}/open_api/v1.3/user/info/"
        _, _, content = fetch(url, Access_Token=team.token, Host="tiktok.test:8790")
        avatar_url = json.loads(content)["data"]["avatar_url"]
        assert avatar_url.startswith("http://tiktok.test:8790/media/people/")

    def test_cost_a_listing_no_drawing(self, team: Team) -> None:
        brand = team.world["brand"]
        who = {"identity_type": "TT_USER", "identity_id": brand["identity_id"]}
        before = drawn_cover.cache_info().currsize, drawn_cover.cache_info().misses
        assert team.get("/identity/video/get/", **who)["video_list"]
        assert (drawn_cover.cache_info().currsize, drawn_cover.cache_info().misses) == before

    def test_are_no_host_of_nobody_in_any_endpoint(self) -> None:
        for endpoint in ENDPOINTS:
            code = endpoint.handler.__code__
            assert not any("media.shop.example" in str(each) for each in code.co_consts)


class TestCovers:
    def test_are_upright_pictures_of_nine_to_sixteen(self, world: World) -> None:
        for post in list(world.state.posts.values())[:6]:
            with Image.open(io.BytesIO(cover(look_of_post(world, post)))) as picture:
                assert picture.size == COVER
                assert picture.width * 16 == picture.height * 9

    def test_are_the_same_bytes_of_the_same_seed_and_post(self, world: World) -> None:
        again = build_world(family="demo", seed=7)
        for item_id in list(world.state.posts)[:6]:
            one = look_of_post(world, world.state.posts[item_id])
            other = look_of_post(again, again.state.posts[item_id])
            assert one == other
            assert cover(one) == cover(other)

    @pytest.mark.slow
    def test_differ_from_post_to_post(self, world: World) -> None:
        looks = [look_of_post(world, post) for post in world.state.posts.values()]
        assert len({cover(look) for look in looks}) == len(looks)

    def test_show_what_the_post_sells(self, world: World) -> None:
        kinds = {
            world.state.products[post.sku].title: look_of_post(world, post).kind
            for post in world.state.posts.values()
        }
        assert kinds == {
            "Glow serum 30 ml": "dropper",
            "Lumen desk lamp": "lamp",
            "Trail flask 750 ml": "flask",
            "Knit throw": "knit",
        }

    def test_do_not_change_with_a_caption_that_says_the_same_with_other_tags(self) -> None:
        assert words_of("Rating the Lamp #ad #lamp [LAMP] (edited)") == "Rating the Lamp"

    @pytest.mark.parametrize("text", ["", "日本語だけ", "🙂", "a" * 400, "word " * 60])
    def test_are_drawn_whatever_is_written_on_them(self, world: World, text: str) -> None:
        post = next(iter(world.state.posts.values()))
        look = look_of_post(world, msgspec.structs.replace(post, caption=text))
        assert cover(look).startswith(b"\xff\xd8")

    @given(title=st.text(max_size=60))
    def test_have_a_drawing_for_every_product(self, title: str) -> None:
        assert (kind_of(title), 0) in PALETTES

    def test_of_a_copied_video_are_those_of_the_post(self, team: Team) -> None:
        info, _ = bound_post(team)
        copied = team.post(
            "/file/video/ad/upload/",
            upload_type="UPLOAD_BY_VIDEO_ID",
            video_id=info["video_info"]["video_id"],
        )[0]
        assert fetch(copied["video_cover_url"])[2] == fetch(info["video_info"]["poster_url"])[2]

    def test_of_a_pushed_post_are_those_of_the_file(self, team: Team) -> None:
        video = upload_video(team, file_name="summer-cut.mp4")
        creative = push_creative(team, video["video_id"], upload_image(team))
        ad = push(team, team.adgroup(team.campaign()), creative)
        team.sandbox.advance(hours=3)
        state = team.sandbox.world.state
        post = state.posts[state.ads[str(ad["ad_id"])].item_id]
        assert look_of_post(team.sandbox.world, post).words == "summer cut"
        assert fetch(cover_url(team.sandbox.world, post, address=team.sandbox.url))[0] == 200


class TestClips:
    @settings(max_examples=40, deadline=None)
    @given(hundredths=st.integers(min_value=1, max_value=12_000), place=st.integers(0, 33))
    def test_last_exactly_as_long_as_the_post_says(
        self, world: World, hundredths: int, place: int
    ) -> None:
        post = list(world.state.posts.values())[place]
        content = clip(look_of_post(world, post), hundredths / 100, seed=7)
        assert seconds_of(content) == pytest.approx(hundredths / 100, abs=1e-6)
        table = content[: content.index(b"mdat") - 4]
        for kind in BOXES:
            table = box_of(table, kind)
        _, _, frames = struct.unpack(">3I", box_of(table, "stsz")[:12])
        sizes = struct.unpack(f">{frames}I", box_of(table, "stsz")[12:])
        _, runs, *times = struct.unpack(">6I", box_of(table, "stts"))
        _, _, start = struct.unpack(">3I", box_of(table, "stco"))
        assert runs == 2
        assert times[0] + times[2] == frames
        assert (times[0] * times[1] + times[2] * times[3]) * 100 == hundredths * 1200
        assert content[start - 4 : start] == b"mdat"
        assert start + sum(sizes) == len(content)

    def test_are_the_same_bytes_of_the_same_seed_and_differ_by_post(self, world: World) -> None:
        posts = list(world.state.posts.values())
        made = [clip(look_of_post(world, p), 9.0, seed=7) for p in posts]
        again = [clip(look_of_post(world, p), 9.0, seed=7) for p in posts]
        assert made == again
        assert len(set(made)) == len(made)

    def test_open_once_and_then_show_the_product(self, world: World) -> None:
        look = look_of_post(world, next(iter(world.state.posts.values())))
        order = shots_of(look, shots=12, seed=7)
        assert order[0] == "opening"
        assert set(order[1:]) == {"showing", "closing"}

    def test_end_at_three_minutes_whatever_is_asked(self, world: World) -> None:
        look = look_of_post(world, next(iter(world.state.posts.values())))
        assert seconds_of(clip(look, 1e9, seed=7)) == LONGEST_SECONDS

    @pytest.mark.parametrize("content", [b"", b"\0\0\0\0moov", b"not a video at all", b"\0" * 64])
    def test_are_not_made_of_pieces_that_are_damaged(self, content: bytes) -> None:
        with pytest.raises(ClipError):
            read_pieces(content)

    def test_come_with_a_sound_of_thirty_seconds_in_whole_frames(self) -> None:
        # 24 kbit/s at 24 kHz: 576 samples, 24 ms, 72 bytes a frame.
        content = sound()
        assert len(content) == 30 * 3000
        starts = {content[place : place + 2] for place in range(0, len(content), 72)}
        assert starts == {content[:2]}


class TestPeople:
    def test_have_square_pictures_that_differ(self, sandbox: SandboxServer) -> None:
        pictures = set()
        for creator in sandbox.world.state.creators.values():
            url = f"{sandbox.url}/phone/media/people/{creator.identity_id}.jpeg"
            status, _, content = fetch(url)
            assert status == 200
            with Image.open(io.BytesIO(content)) as picture:
                assert picture.width == picture.height
            pictures.add(content)
        assert len(pictures) >= 8

    @given(name=st.text(max_size=40), key=st.text(max_size=20))
    @settings(max_examples=25, deadline=None)
    def test_have_one_whatever_they_are_called(self, name: str, key: str) -> None:
        assert avatar(name, key).startswith(b"\xff\xd8")

    def test_that_nobody_is_have_none(self, sandbox: SandboxServer) -> None:
        assert fetch(f"{sandbox.url}/phone/media/people/nobody.jpeg")[0] == 404


class TestParts:
    @pytest.fixture
    def url(self, team: Team) -> str:
        return str(bound_post(team)[0]["video_info"]["preview_url"])

    def test_are_served_as_asked(self, url: str) -> None:
        _, headers, whole = fetch(url)
        assert headers["Accept-Ranges"] == "bytes"
        size = len(whole)
        for asked, first, last in (
            ("bytes=0-99", 0, 99),
            ("bytes=100-", 100, size - 1),
            ("bytes=-50", size - 50, size - 1),
            (f"bytes=0-{size * 2}", 0, size - 1),
            (f"bytes=-{size * 2}", 0, size - 1),
        ):
            status, headers, part = fetch(url, Range=asked)
            assert (status, part) == (206, whole[first : last + 1])
            assert headers["Content-Range"] == f"bytes {first}-{last}/{size}"

    def test_that_are_not_there_are_refused_with_416(self, url: str) -> None:
        status, headers, content = fetch(url, Range="bytes=99999999-")
        size = len(fetch(url)[2])
        assert (status, headers["Content-Range"], content) == (416, f"bytes */{size}", b"")

    @pytest.mark.parametrize(
        "asked", ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=-", ""]
    )
    def test_that_cannot_be_read_are_answered_with_the_whole(self, url: str, asked: str) -> None:
        status, _, content = fetch(url, Range=asked)
        assert (status, content) == (200, fetch(url)[2])

    def test_of_another_version_are_answered_with_the_whole(self, url: str) -> None:
        tag = str(fetch(url)[1]["ETag"])
        assert fetch(url, Range="bytes=0-9", If_Range=tag)[0] == 206
        assert fetch(url, Range="bytes=0-9", If_Range='"other"')[0] == 200

    def test_are_not_sent_again_to_who_has_them(self, url: str) -> None:
        _, headers, _ = fetch(url)
        assert headers["Cache-Control"] == "private, max-age=600"
        status, again, content = fetch(url, If_None_Match=f'W/{headers["ETag"]}, "other"')
        assert (status, content, again["ETag"]) == (304, b"", headers["ETag"])

    def test_have_a_head_without_a_body(self, url: str) -> None:
        _, got, content = fetch(url)
        status, headers, nothing = fetch(url, method="HEAD", Range="bytes=0-9")
        assert (status, nothing) == (200, b"")
        assert headers["Content-Length"] == got["Content-Length"] == str(len(content))

    @given(
        length=st.integers(1, 500), first=st.integers(0, 600), last=st.none() | st.integers(0, 600)
    )
    def test_are_those_of_the_file(self, length: int, first: int, last: int | None) -> None:
        content = bytes(each % 251 for each in range(length))
        part = part_of(f"bytes={first}-{'' if last is None else last}", length)
        if last is not None and last < first:
            assert part is None
            return
        assert part is not None
        end = length if last is None else last + 1
        assert content[part.start : part.stop] == content[first:end]


class TestWhoSeesWhat:
    """Links are as good as what they show."""

    def test_links_end_with_the_hour_they_name(self, team: Team) -> None:
        shown = bound_post(team)[0]["video_info"]
        team.sandbox.post("clock/advance/", {"hours": 1})
        for name in ("poster_url", "preview_url"):
            status, headers, content = fetch(shown[name])
            assert (status, content) == (403, b"Access Denied")
            assert headers["Cache-Control"] == "no-store"

    def test_a_link_that_somebody_changed_is_refused(self, team: Team) -> None:
        info = bound_post(team)[0]
        url, item_id = info["video_info"]["poster_url"], info["item_info"]["item_id"]
        other = next(post for post in team.posts() if post["item_id"] != item_id)["item_id"]
        for wrong in (
            url.replace(item_id, other),
            url.replace("x-expires=1", "x-expires=2"),
            url.partition("?")[0],
            url[:-4],
            url.replace("x-expires=1", "x-expires=%D9%A1"),
            url.replace(".jpeg", ".mp4"),
        ):
            assert fetch(wrong)[0] == 403

    def test_a_link_of_another_world_is_refused(self, team: Team) -> None:
        url = bound_post(team)[0]["video_info"]["poster_url"]
        with SandboxServer(seed=8) as other:
            path = url.removeprefix(team.sandbox.url)
            assert fetch(other.url + path)[0] == 403
            assert fetch(url)[0] == 200

    def test_a_private_posts_cover_is_shown_but_not_its_video(self, team: Team) -> None:
        info, code = bound_post(team)
        item_id, before = info["item_info"]["item_id"], info["video_info"]
        team.sandbox.phone(f"posts/{item_id}/hide/", {})
        after = team.get("/tt_video/info/", auth_code=code)["video_info"]
        assert after["preview_url"] == ""
        assert fetch(after["poster_url"])[0] == 200
        assert fetch(before["preview_url"])[0] == 403

    def test_of_a_deleted_post_nothing_is_shown(self, team: Team) -> None:
        info, _ = bound_post(team)
        item_id, before = info["item_info"]["item_id"], info["video_info"]
        team.sandbox.phone(f"posts/{item_id}/delete/", {})
        after = team.get("/tt_video/list/")["list"][0]["video_info"]
        assert (after["poster_url"], after["preview_url"]) == ("", "")
        assert {fetch(before[name])[0] for name in ("poster_url", "preview_url")} == {403}

    def test_when_the_authorization_has_ended_no_preview_is_given_out(self, team: Team) -> None:
        post = team.plain_post()
        team.bind(post["item_id"], days=7)
        team.sandbox.advance(days=8)
        shown = team.get("/tt_video/list/")["list"][0]["video_info"]
        assert shown["preview_url"] == ""
        assert fetch(shown["poster_url"])[0] == 200

    def test_a_creator_sees_the_own_private_video(self, team: Team) -> None:
        post = team.plain_post()
        team.sandbox.phone(f"posts/{post['item_id']}/hide/", {})
        own = f"{team.sandbox.url}/phone/media/posts/{post['item_id']}"
        assert {fetch(f"{own}.jpeg")[0], fetch(f"{own}.mp4")[0]} == {200}

    def test_a_grid_gets_a_smaller_cover(self, team: Team) -> None:
        own = f"{team.sandbox.url}/phone/media/posts/{team.plain_post()['item_id']}"
        large, small = fetch(f"{own}.jpeg")[2], fetch(f"{own}/tile.jpeg")[2]
        assert len(small) * 2 < len(large)
        with Image.open(io.BytesIO(small)) as picture:
            assert picture.width * 16 == picture.height * 9

    def test_nothing_is_at_an_address_of_nobody(self, sandbox: SandboxServer) -> None:
        for path in (
            "posts/1.jpeg",
            "posts/1.mp4",
            "posts/1/1.jpeg",
            "posts/1/tile.jpeg",
            "people/x.jpeg",
        ):
            assert fetch(f"{sandbox.url}/phone/media/{path}")[0] == 404
        assert fetch(f"{sandbox.url}/media/posts/1.jpeg")[0] == 403


class TestPagesForEverybody:
    @pytest.fixture
    def post(self, team: Team) -> Post:
        return team.sandbox.world.state.posts[team.plain_post()["item_id"]]

    def test_a_post_has_one_with_its_video(self, team: Team, post: Post) -> None:
        url = f"{team.sandbox.url}/@{post.handle}/video/{post.item_id}"
        status, headers, content = fetch(url)
        text = content.decode()
        assert status == 200
        assert 'aria-label="Video of @' in text
        assert "autoplay" not in text
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]

    def test_the_player_may_be_shown_in_other_pages(self, team: Team, post: Post) -> None:
        for path in (f"/embed/v2/{post.item_id}", f"/embed/{post.item_id}"):
            status, headers, content = fetch(team.sandbox.url + path)
            assert status == 200
            assert "frame-ancestors *" in headers["Content-Security-Policy"]
            assert b"<script" not in content

    def test_oembed_tells_of_a_post(self, team: Team, post: Post) -> None:
        for host in (team.sandbox.url, "https://www.tiktok.com"):
            url = f"{host}/@{post.handle}/video/{post.item_id}?lang=en"
            status, _, content = fetch(f"{team.sandbox.url}/oembed?url={quote(url, safe='')}")
            told = json.loads(content)
            assert status == 200
            assert (told["version"], told["type"], told["provider_name"]) == (
                "1.0",
                "video",
                "TikTok",
            )
            assert told["title"] == post.caption
            assert check_file(told["thumbnail_url"]) == "image/jpeg"
            assert f'data-video-id="{post.item_id}"' in told["html"]
            assert fetch(told["author_url"])[0] == 200

    def test_the_script_of_oembed_is_there(self, sandbox: SandboxServer) -> None:
        status, headers, content = fetch(f"{sandbox.url}/embed.js")
        assert (status, headers.get_content_type()) == (200, "text/javascript")
        assert b"/embed/v2/" in content

    @pytest.mark.parametrize("act", ["hide", "friends", "delete"])
    def test_say_that_a_post_is_not_for_everybody(self, team: Team, post: Post, act: str) -> None:
        team.sandbox.phone(f"posts/{post.item_id}/{act}/", {})
        self.check_unavailable(team.sandbox, post.handle, post.item_id)
        _, _, profile = fetch(f"{team.sandbox.url}/@{post.handle}")
        assert post.item_id not in profile.decode()

    @pytest.mark.parametrize("item_id", ["1", "nobody", "9" * 60, "%3Cscript%3E"])
    def test_say_that_there_is_no_such_post(self, sandbox: SandboxServer, item_id: str) -> None:
        self.check_unavailable(sandbox, "sample.ana", item_id)

    def test_say_nothing_of_a_post_that_is_shown_in_ads_only(self, team: Team) -> None:
        creative = push_creative(team, upload_video(team)["video_id"], upload_image(team))
        ad = push(team, team.adgroup(team.campaign()), creative)
        team.sandbox.advance(hours=3)
        state = team.sandbox.world.state
        post = state.posts[state.ads[str(ad["ad_id"])].item_id]
        assert post.ads_only
        self.check_unavailable(team.sandbox, post.handle, post.item_id)

    def test_there_is_none_of_an_unknown_account(self, sandbox: SandboxServer) -> None:
        assert fetch(f"{sandbox.url}/@nobody")[0] == 404

    def test_what_people_write_stays_text(self, team: Team, post: Post) -> None:
        words = '<script>alert(1)</script>" onload="x'
        team.sandbox.phone(f"posts/{post.item_id}/caption/", {"text": words})
        page = f"{team.sandbox.url}/@{post.handle}/video/{post.item_id}"
        for url in (page, f"{team.sandbox.url}/embed/v2/{post.item_id}"):
            text = fetch(url)[2].decode()
            assert "<script" not in text
            assert '" onload=' not in text
        told = json.loads(fetch(f"{team.sandbox.url}/oembed?url={quote(page, safe='')}")[2])
        assert "<script>alert" not in told["html"]

    def test_a_host_that_nobody_has_stays_text(self, team: Team, post: Post) -> None:
        url = f"{team.sandbox.url}/@{post.handle}/video/{post.item_id}"
        text = fetch(url, Host='a"><script>')[2].decode()
        assert "<script" not in text

    @staticmethod
    def check_unavailable(sandbox: SandboxServer, handle: str, item_id: str) -> None:
        page = f"{sandbox.url}/@{handle}/video/{item_id}"
        for url, want in ((page, 200), (f"{sandbox.url}/embed/v2/{item_id}", 400)):
            status, _, content = fetch(url)
            assert status == want
            assert b"Video currently unavailable" in content
            assert b"<video" not in content
        status, _, content = fetch(f"{sandbox.url}/oembed?url={quote(page, safe='')}")
        assert (status, json.loads(content)["code"]) == (400, 400)


class TestNothingIsKept:
    def test_looking_changes_no_world(self, team: Team) -> None:
        info, _ = bound_post(team)
        state = team.sandbox.world.state
        before, writes = msgspec.msgpack.encode(state), team.sandbox.app.state.hub.writes
        item_id = info["item_info"]["item_id"]
        for url in (
            info["video_info"]["poster_url"],
            info["video_info"]["preview_url"],
            f"{team.sandbox.url}/embed/v2/{item_id}",
            f"{team.sandbox.url}/phone/feed/{item_id}/",
        ):
            assert fetch(url)[0] == 200
            assert fetch(url, method="HEAD")[0] == 200
        assert msgspec.msgpack.encode(state) == before
        assert team.sandbox.app.state.hub.writes == writes

    def test_covers_that_are_remembered_are_few(self) -> None:
        assert drawn_cover.cache_info().maxsize == 256

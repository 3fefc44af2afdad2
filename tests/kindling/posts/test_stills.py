"""Covers of posts: kept at a reading, shown to those who may see the post, played through Kindling."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image
from sample_team import Team

from kindling.access import service as access
from kindling.authorizations import clips
from kindling.authorizations.lifecycle import polling
from kindling.authorizations.models import Binding
from kindling.kit import guarded_fetch, pictures
from kindling.kit.guarded_fetch import FetchError
from kindling.posts.models import Post, PostSnapshot, PostStill
from kindling.posts.reading import stills
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User


@pytest.fixture(autouse=True)
def _forget_links() -> None:
    cache.clear()


@pytest.fixture
def post(team: Team) -> Post:
    """A post with a still and a video: of the shop's own account, as the first reading finds it."""
    team.shop()
    polling.read_platform(team.workspace, at=team.now)
    found = Post.objects.select_related("creator").exclude(still_version="").filter(has_clip=True)
    return found[0]


def signed_in(team: Team) -> Client:
    client = Client()
    client.force_login(team.owner.user)
    return client


def address(team: Team, post: Post, what: str) -> str:
    return reverse(f"profiles:{what}", args=[team.workspace.slug, post.item_id])


class TestReading:
    def test_keeps_a_small_cover_and_a_smaller_tile(self, post: Post) -> None:
        still = PostStill.objects.get(post=post)
        cover, tile = (Image.open(BytesIO(bytes(data))) for data in (still.cover, still.tile))
        assert cover.format == tile.format == "WEBP"
        assert cover.width <= 270
        assert cover.height <= 480
        assert len(still.cover) <= 25_000
        assert tile.width <= 72
        assert tile.height <= 128
        assert len(still.tile) <= 4_000

    def test_fetches_no_still_again_within_a_week(
        self, team: Team, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = list[str]()
        monkeypatch.setattr(stills, "_drawn", lambda link: asked.append(link[0]))
        Post.objects.filter(still_version="").delete()
        polling.read_platform(team.workspace, at=team.now + timedelta(hours=6))
        assert not asked
        polling.read_platform(team.workspace, at=team.now + timedelta(days=8))
        assert asked

    def test_keeps_the_still_of_a_post_that_is_gone(self, team: Team, post: Post) -> None:
        Post.objects.filter(pk=post.pk).update(status="USER_DELETE")
        polling.read_platform(team.workspace, at=team.now + timedelta(days=8))
        answer = signed_in(team).get(address(team, post, "still"))
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")

    def test_goes_on_without_pictures_that_cannot_be_had_and_tries_them_later(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        team.shop()

        def fails(*_: object, **__: object) -> guarded_fetch.Fetched:
            raise FetchError("down")

        with monkeypatch.context() as down:
            down.setattr(stills, "fetch", fails)
            assert polling.read_platform(team.workspace, at=team.now) == []
            assert not PostStill.objects.exists()
        polling.read_platform(team.workspace, at=team.now + timedelta(hours=6))
        assert PostStill.objects.exists()

    def test_fetches_a_bounded_number(self, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
        team.shop()
        monkeypatch.setattr(stills, "MOST_A_READING", 3)
        polling.read_platform(team.workspace, at=team.now)
        assert PostStill.objects.count() == 3


@pytest.mark.parametrize("what", ["still", "clip"])
class TestWhoSees:
    def test_nobody_is_sent_to_sign_in(self, team: Team, post: Post, what: str) -> None:
        answer = Client().get(address(team, post, what))
        assert answer.status_code == 302
        assert "/accounts/login" in answer["Location"]

    def test_somebody_else_s_is_not_there(self, team: Team, post: Post, what: str) -> None:
        stranger = User.objects.create_user("stranger@other.example", name="Stranger")
        workspaces.create_workspace(
            slug="other", name="Other", owner=stranger, currency="USD", timezone="UTC", at=team.now
        )
        client = Client()
        client.force_login(stranger)
        assert client.get(address(team, post, what)).status_code == 404
        own = reverse(f"profiles:{what}", args=["other", post.item_id])
        assert client.get(own).status_code == 404

    def test_a_creator_sees_it_of_own_posts_only(self, team: Team, post: Post, what: str) -> None:
        url = reverse(f"portal:{what}", args=[post.item_id])
        assert Client().get(url).status_code == 401
        other = Post.objects.exclude(creator=post.creator).select_related("creator")[0].creator
        for creator, status in ((post.creator, 200), (other, 404)):
            phone = Client()
            phone.post(access.make_link(creator, purpose="test", at=team.now, actor=team.manager))
            assert phone.get(url).status_code == status


class TestTheStill:
    def test_never_changes_under_the_address_of_its_version(self, team: Team, post: Post) -> None:
        url = f"{address(team, post, 'still')}?size=tile&v={post.still_version}"
        answer = signed_in(team).get(url)
        assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
        again = signed_in(team).get(url, headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_is_asked_for_anew_without_its_version(self, team: Team, post: Post) -> None:
        assert signed_in(team).get(address(team, post, "still"))["Cache-Control"] == (
            "private, no-cache"
        )


class TestTheVideo:
    def test_comes_in_the_parts_that_are_asked_for(self, team: Team, post: Post) -> None:
        client, url = signed_in(team), address(team, post, "clip")
        first = client.get(url, headers={"Range": "bytes=0-99"})
        assert (first.status_code, first["Content-Type"]) == (206, "video/mp4")
        total = int(first["Content-Range"].partition("/")[2])
        assert first["Content-Range"] == f"bytes 0-99/{total}"
        rest = client.get(url, headers={"Range": "bytes=100-"})
        assert first.content[4:8] == b"ftyp"
        assert len(first.content) + len(rest.content) == total

    def test_of_a_range_past_its_end_there_is_nothing(self, team: Team, post: Post) -> None:
        for wanted in ("bytes=99999999-", "bytes=5-1", "bytes=-5", "bytes=0-1,4-5"):
            answer = signed_in(team).get(address(team, post, "clip"), headers={"Range": wanted})
            assert answer.status_code == 416, wanted

    def test_plays_by_a_fresh_link_when_the_last_one_has_ended(
        self, team: Team, post: Post
    ) -> None:
        client, url = signed_in(team), address(team, post, "clip")
        assert client.get(url, headers={"Range": "bytes=0-99"}).status_code == 206
        held = cache.get(clips._key(post))
        cache.set(clips._key(post), (held[0].replace("x-signature=", "x-signature=a"), held[1]))
        assert client.get(url, headers={"Range": "bytes=0-99"}).status_code == 206

    def test_is_no_page_that_somebody_put_there(
        self, team: Team, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = guarded_fetch.Fetched(200, {}, b"<html>")
        monkeypatch.setattr(clips, "fetch", lambda *_, **__: page)
        assert signed_in(team).get(address(team, post, "clip")).status_code == 404

    def test_is_not_shown_of_a_post_that_is_gone_or_bound_no_more(
        self, team: Team, post: Post
    ) -> None:
        Binding.objects.update(is_live=False)
        assert signed_in(team).get(address(team, post, "clip")).status_code == 404


class TestTheFetcher:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/a.jpeg",
            "https://127.0.0.1/a.jpeg",
            "https://localhost/a.jpeg",
            "https://[::1]/a.jpeg",
            "https://[::ffff:10.0.0.1]/a.jpeg",
            "https://169.254.169.254/latest",
            "https://10.1.2.3/a.jpeg",
            "https://100.64.0.1/a.jpeg",
            "https://0x7f000001/a.jpeg",
            "https://user:word@example.com/a.jpeg",
            "https://8.8.8.8:22/a.jpeg",
            "ftp://example.com/a",
            "file:///etc/passwd",
            "https://example.com/a\r\nHost: b",
            "https://example.com:port/",
            "",
        ],
    )
    def test_goes_to_no_private_or_plain_address(self, url: str) -> None:
        with pytest.raises(FetchError):
            guarded_fetch.fetch(url, most_bytes=10, seconds=1)

    def test_goes_to_the_configured_server_only_at_its_own_port(self, team: Team) -> None:
        trusted = team.sandbox.url
        with pytest.raises(FetchError, match="https"):
            guarded_fetch.fetch("http://127.0.0.1:1/a", trusted=trusted, most_bytes=10, seconds=1)

    def test_ends_at_the_bytes_it_may_read(self, team: Team) -> None:
        with pytest.raises(FetchError, match="longer"):
            guarded_fetch.fetch(
                f"{team.sandbox.url}/phone/", trusted=team.sandbox.url, most_bytes=10, seconds=5
            )


class TestAPicture:
    def test_is_no_page_and_no_picture_of_another_kind(self) -> None:
        gif = BytesIO()
        Image.new("RGB", (4, 4)).save(gif, "GIF")
        for data in (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            gif.getvalue(),
            b"",
            b"\xff\xd8",
        ):
            with pytest.raises(pictures.NotAPictureError):
                pictures.redrawn(data, sizes=[stills.COVER])

    def test_of_too_many_pixels_is_not_unpacked(self) -> None:
        bomb = BytesIO()
        Image.new("1", (12_000, 12_000)).save(bomb, "PNG")
        assert len(bomb.getvalue()) < 100_000
        with pytest.raises(pictures.NotAPictureError, match=r"pixels|opened"):
            pictures.redrawn(bomb.getvalue(), sizes=[stills.COVER])

    def test_loses_what_the_camera_wrote(self) -> None:
        exif = Image.Exif()
        exif[0x010F] = "Camera"
        photo = BytesIO()
        Image.new("RGB", (540, 960), "red").save(photo, "JPEG", exif=exif)
        (drawn,) = pictures.redrawn(photo.getvalue(), sizes=[stills.COVER])
        assert b"Camera" not in drawn.data
        assert b"EXIF" not in drawn.data
        assert (drawn.width, drawn.height) == (270, 480)


class TestTheGallery:
    def test_is_kept_for_the_person_who_chose_it(self, team: Team, post: Post) -> None:
        client, posts = signed_in(team), reverse("posts:list", args=[team.workspace.slug])
        layout = reverse("lists:layout", args=[team.workspace.slug, "posts"])
        assert "<table" in client.get(posts).content.decode()
        client.post(layout, {"layout": "gallery"})
        page = client.get(posts).content.decode()
        assert 'class="gallery"' in page
        assert "<table" not in page
        assert f"/posts/{post.item_id}/clip/" in page
        buyer = Client()
        buyer.force_login(team.buyer.user)
        assert "<table" in buyer.get(posts).content.decode()
        client.post(layout, {"layout": "table"})
        assert "<table" in client.get(posts).content.decode()

    def test_is_not_offered_where_a_list_has_none(self, team: Team) -> None:
        layout = reverse("lists:layout", args=[team.workspace.slug, "creators"])
        assert signed_in(team).post(layout, {"layout": "gallery"}).status_code == 422

    @pytest.mark.parametrize("layout", ["table", "gallery"])
    def test_costs_as_many_queries_for_many_posts_as_for_few(
        self, team: Team, post: Post, layout: str
    ) -> None:
        client, posts = signed_in(team), reverse("posts:list", args=[team.workspace.slug])
        client.post(
            reverse("lists:layout", args=[team.workspace.slug, "posts"]), {"layout": layout}
        )
        client.get(posts)

        def queries() -> int:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(posts).status_code == 200
            return len(asked)

        many = queries()
        Post.objects.exclude(pk=post.pk).delete()
        assert queries() == many

    def test_names_no_other_site_but_links_to_tiktok(self, team: Team, post: Post) -> None:
        page = signed_in(team).get(reverse("posts:list", args=[team.workspace.slug]))
        assert f'href="https://www.tiktok.com/@{post.creator.handle}/video/{post.item_id}"' in (
            page.content.decode()
        )
        assert 'src="http' not in page.content.decode()
        assert "img-src 'self' data:" in page["Content-Security-Policy"]
        assert "media-src 'self'" in page["Content-Security-Policy"]


class TestThePostsOwnPage:
    def test_shows_its_cover_and_how_its_views_grew(self, team: Team, post: Post) -> None:
        for day, (views, is_organic) in enumerate([(100, True), (300, True), (900, False)]):
            PostSnapshot.objects.create(
                post=post, taken_at=team.now - timedelta(days=5 - day), views=views, likes=1, comments=0,
                shares=0, before_first_boost=is_organic,
            )  # fmt: skip
        client = signed_in(team)
        page = client.get(address(team, post, "post")).content.decode()
        assert f"/still/?size=cover&amp;v={post.still_version}" in page
        assert address(team, post, "views_chart") in page
        svg = client.get(address(team, post, "views_chart"))
        assert svg["Content-Type"] == "image/svg+xml"
        for words in ("Organic", "With ads"):
            assert words in svg.content.decode()
            assert words in page

    def test_has_no_chart_of_somebody_else_s_post(self, team: Team, post: Post) -> None:
        url = address(team, post, "views_chart")
        assert Client().get(url).status_code == 302
        assert signed_in(team).get(url.replace(post.item_id, "1")).status_code == 404

"""The truth page by page, over HTTP and from the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from tiktok_sandbox.cli import main
from tiktok_sandbox.server import SandboxError, SandboxServer

PARTS = ("posts", "authorizations", "ads", "ad_days", "orders", "events")
BOOKS = ("by_post", "by_creator", "by_product")


def walked(sandbox: SandboxServer, part: str, *, limit: int) -> list[Any]:
    """All rows of a part, and never more than `limit` at a time."""
    rows: list[Any] = []
    after: int | None = 0
    while after is not None:
        page = sandbox.get(f"truth/?part={part}&after={after}&limit={limit}")
        assert len(page["rows"]) <= limit
        rows += page["rows"]
        after = page["next"]
    assert len(rows) == page["total"]
    return rows


@pytest.fixture(scope="module")
def lived() -> Any:
    with SandboxServer(seed=7) as sandbox:
        sandbox.advance(days=2)
        yield sandbox


@pytest.mark.parametrize("part", PARTS)
def test_pages_put_together_are_the_part_of_the_document(lived: SandboxServer, part: str) -> None:
    assert walked(lived, part, limit=3) == lived.get("truth/")[part]


@pytest.mark.parametrize("part", BOOKS)
def test_books_have_pages_too(lived: SandboxServer, part: str) -> None:
    assert walked(lived, part, limit=3) == lived.get("truth/")["books"][part]


def test_a_page_says_which_world_at_which_instant(lived: SandboxServer) -> None:
    page, document = lived.get("truth/?part=posts"), lived.get("truth/")
    assert {name: page[name] for name in ("schema", "now", "family", "seed")} == {
        name: document[name] for name in ("schema", "now", "family", "seed")
    }
    assert page["next"] is None


def test_a_page_shows_what_happened_since_the_last_one() -> None:
    with SandboxServer(seed=7) as sandbox:
        sandbox.advance(days=1)
        before = sandbox.get("truth/?part=orders")
        sandbox.advance(days=1)
        after = sandbox.get("truth/?part=orders")
        assert after["total"] > before["total"]
        assert after["rows"] == sandbox.get("truth/")["orders"]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("part=secrets", "part must be one of posts"),
        ("after=5", "part must be one of posts"),
        ("part=posts&limit=0", "limit must be a whole number from 1"),
        ("part=posts&limit=10001", "to 10000"),
        ("part=posts&after=-1", "after must be a whole number from 0"),
        ("part=posts&after=x", "after must be a whole number from 0"),
    ],
)
def test_a_wrong_question_is_told_what_would_be_right(
    lived: SandboxServer, question: str, reason: str
) -> None:
    with pytest.raises(SandboxError, match=reason) as refused:
        lived.get(f"truth/?{question}")
    assert refused.value.status == 400


def test_a_page_after_the_last_row_is_empty(lived: SandboxServer) -> None:
    page = lived.get("truth/?part=posts&after=999999")
    assert (page["rows"], page["next"]) == ([], None)


def test_the_command_prints_a_part_with_a_row_per_line(lived: SandboxServer) -> None:
    answer = CliRunner().invoke(main, ["truth", "--url", lived.url, "--part", "orders"])
    rows = [json.loads(line) for line in answer.output.splitlines()]
    assert rows == lived.get("truth/")["orders"]


def test_the_command_says_which_parts_there_are(lived: SandboxServer) -> None:
    answer = CliRunner().invoke(main, ["truth", "--url", lived.url, "--part", "secrets"])
    assert answer.exit_code == 1
    assert "part must be one of posts" in answer.output

"""Posts as a look at the platform tells them: texts are cut to what is kept, ids never."""

from __future__ import annotations

import pytest
from desk import Desk, desk

from kindling.posts.service import PostFacts, record_post

__all__ = ["desk"]

ITEM = "7300000000000000001"


@pytest.mark.parametrize(("told", "kept"), [("7" * 32, "7" * 32), ("7" * 33, "")])
def test_an_id_that_is_too_long_is_none_instead_of_another_posts(
    desk: Desk, told: str, kept: str
) -> None:
    facts = PostFacts(item_id=ITEM, handle="sample.ana", duet_or_stitch_of=told)
    post = record_post(desk.workspace, facts, source="code", at=desk.now)
    assert post.duet_or_stitch_of == kept


def test_an_id_that_is_too_long_leaves_the_one_that_was_known(desk: Desk) -> None:
    for told in ("7300000000000000002", "7" * 33):
        facts = PostFacts(item_id=ITEM, handle="sample.ana", duet_or_stitch_of=told)
        post = record_post(desk.workspace, facts, source="code", at=desk.now)
    assert post.duet_or_stitch_of == "7300000000000000002"


def test_a_text_that_is_too_long_is_cut(desk: Desk) -> None:
    facts = PostFacts(item_id=ITEM, handle="sample.ana", status="S" * 50)
    assert record_post(desk.workspace, facts, source="code", at=desk.now).status == "S" * 40

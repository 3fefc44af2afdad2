"""The API of briefs: from the brief to the decision, over the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from studio import CONTENT, GOOD, Studio, make_studio

from kindling.workspaces import service as workspaces
from kindling.workspaces.service import Actor


class Wire:
    """Requests of one member, by a token of theirs."""

    def __init__(self, actor: Actor) -> None:
        token = workspaces.issue_token(actor, name="test", at=datetime.now(UTC))
        self._key = {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return Client().get(f"/api/v1/briefs{path}", **self._key)

    def post(self, path: str, body: object = None) -> Any:
        return Client().post(
            f"/api/v1/briefs{path}", body or {}, content_type="application/json", **self._key
        )


class TestTheApi:
    def test_lets_nobody_in(self, studio: Studio) -> None:
        for path in ("", f"/{studio.brief.pk}", "/deliverables"):
            assert Client().get(f"/api/v1/briefs{path}").status_code == 401

    def test_shows_nothing_of_somebody_elses(self, studio: Studio) -> None:
        draft = studio.hand_in()
        wire = Wire(make_studio("other", "other.example").owner)
        assert wire.get(f"/{studio.brief.pk}").status_code == 404
        assert wire.get(f"/drafts/{draft.pk}").status_code == 404
        path = f"/deliverables/{studio.work.pk}/drafts"
        assert wire.post(path, {"link": "https://files.example/a"}).status_code == 404
        body = {"side": "brand", "verdict": "approve"}
        assert wire.post(f"/drafts/{draft.pk}/decisions", body).status_code == 404

    @pytest.mark.slow
    def test_walks_from_the_brief_to_the_approval(self, studio: Studio) -> None:
        manager, reviewer, legal = map(Wire, (studio.manager, studio.reviewer, studio.legal))
        said = {
            "title": "Over the wire",
            "product_truth": CONTENT.product_truth,
            "audience_problem": CONTENT.audience_problem,
            "proof_points": list(CONTENT.proof_points),
            "forbidden_claims": ["cures acne"],
        }
        made = manager.post("", said)
        assert (made.status_code, made.json()["state"]) == (201, "draft")
        pk = made.json()["id"]
        assert made.json()["gaps"] == [
            "Choose the disclosure: paid, gifted and own posts all need one."
        ]
        assert manager.post(f"/{pk}/ready").status_code == 422
        changed = Client().put(
            f"/api/v1/briefs/{pk}", {**said, "disclosure": "paid_partnership"},
            content_type="application/json", **manager._key,
        )  # fmt: skip
        assert changed.json()["gaps"] == []
        assert manager.post(f"/{pk}/ready").json()["state"] == "ready"
        (row,) = manager.post(f"/{pk}/deliverables", {"creators": ["@sample.ben"]}).json()
        assert (row["creator"], row["waits_on"]) == ("sample.ben", ["creator"])
        body = {
            "link": "https://files.example/a",
            "caption": GOOD.caption,
            "disclosure": GOOD.disclosure,
        }
        draft = manager.post(f"/deliverables/{row['id']}/drafts", body).json()
        assert {each["outcome"] for each in draft["checks"]} == {"pass", "warn"}
        path = f"/drafts/{draft['id']}/decisions"
        assert reviewer.post(path, {"side": "law", "verdict": "approve"}).status_code == 422
        assert reviewer.post(path, {"side": "legal", "verdict": "approve"}).status_code == 403
        assert reviewer.post(path, {"side": "brand", "verdict": "approve"}).status_code == 201
        decided = legal.post(path, {"side": "legal", "verdict": "approve"}).json()
        assert (decided["state"], decided["approved_caption"]) == ("approved", GOOD.caption)
        posted = manager.post(f"/deliverables/{row['id']}/post", {"post": "7300000000000000009"})
        assert posted.json()["state"] == "posted"
        assert [
            each["id"] for each in manager.get("/deliverables?state=posted").json()["rows"]
        ] == [row["id"]]

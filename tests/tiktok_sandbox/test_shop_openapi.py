"""The shop under its own description: whatever it is sent, an envelope and no crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_seller import Seller
from test_sandbox_openapi import QUIET

from tiktok_sandbox.cli import main
from tiktok_sandbox.describe.shop_openapi import STATUSES, shop_openapi
from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.wire.endpoints import SHOP_ENDPOINTS
from tiktok_sandbox.wire.shop.protocol import ShopEndpoint

SCHEMA = schemathesis.openapi.from_dict(shop_openapi())


def name_of(endpoint: ShopEndpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


class Shopper:
    """A busy shop, and values that exist in it by the name of their parameter."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self.seller = Seller(sandbox)
        sandbox.advance(days=6)
        row = self.seller.ask("POST", "/product/202309/products/search", {}, page_size=1)
        path = "/affiliate_seller/202406/marketplace_creators/search"
        creator = self.seller.ask("POST", path, {}, page_size=12)["creators"][0]
        self.known: dict[str, Any] = {
            "shop_cipher": self.seller.cipher,
            "product_id": row["products"][0]["id"],
            "product_ids": [row["products"][0]["id"]],
            "creator_user_id": creator["creator_user_id"],
            "creator_user_ids": [creator["creator_user_id"]],
        }

    def send(self, case: Any) -> Any:
        case.query = {**(case.query or {}), "shop_cipher": self.seller.cipher}
        case.query.pop("page_token", None)
        for part in (case.body, case.path_parameters):
            if isinstance(part, dict):
                part |= {name: value for name, value in self.known.items() if name in part}
        with requests.Session() as session:
            session.trust_env = False
            return case.call(
                base_url=self.seller.sandbox.url,
                session=session,
                headers={"x-tts-access-token": self.seller.token},
                timeout=30,
            )


@pytest.fixture(scope="module")
def shopper() -> Iterator[Shopper]:
    with SandboxServer(seed=7) as sandbox:
        yield Shopper(sandbox)


class TestEveryEndpoint:
    @pytest.mark.parametrize("endpoint", SHOP_ENDPOINTS, ids=name_of)
    @settings(QUIET, max_examples=6)
    @given(data=st.data())
    def test_answers_an_envelope_whatever_it_is_sent(
        self, shopper: Shopper, endpoint: ShopEndpoint, data: st.DataObject
    ) -> None:
        case = data.draw(SCHEMA[endpoint.path][endpoint.method].as_strategy())
        answer = shopper.send(case)
        assert str(answer.status_code) in STATUSES, answer.text
        envelope = answer.json()
        assert set(envelope) == {"code", "message", "request_id", "data"}
        if not endpoint.is_open:
            assert (envelope["code"] == 0) == (answer.status_code == 200)


class TestDocument:
    def test_describes_every_endpoint(self, shopper: Shopper) -> None:
        served = shopper.seller.sandbox.get("shop-openapi.json")
        printed = json.loads(CliRunner().invoke(main, ["openapi", "--shop"]).output)
        assert served == printed == json.loads(json.dumps(shop_openapi()))
        described = {(m.upper(), path) for path, found in served["paths"].items() for m in found}
        assert described == {(one.method, one.path) for one in SHOP_ENDPOINTS}
        names = [o["operationId"] for found in served["paths"].values() for o in found.values()]
        assert len(set(names)) == len(names)

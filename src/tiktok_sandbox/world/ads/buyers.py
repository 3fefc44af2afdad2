"""Who bought: what the shop knows of the buyer of an order. Sample data, a function of its number.

Every order is of somebody else. Addresses and numbers are of ranges that belong to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_sandbox.world.randomness.columns import IdMint

AGENT = "Mozilla/5.0 (Linux; Android 15) SampleBrowser/1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Plain values, as a shop keeps them; they are hashed before they are sent to TikTok."""

    user_id: str
    nickname: str
    email: str
    phone: str
    external_id: str
    ip: str
    user_agent: str
    ttp: str


def buyer_of(seed: int, number: int) -> Buyer:
    """The buyer of the order in row `number` of the ledger, from 0."""
    mint, count = IdMint(seed), number + 1
    return Buyer(
        user_id=mint.digits("buyer", number, prefix="74"),
        nickname=f"sample_buyer_{count}",
        email=f"buyer{count}@shop.example",
        phone=f"+1555{count % 10_000_000:07d}",
        external_id=f"customer-{count}",
        ip=f"192.0.2.{count % 254 + 1}",
        user_agent=AGENT,
        ttp=mint.hex("buyer.ttp", number, 13),
    )

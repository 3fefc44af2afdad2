"""The business around the ads: Business Center, a Business Center, a shop, past LIVEs.

`furnish` gives a world whose family brings none of it the sample ones, drawn from its seed.
"""

from __future__ import annotations

from datetime import timedelta

from tiktok_sandbox.world.randomness.columns import IdMint
from tiktok_sandbox.world.state.business import Live, Store
from tiktok_sandbox.world.state.state import State

LIVE_DAYS_BEFORE = (21, 14, 7)


def add_sample_business(state: State) -> None:
    """Give the state a Business Center, a shop and past LIVEs, unless it has them."""
    if state.bc_id:
        return
    mint = IdMint(state.seed)
    state.bc_id = mint.digits("business_center", 0, prefix="71")
    for account in state.advertisers.values():
        account.bc_id = account.bc_id or state.bc_id
    brands = [creator for creator in state.creators.values() if creator.is_brand]
    for creator in brands:
        creator.bc_ids = creator.bc_ids or [state.bc_id]
    if not state.stores and brands:
        _open_store(state, mint, handles=[creator.handle for creator in brands])
    if not state.lives:
        for number, days in enumerate(LIVE_DAYS_BEFORE * len(brands[:1])):
            start = state.epoch - timedelta(days=days, hours=5)
            live_id = mint.digits("live", number, prefix="73")
            end = start + timedelta(hours=2)
            state.lives.append(
                Live(live_id=live_id, handle=brands[0].handle, started_at=start, finished_at=end)
            )


def _open_store(state: State, mint: IdMint, *, handles: list[str]) -> None:
    store = Store(
        store_id=mint.digits("store", 0, prefix="74"),
        name="Sample Shop",
        bc_id=state.bc_id,
        region="US",
        currency=next((product.currency for product in state.products.values()), "USD"),
        advertiser_ids=list(state.advertisers),
        handles=handles,
        spu_ids={
            mint.digits("spu", number, prefix="17"): sku
            for number, sku in enumerate(state.products)
        },
    )
    state.stores[store.store_id] = store

"""Subscriptions, and the webhooks that wait to be delivered. All of it is saved with the world."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.world.state.entities import Record


class Subscription(Record, kw_only=True):
    """One of /subscription/. `access_token` is a secret; when it is revoked nothing is sent."""

    subscription_id: str
    entity: str
    callback_url: str
    access_token: str
    advertiser_ids: list[str]
    adgroup_id: str | None
    ad_id: str | None
    detail: dict[str, object]
    created_at: datetime

    def __repr__(self) -> str:
        return f"Subscription({self.subscription_id!r}, {self.entity!r})"


class AccountHook(Record, kw_only=True):
    """The app's webhook of the Accounts API for one kind of event; no items means all of them."""

    event_type: str
    callback_url: str
    item_list: list[str]


class WebhookDelivery(Record, kw_only=True):
    """One webhook on its way. signed_for is the app's secret that signs it: client, ads or none."""

    number: int
    event: str
    callback_url: str
    body: str
    signed_for: str
    created_at: datetime
    next_at: datetime
    attempts: int = 0
    delivered_at: datetime | None = None
    given_up: bool = False
    last_answer: str = ""


class TcmApplication(Record, kw_only=True):
    """A brand's request through Creator Marketplace; the creator answers at answer_at."""

    tcm_account_id: str
    item_id: str
    days: int
    applied_at: datetime
    answer_at: datetime
    accepts: bool
    auth_code: str | None = None
    is_answered: bool = False


class Webhooks(Record, kw_only=True):
    """pending are undelivered; ended the last ones that were delivered or given up."""

    subscriptions: dict[str, Subscription] = {}
    hooks: dict[str, AccountHook] = {}
    pending: list[WebhookDelivery] = []
    ended: list[WebhookDelivery] = []
    queued: int = 0
    # Ad ids whose fatigue was reported, with the day; ad groups whose first review was.
    fatigued: dict[str, str] = {}
    reviewed_groups: dict[str, bool] = {}
    applications: dict[str, TcmApplication] = {}

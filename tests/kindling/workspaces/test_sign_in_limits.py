"""A flood of wrong passwords locks out who sends it, not the rightful person."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from kindling.kit.client_address import TrustedProxies
from kindling.workspaces.models import User

PASSWORD = "a good sample password"
THEIRS, ATTACKERS = "198.51.100.7", "203.0.113.9"


@pytest.fixture
def person(database: None) -> User:
    cache.clear()
    return User.objects.create_user("ana@shop.example", password=PASSWORD)


def sign_in(client: Client, password: str, *, email: str = "ana@shop.example", **meta: str) -> bool:
    answer = client.post(reverse("account_login"), {"login": email, "password": password}, **meta)
    assert answer.status_code in {200, 302}, answer.status_code
    return answer.status_code == 302


def flood(address: str, *, times: int = 30, email: str = "ana@shop.example", **meta: str) -> None:
    attacker = Client(REMOTE_ADDR=address)
    for _ in range(times):
        assert not sign_in(attacker, "wrong", email=email, **meta)


def known_device(address: str, *, email: str = "ana@shop.example") -> Client:
    """A browser that has signed in and out again: it keeps what is not the session's."""
    device = Client(REMOTE_ADDR=address)
    assert sign_in(device, PASSWORD, email=email)
    kept = device.cookies["kindling_device"].value
    device.logout()
    device.cookies["kindling_device"] = kept
    return device


class TestAFloodOfWrongPasswords:
    def test_stops_its_own_address_even_with_the_right_one(self, person: User) -> None:
        flood(ATTACKERS)
        assert not sign_in(Client(REMOTE_ADDR=ATTACKERS), PASSWORD)

    def test_does_not_lock_the_person_out_at_another_address(self, person: User) -> None:
        flood(ATTACKERS)
        assert sign_in(Client(REMOTE_ADDR=THEIRS), PASSWORD)

    @pytest.mark.slow
    def test_does_not_lock_out_a_known_device_at_the_same_address(self, person: User) -> None:
        device = known_device(THEIRS)
        flood(THEIRS)
        flood(THEIRS, email="ben@shop.example")
        assert sign_in(device, PASSWORD)
        assert not sign_in(Client(REMOTE_ADDR=THEIRS), PASSWORD)

    def test_from_a_known_device_is_stopped_too(self, person: User) -> None:
        device = known_device(THEIRS)
        for _ in range(10):
            assert not sign_in(device, "wrong")
        assert not sign_in(device, PASSWORD)

    def test_of_many_accounts_is_stopped_by_its_address(self, person: User) -> None:
        for number in range(10):
            flood(ATTACKERS, times=1, email=f"sample{number}@shop.example")
        assert not sign_in(Client(REMOTE_ADDR=ATTACKERS), PASSWORD)

    def test_gets_no_further_with_the_cookie_of_another_account(self, person: User) -> None:
        User.objects.create_user("eve@shop.example", password=PASSWORD)
        eve = known_device(ATTACKERS, email="eve@shop.example")
        for _ in range(5):
            assert not sign_in(eve, "wrong")
        assert not sign_in(eve, PASSWORD)


class TestTheAddressThatCounts:
    def test_cannot_be_chosen_by_a_header(self, person: User) -> None:
        attacker = Client(REMOTE_ADDR=ATTACKERS)
        for number in range(10):
            assert not sign_in(attacker, "wrong", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
        assert not sign_in(attacker, PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.99")

    def test_is_the_clients_behind_a_trusted_proxy(self, person: User, settings: Any) -> None:
        settings.KINDLING_TRUSTED_PROXIES = TrustedProxies.parse("10.0.0.0/8")
        proxy = "10.0.0.1"
        flood(proxy, HTTP_X_FORWARDED_FOR=ATTACKERS)
        behind = Client(REMOTE_ADDR=proxy)
        assert not sign_in(behind, PASSWORD, HTTP_X_FORWARDED_FOR=f"192.0.2.1, {ATTACKERS}")
        assert sign_in(behind, PASSWORD, HTTP_X_FORWARDED_FOR=THEIRS)

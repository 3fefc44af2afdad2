"""Planned faults: calls of a path, or webhooks of an event, that go wrong in a chosen way."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

Kind = Literal[
    "drop_reply",
    "drop_request",
    "error",
    "http_500",
    "delay",
    "stale_list",
    "duplicate_webhook",
    "lose_webhook",
]
Since = Literal["last_write", "simulated", "real"]
LONGEST_DELAY_SECONDS = 120.0
WEBHOOK_KINDS = ("duplicate_webhook", "lose_webhook")


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What happens to the next `times` calls that match `path` (without the version prefix).

    path : exact, or a pattern with * and ?, like "/campaign/*"; of a webhook its event, like "AD"
    kind : "drop_reply" carries the call out and closes the connection without an answer;
        "drop_request" closes it without any effect; "error" answers `code` and "http_500" answers
        HTTP `status`, both without effect; "delay" waits `seconds` and then carries on;
        "stale_list" answers a GET from the world as it was `since` says: before the last write,
        or `seconds` of simulated or real time ago (not before the fault was planned);
        "duplicate_webhook" delivers twice, "lose_webhook" fails the attempt
    times : how many calls it hits; None never ends
    probability : of hitting a call that matches; drawn from `seed` and the count of such calls
    skip : matching calls that pass untouched first
    """

    path: str
    kind: Kind
    code: int = 50000
    status: int = 500
    seconds: float = 0.0
    since: Since = "last_write"
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0
    skip: int = 0
    met: int = 0

    def hits(self) -> bool:
        """Count a matching call: does the fault hit it?"""
        self.met += 1
        if self.met <= self.skip:
            return False
        text = f"{self.seed}|{self.path}|{self.kind}|{self.met}".encode()
        drawn = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") / 2**64
        return drawn < self.probability


class FaultPlan:
    """Faults in the order they were planned; each call uses up at most one."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def standing(self) -> list[Fault]:
        return list(self._faults)

    def wants_history(self) -> bool:
        """Does a standing fault need the world as it was?"""
        return any(fault.kind == "stale_list" for fault in self._faults)

    def take(self, path: str, *, method: str = "POST") -> Fault | None:
        """The fault this call meets, counted down."""
        for fault in self._faults:
            if fault.kind in WEBHOOK_KINDS or (fault.kind == "stale_list" and method != "GET"):
                continue
            if fnmatchcase(path, fault.path) and fault.hits():
                return self._used(fault)
        return None

    def take_webhook(self, event: str) -> Fault | None:
        """The fault this delivery meets, counted down."""
        for fault in self._faults:
            if fault.kind in WEBHOOK_KINDS and fnmatchcase(event, fault.path) and fault.hits():
                return self._used(fault)
        return None

    def _used(self, fault: Fault) -> Fault:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)
        return fault

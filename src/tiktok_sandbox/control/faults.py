"""Planned faults: the next n calls of a path fail in a chosen way."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["drop_reply", "error", "http_500", "delay"]
LONGEST_DELAY_SECONDS = 120.0


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What happens to the next `times` calls of `path` (without the version prefix).

    kind : "drop_reply" carries the call out and closes the connection without an answer;
        "error" answers `code` and "http_500" answers HTTP 500, both without any effect;
        "delay" waits `seconds` and then carries on.
    """

    path: str
    kind: Kind
    code: int = 50000
    seconds: float = 0.0
    times: int = 1


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

    def take(self, path: str) -> Fault | None:
        """The fault this call meets, counted down."""
        for fault in self._faults:
            if fault.path == path:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None


def cut_connection(client: tuple[str, int]) -> bool:
    """Close the TCP connection to `client` at once, without an answer.

    The server gives no such handle, so the socket is found among this process's own descriptors
    by the address of its other end. Returns whether it was found.
    """
    for entry in Path("/dev/fd").iterdir():
        try:
            number = int(entry.name)
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            connection = socket.socket(fileno=os.dup(number))
        except (OSError, ValueError):
            continue  # closed since it was listed
        with connection:
            try:
                if connection.getpeername()[:2] == client:
                    connection.shutdown(socket.SHUT_RDWR)
                    return True
            except (OSError, TypeError):
                continue
    return False

"""Sockets of this process that only the HTTP server's native part holds a handle of.

They are found among the process's descriptors, where the system lists those (Linux, macOS).
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

DESCRIPTORS = Path("/dev/fd")


def own_sockets() -> Iterator[tuple[int, socket.socket]]:
    """Every open socket's descriptor, with a handle on the same socket that the loop closes."""
    if not DESCRIPTORS.is_dir():
        return
    for entry in list(DESCRIPTORS.iterdir()):
        try:
            number = int(entry.name)
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            handle = socket.socket(fileno=os.dup(number))
        except (OSError, ValueError):
            continue  # closed since it was listed
        with handle:
            yield number, handle


def cut_connection(client: tuple[str, int]) -> bool:
    """Close the TCP connection to `client` at once, without an answer; was it found?"""
    for _, handle in own_sockets():
        try:
            if handle.getpeername()[:2] == client:
                handle.shutdown(socket.SHUT_RDWR)
                return True
        except (OSError, TypeError):
            continue
    return False


def close_listener(port: int) -> None:
    """Close what is left of a stopped server's listening socket: granian never closes its own."""
    for number, handle in own_sockets():
        if handle.family != socket.AF_INET or handle.getsockname()[1] != port:
            continue
        try:
            handle.getpeername()
        except OSError:  # no peer: it is the listening one
            os.close(number)

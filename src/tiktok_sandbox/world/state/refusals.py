"""What the world refuses, by name. The wire and the phone each translate names to their words."""

from __future__ import annotations


class RefusedError(Exception):
    """The world said no. `name` is stable; the message is for people and names the next step."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message

"""A world kept in a file while it is served: whatever was answered is there after a kill -9.

A save is written beside the file, synced, and put in its place by one rename, so the file is always
the whole world before a step or the whole world after it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.world.storage import load, save
from tiktok_sandbox.world.world import World

try:
    import fcntl
except ImportError:  # not a POSIX system: two servers on one file are the user's to avoid there
    fcntl = None  # type: ignore[assignment]

LOOK_EVERY_SECONDS = 0.2


class StateFileError(OSError):
    """The file cannot be used or written; the message says why."""


class StateFile:
    """One file, for one server at a time. Raises StateFileError when another one has it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unfinished = path.with_name(path.name + ".saving")
        try:
            self._lock = path.with_name(path.name + ".lock").open("ab")
        except OSError as error:
            raise StateFileError(f"{path} cannot be used: {error.strerror}") from None
        if fcntl is not None:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._lock.close()
                raise StateFileError(f"{path} is in use by another sandbox") from None

    def read(self) -> World | None:
        """The saved world, None when there is no file yet. Raises WorldFileError, StateFileError."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateFileError(f"{self.path} cannot be read: {error.strerror}") from None
        return load(data)

    def write(self, data: bytes) -> None:
        """Put the world in the place of the last one, or leave that as it is. Raises StateFileError."""
        try:
            with self._unfinished.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._unfinished.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            raise StateFileError(f"{self.path} cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """Let another server have the file."""
        self._lock.close()


class Keeper:
    """Saves the world of a hub whenever a request or a simulated hour may have changed it."""

    def __init__(self, hub: Hub, file: StateFile) -> None:
        self.hub = hub
        self.file = file
        self._kept: tuple[World, int, int] | None = None

    def keep(self) -> None:
        """Save unless nothing has happened since the last save. Raises StateFileError."""
        world = self.hub.world
        present = world, self.hub.writes, world.state.ticks_done
        if self._kept is not None and self._kept[0] is world:
            # An advance is saved when it is done; till then only what others write.
            written = 2 if self.hub.is_passing else 3
            if self._kept[1:written] == present[1:written]:
                return
        self.file.write(save(world))
        self._kept = present

    async def run(self, warn: Callable[[str], None]) -> None:
        """Save what happens while nobody asks, until cancelled: hours of a running clock, webhooks."""
        warned = False
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            if self.hub.world.state.clock.speed:
                self.hub.current()
            try:
                self.keep()
                warned = False
            except StateFileError as error:
                if not warned:
                    warn(str(error))
                warned = True


def _sync_folder(folder: Path) -> None:
    """Make the rename last through a loss of power, where folders can be synced."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)

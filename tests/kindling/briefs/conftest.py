"""The sample studio as a fixture, in a time that stands still."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from stages import Beginnings
from studio import NOW, Studio, make_studio

from kindling import clock


class Still:
    """A clock that stands an hour after the studio was made."""

    def now(self) -> datetime:
        return NOW + timedelta(hours=1)


@pytest.fixture
def studio(database: None, beginnings: Beginnings, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setattr(clock, "_CLOCK", Still())
    return beginnings.of("studio", make_studio)

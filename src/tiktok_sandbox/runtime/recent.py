"""Request ids seen lately, for the check of duplicates."""

from __future__ import annotations


class RecentRequests:
    """Request ids seen lately, for the 10-second duplicate check; counted in real seconds."""

    WINDOW_SECONDS = 10.0

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], float] = {}

    def is_repeat(self, path: str, advertiser_id: str, request_id: str, *, real: float) -> bool:
        self._seen = {k: at for k, at in self._seen.items() if real - at < self.WINDOW_SECONDS}
        key = (path, advertiser_id, request_id)
        if key in self._seen:
            return True
        self._seen[key] = real
        return False

"""A creator who connected the team's app: calls with the creator's own token."""

from __future__ import annotations

from typing import Any

from sandbox_team import Team


class CreatorApp:
    """The Accounts API of one creator of the world."""

    def __init__(self, team: Team, handle: str, *, scope: str = "") -> None:
        self.team, self.handle, self.scope = team, handle, scope
        self.connect()

    def connect(self) -> None:
        """Authorize anew; a token lives a simulated day."""
        asked = {"handle": self.handle, "scope": self.scope}
        code = self.team.sandbox.post("grants/creator/", asked)
        app = self.team.world["app"]
        answer = self.team.post(
            "/tt_user/oauth2/token/",
            client_id=app["client_key"],
            client_secret=app["client_secret"],
            grant_type="authorization_code",
            auth_code=code["auth_code"],
            redirect_uri="https://shop.example/back",
        )
        self.token, self.open_id = answer["access_token"], answer["open_id"]

    def get(self, path: str, **given: object) -> Any:
        return self.team.get(path, token=self.token, business_id=self.open_id, **given)

    def post(self, path: str, **given: object) -> Any:
        return self.team.post(path, token=self.token, business_id=self.open_id, **given)

    def refused(self, method: str, path: str, **given: object) -> tuple[int, str]:
        given.setdefault("business_id", self.open_id)
        return self.team.refused(method, path, token=self.token, **given)

    def comments(self, video_id: str, **given: object) -> list[dict[str, Any]]:
        """Every top-level comment of a post, page by page."""
        found: list[dict[str, Any]] = []
        cursor, more = "0", True
        while more:
            page = self.get(
                "/business/comment/list/",
                **{"video_id": video_id, "cursor": cursor, "max_count": 30} | given,
            )
            found += page["comments"]
            cursor, more = str(page["cursor"]), page["has_more"]
        return found

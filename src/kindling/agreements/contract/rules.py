"""The states of an agreement and the changes between them. Pure."""

from __future__ import annotations

from enum import StrEnum

# --- States ---------------------------------------------------------------------------------------------------


class State(StrEnum):
    """An agreement's life. While a new version waits for consent the one in force keeps it agreed."""

    DRAFT = "draft"
    OFFERED = "offered"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    BREACHED = "breached"


IN_FORCE = frozenset({State.AGREED, State.BREACHED})
MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.OFFERED, State.AGREED, State.WITHDRAWN}),
    State.OFFERED: frozenset({State.AGREED, State.DECLINED, State.WITHDRAWN}),
    State.DECLINED: frozenset({State.DRAFT}),
    State.WITHDRAWN: frozenset({State.DRAFT}),
    State.AGREED: frozenset({State.ENDED, State.BREACHED}),
    State.BREACHED: frozenset({State.AGREED, State.ENDED}),
    State.ENDED: frozenset(),
}

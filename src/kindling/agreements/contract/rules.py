"""The states of an agreement and the changes between them. Pure."""

from __future__ import annotations

from enum import StrEnum

# --- States ---------------------------------------------------------------------------------------------------


class AgreementState(StrEnum):
    """An agreement's life. While a new version waits for consent the one in force keeps it agreed."""

    DRAFT = "draft"
    OFFERED = "offered"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    BREACHED = "breached"


IN_FORCE = frozenset({AgreementState.AGREED, AgreementState.BREACHED})
TRANSITIONS: dict[AgreementState, frozenset[AgreementState]] = {
    AgreementState.DRAFT: frozenset(
        {AgreementState.OFFERED, AgreementState.AGREED, AgreementState.WITHDRAWN}
    ),
    AgreementState.OFFERED: frozenset(
        {AgreementState.AGREED, AgreementState.DECLINED, AgreementState.WITHDRAWN}
    ),
    AgreementState.DECLINED: frozenset({AgreementState.DRAFT}),
    AgreementState.WITHDRAWN: frozenset({AgreementState.DRAFT}),
    AgreementState.AGREED: frozenset({AgreementState.ENDED, AgreementState.BREACHED}),
    AgreementState.BREACHED: frozenset({AgreementState.AGREED, AgreementState.ENDED}),
    AgreementState.ENDED: frozenset(),
}

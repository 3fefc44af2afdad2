"""What each row of a tracker would write, planned against what is on record and what rows before it said.

Nothing is written here. Codes stand in no explanation, only their last letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from kindling.agreements.models import UsageRight
from kindling.authorizations.codes.code_digest import digest_of
from kindling.authorizations.codes.intake import CodeRow
from kindling.authorizations.lifecycle import rules as codes
from kindling.authorizations.models import Authorization, IntakeRow
from kindling.kit.money import from_minor
from kindling.kit.time import parse_instant, start_of_day
from kindling.posts.models import Post
from kindling.products import service as products
from kindling.tracker.plan_creators import CreatorPlan, Planner, RowOutcome, RowPart
from kindling.tracker.reading.columns import Field
from kindling.tracker.reading.rows import TrackerRow
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor

AT_ONCE = 500  # values in one query
A_DAY = timedelta(days=1)
# What a right is wrong without. A fee is not: it is refused for itself, and the right stands.
_RIGHT_CELLS = {
    Field.PAID_USE, Field.RIGHTS_FROM, Field.RIGHTS_UNTIL, Field.HOLD_UNTIL, Field.TERRITORY,
}  # fmt: skip
_MONEY_CELLS = (Field.FEE, Field.COMMISSION)


@dataclass(frozen=True, slots=True)
class RowLook:
    """One line of a sheet: whose it is, and what becomes of each of its parts."""

    line: int
    handle: str
    parts: tuple[RowPart, ...]
    said: tuple[str, ...] = ()
    sheet: str = ""

    @property
    def outcome(self) -> RowOutcome:
        """Refused when nothing of it is good; partly when some of it is."""
        found = {part.outcome for part in self.parts}
        wrote = found & {RowOutcome.TAKEN, RowOutcome.CHANGED}
        if RowOutcome.REFUSED in found:
            return RowOutcome.PARTLY if wrote or RowOutcome.SAME in found else RowOutcome.REFUSED
        if wrote:
            return RowOutcome.TAKEN if RowOutcome.TAKEN in found else RowOutcome.CHANGED
        return RowOutcome.SAME if RowOutcome.SAME in found else RowOutcome.SKIPPED

    def to_json(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet or None,
            "line": self.line,
            "handle": self.handle or None,
            "outcome": self.outcome,
            "parts": [part.to_json() for part in self.parts],
            "assumed": list(self.said),
        }


@dataclass(slots=True)
class RowPlan:
    """What one row writes."""

    entry: TrackerRow
    parts: list[RowPart]
    creator: CreatorPlan | None = None
    is_new_post: bool = False
    sku: str = ""
    right: dict[str, str] | None = None
    codes: list[CodeRow] = field(default_factory=list, repr=False)

    def look(self) -> RowLook:
        return RowLook(
            line=self.entry.line,
            handle=self.creator.handle if self.creator else self.entry.handle,
            parts=tuple(self.parts),
            said=self.entry.said,
            sheet=self.entry.sheet,
        )


class TrackerPlanner:
    """Plans rows one after the other against what is on record and what earlier rows said."""

    def __init__(
        self,
        actor: Actor,
        rows: Iterable[TrackerRow],
        *,
        unlinked_is_all: bool,
        today: date,
        has_account: bool,
    ) -> None:
        good = [each for each in rows if each.is_good]
        self._actor, self._workspace, self._today = actor, actor.workspace, today
        self._unlinked_is_all = unlinked_is_all
        self._creators = Planner(self._workspace, good)
        self._posts = _posts(self._workspace, {each.item_id for each in good if each.item_id})
        self._rights = _rights(self._workspace, {self._creators.handle_of(each) for each in good})
        self._skus = set(products.products(self._workspace))
        self._codes = _Codes(self._workspace, good, has_account=has_account)
        self._seen: dict[tuple[object, ...], TrackerRow] = {}

    def plan(self, entry: TrackerRow) -> RowPlan:
        if entry.skipped:
            return RowPlan(entry, [RowPart("row", RowOutcome.SKIPPED, entry.skipped)])
        if entry.refused:
            return RowPlan(
                entry, [RowPart("row", RowOutcome.REFUSED, entry.refused, "Correct the line.")]
            )
        same_as = self._line_that_says_the_same(entry)
        if same_as is not None:
            words = f"The line is the same as {_place(same_as, entry)}."
            return RowPlan(entry, [RowPart("row", RowOutcome.SKIPPED, words)])
        creator, parts = self._creators.plan(entry)
        plan = RowPlan(entry, parts, creator=creator)
        has_post = self._post(plan, creator.handle)
        self._right(plan, creator.handle, has_post=has_post)
        _refuse_money(plan)
        self._code(plan, creator.handle, has_post=has_post)
        return plan

    def _line_that_says_the_same(self, entry: TrackerRow) -> TrackerRow | None:
        key = tuple(
            tuple(sorted(value.items())) if isinstance(value, dict) else value
            for name in TrackerRow.__slots__
            if name not in {"line", "sheet", "said"}
            for value in [getattr(entry, name)]
        )
        first = self._seen.setdefault(key, entry)
        return first if first is not entry else None

    def _post(self, plan: RowPlan, handle: str) -> bool:
        """Plan the row's post. False when it cannot be this creator's, so that nothing hangs on it."""
        entry = plan.entry
        if Field.POST in entry.problems:
            plan.parts.append(
                RowPart(
                    "post",
                    RowOutcome.REFUSED,
                    entry.problems[Field.POST],
                    "Correct the link.",
                )
            )
            return False
        if not entry.item_id:
            return True
        owner = self._posts.get(entry.item_id)
        if owner is not None and owner != handle:
            plan.parts.append(
                RowPart(
                    "post", RowOutcome.REFUSED, f"Post {entry.item_id} belongs to @{owner}.",
                    "Correct the handle or the link; if they are the same creator, merge them.",
                )
            )  # fmt: skip
            return False
        unknown = (
            f" {entry.sku} is not a known product; it is ignored."
            if entry.sku and entry.sku not in self._skus
            else ""
        )
        if owner is None:
            plan.is_new_post = True
            plan.parts.append(
                RowPart(
                    "post",
                    RowOutcome.TAKEN,
                    f"Post {entry.item_id} is added to the library.{unknown}",
                )
            )
        else:
            plan.parts.append(
                RowPart(
                    "post",
                    RowOutcome.SAME,
                    f"Post {entry.item_id} is already in the library.{unknown}",
                )
            )
        plan.sku = entry.sku if entry.sku in self._skus else ""
        self._posts[entry.item_id] = handle
        return True

    # --- Rights -------------------------------------------------------------------------------------------------

    def _right(self, plan: RowPlan, handle: str, *, has_post: bool) -> None:
        entry = plan.entry
        wrong = {
            column: words for column, words in entry.problems.items() if column in _RIGHT_CELLS
        }
        if not entry.names_right and not wrong:
            if entry.fee_minor:
                plan.parts.append(
                    RowPart(
                        "right", RowOutcome.SKIPPED, "The fee is not imported: the line has no usage rights.",
                        "Create an agreement for it.",
                    )
                )  # fmt: skip
            return
        known = self._rights.get((handle, entry.item_id))
        refused = self._why_no_right(entry, wrong, known, has_post=has_post)
        if refused is not None:
            plan.parts.append(refused)
            return
        if known is None and entry.paid_allowed is False and entry.rights_until is None:
            plan.parts.append(
                RowPart("right", RowOutcome.SKIPPED, "Paid use is not allowed: nothing to import.")
            )
            return
        right = self._merged(entry, known, handle)
        if parse_instant(right["rights_end"]) <= parse_instant(right["rights_start"]):
            plan.parts.append(
                RowPart(
                    "right",
                    RowOutcome.REFUSED,
                    "The usage rights end before they start.",
                    "Correct the dates.",
                )
            )
            return
        self._say_right(plan, right, known, handle)

    def _why_no_right(
        self,
        entry: TrackerRow,
        wrong: Mapping[Field, str],
        known: dict[str, str] | None,
        *,
        has_post: bool,
    ) -> RowPart | None:
        def refuse(words: str, next_step: str, outcome: RowOutcome = RowOutcome.REFUSED) -> RowPart:
            return RowPart("right", outcome, words, next_step)

        if wrong:
            said = " ".join(f"{column.label}: {words}" for column, words in wrong.items())
            return refuse(said, "Correct the cell; the usage rights need it.")
        if not has_post:
            return refuse(
                "The usage rights are not imported: the post is not clear.", "Correct the link."
            )
        if not entry.item_id and not self._unlinked_is_all:
            return refuse(
                "The usage rights are not imported: the line has no post.",
                "Add the link, or choose above that such usage rights cover all posts of the creator.",
            )
        if known is not None and known["agreement"]:
            return refuse(
                f"The usage rights come from the agreement “{known['agreement']}”, which takes precedence.",
                "",
                RowOutcome.SKIPPED,
            )
        if entry.paid_allowed is None and known is None:
            return refuse(
                "The usage rights are not imported: the sheet does not say that paid use is allowed.",
                "Choose the column for paid use, or choose above that usage rights with an end date allow it.",
            )
        if entry.paid_allowed and entry.rights_until is None and known is None:
            return refuse(
                "The usage rights are not imported: the end date is missing.",
                "Add the end date of the usage rights.",
            )
        return None

    def _merged(
        self, entry: TrackerRow, known: dict[str, str] | None, handle: str
    ) -> dict[str, str]:
        """The right as it would stand: what the sheet says, else what is on record, never blanked."""
        zone, kept = self._workspace.timezone, known or {}

        def start(day: date | None, otherwise: str) -> str:
            return start_of_day(day, zone).isoformat() if day else otherwise

        currency = entry.currency or kept.get("currency") or self._workspace.currency
        paid = (
            kept.get("paid_allowed")
            if entry.paid_allowed is None
            else ("yes" if entry.paid_allowed else "no")
        )
        return {
            "handle": handle,
            "item_id": entry.item_id,
            "sku": entry.sku or kept.get("sku", ""),
            "currency": currency,
            "paid_allowed": paid or "no",
            "rights_start": start(
                entry.rights_from, kept.get("rights_start") or start(self._today, "")
            ),
            "rights_end": start(
                entry.rights_until + A_DAY if entry.rights_until else None,
                kept.get("rights_end", ""),
            ),
            "hold_until": start(
                entry.hold_until + A_DAY if entry.hold_until else None, kept.get("hold_until", "")
            ),
            "territory": " ".join(entry.territory) or kept.get("territory", ""),
            "content_fee": (
                str(from_minor(entry.fee_minor, currency))
                if entry.fee_minor is not None
                else kept.get("content_fee", "0")
            ),
            "commission_percent": (
                f"{entry.commission_bp / 100:g}"
                if entry.commission_bp is not None
                else kept.get("commission_percent", "")
            ),
        }

    def _say_right(
        self, plan: RowPlan, right: dict[str, str], known: dict[str, str] | None, handle: str
    ) -> None:
        changed = [] if known is None else [name for name in right if right[name] != known[name]]
        end = date.fromisoformat(right["rights_end"][:10])
        until = plan.entry.rights_until or end
        what = f"post {plan.entry.item_id}" if plan.entry.item_id else f"all posts of @{handle}"
        hold = "" if right["hold_until"] else " There is no hold period: a launch needs one."
        allowed = (
            "Paid use is allowed" if right["paid_allowed"] == "yes" else "Paid use is not allowed"
        )
        if known is None:
            part = RowPart(
                "right", RowOutcome.TAKEN, f"{allowed} for {what} until {until.isoformat()}.{hold}"
            )
        elif changed:
            words = ", ".join(each.replace("_", " ") for each in changed)
            part = RowPart(
                "right", RowOutcome.CHANGED, f"The usage rights for {what} change: {words}.{hold}"
            )
        else:
            plan.parts.append(
                RowPart(
                    "right", RowOutcome.SAME, f"The usage rights for {what} are on record.{hold}"
                )
            )
            return
        plan.parts.append(part)
        plan.right = right
        self._rights[handle, plan.entry.item_id] = {**right, "agreement": ""}

    # --- Codes --------------------------------------------------------------------------------------------------

    def _code(self, plan: RowPlan, handle: str, *, has_post: bool) -> None:
        entry = plan.entry
        if Field.CODE in entry.problems:
            plan.parts.append(
                RowPart("code", RowOutcome.REFUSED, entry.problems[Field.CODE], "Correct the cell.")
            )
            return
        if not entry.codes:
            return
        if not self._actor.can(Action.TAKE_CODES):
            plan.parts.append(
                RowPart(
                    "code",
                    RowOutcome.REFUSED,
                    "Your role does not allow adding video codes.",
                    "Ask a member with the right role.",
                )
            )
            return
        if not has_post:
            plan.parts.append(
                RowPart(
                    "code",
                    RowOutcome.REFUSED,
                    "The code is not added: the post is not clear.",
                    "Correct the link.",
                )
            )
            return
        for code in entry.codes:
            part, row = self._codes.plan(entry, code, handle)
            plan.parts.append(part)
            if row is not None:
                plan.codes.append(row)


class _Codes:
    """Which codes of a sheet are new. Plain codes stay in here."""

    def __init__(
        self, workspace: Workspace, rows: Iterable[TrackerRow], *, has_account: bool
    ) -> None:
        self._lines: dict[str, TrackerRow] = {}
        self._has_account = has_account
        digests = []
        for code in (code for each in rows for code in each.codes):
            try:
                digests.append(digest_of(codes.clean_code(code)))
            except ValueError:
                continue
        self._bound: dict[str, str] = {}
        for start in range(0, len(digests), AT_ONCE):
            found = Authorization.objects.filter(
                workspace=workspace, code_digest__in=digests[start : start + AT_ONCE]
            )
            self._bound |= dict(found.values_list("code_digest", "post__item_id"))
        waiting = IntakeRow.objects.filter(intake__workspace=workspace).exclude(code="")
        self._waiting = {code: pk for code, pk in waiting.values_list("code", "intake")}  # noqa: C416 (typed)

    def plan(self, entry: TrackerRow, written: str, handle: str) -> tuple[RowPart, CodeRow | None]:
        try:
            code = codes.clean_code(written)
        except ValueError as error:
            words = str(error).rstrip(".") + "."
            return RowPart("code", RowOutcome.REFUSED, words, "Ask for the video code again."), None
        hint = codes.mask(code)
        first = self._lines.setdefault(code, entry)
        if first is not entry:
            words = f"Video code {hint} is already in {_place(first, entry)}."
            return RowPart(
                "code",
                RowOutcome.SKIPPED,
                words,
                "A video code is for one post: ask for another code.",
            ), None
        known = self._bound.get(digest_of(code))
        if known is not None:
            return RowPart(
                "code", RowOutcome.SAME, f"Video code {hint} is on record for post {known}."
            ), None
        if code in self._waiting:
            words = f"Video code {hint} is in progress in batch {self._waiting[code]}."
            return RowPart("code", RowOutcome.SAME, words), None
        for column in (Field.CODE_DAYS,):
            if column in entry.problems:
                return RowPart(
                    "code", RowOutcome.REFUSED, entry.problems[column], "Correct the cell."
                ), None
        row = CodeRow(
            line=entry.line, code=code, handle=handle, post=entry.item_id,
            days=str(entry.code_days) if entry.code_days else "", sheet=entry.sheet,
            part=entry.codes.index(written) + 1,
        )  # fmt: skip
        then = (
            "is checked at TikTok, then bound"
            if self._has_account
            else "is kept, and checked at TikTok once an ad account is connected"
        )
        return RowPart(
            "code",
            RowOutcome.TAKEN,
            f"Video code {hint} {then}.{_end_words(entry)}",
        ), row


def _place(of: TrackerRow, seen_from: TrackerRow) -> str:
    """Where a line stands: with its sheet's name only for who reads another sheet."""
    return f"line {of.line}" if of.sheet == seen_from.sheet else of.place


def _refuse_money(plan: RowPlan) -> None:
    """Name the amounts that could not be read, each for itself; the usage rights are saved without them."""
    for column in _MONEY_CELLS:
        if column in plan.entry.problems:
            words = f"{column.label}: {plan.entry.problems[column]}"
            if plan.right is not None:
                words += " The usage rights are saved without it."
            plan.parts.append(RowPart("cell", RowOutcome.REFUSED, words, "Correct the cell."))


def _end_words(entry: TrackerRow) -> str:
    if entry.code_ends_on is None:
        return ""
    return f" The sheet says it ends on {entry.code_ends_on.isoformat()}; TikTok's date takes precedence."


def _posts(workspace: Workspace, items: set[str]) -> dict[str, str]:
    """Item id → handle of whoever posted it."""
    wanted = sorted(items)
    found: dict[str, str] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows = Post.objects.filter(workspace=workspace, item_id__in=wanted[start : start + AT_ONCE])
        found |= dict(rows.values_list("item_id", "creator__handle"))
    return found


def _rights(workspace: Workspace, handles: set[str]) -> dict[tuple[str, str], dict[str, str]]:
    """Rights on record in the shape of a list's row, by handle and post; one of an agreement stands first."""
    wanted = sorted(handles)
    found: dict[tuple[str, str], dict[str, str]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows = UsageRight.objects.filter(
            workspace=workspace,
            superseded_at=None,
            creator__handle__in=wanted[start : start + AT_ONCE],
        ).select_related("creator", "version__agreement")
        for row in sorted(rows, key=lambda each: each.version_id is not None):
            found[row.creator.handle, row.item_id] = _as_listed(row)
    return found


def _as_listed(right: UsageRight) -> dict[str, str]:
    return {
        "handle": right.creator.handle,
        "item_id": right.item_id,
        "sku": right.sku,
        "currency": right.currency,
        "paid_allowed": "yes" if right.paid_allowed else "no",
        "rights_start": right.starts_at.isoformat(),
        "rights_end": right.ends_at.isoformat(),
        "hold_until": right.hold_until.isoformat() if right.hold_until else "",
        "territory": " ".join(right.territory),
        "content_fee": str(from_minor(right.content_fee_minor, right.currency)),
        "commission_percent": ""
        if right.commission_bp is None
        else f"{right.commission_bp / 100:g}",
        "agreement": right.version.agreement.title if right.version else "",
    }

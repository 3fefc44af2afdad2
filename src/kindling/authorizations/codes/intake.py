"""Batches of video codes: what was pasted, sent or made becomes rows; the worker brings each to an outcome (`bind`)."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from kindling.authorizations.codes import bind
from kindling.authorizations.codes import rules as code_rules
from kindling.authorizations.codes.offered_days import check_days, offered_days
from kindling.authorizations.codes.rules import codes_in
from kindling.authorizations.lifecycle import rules
from kindling.authorizations.models import Intake, IntakeRow
from kindling.clock import now
from kindling.creators import grants
from kindling.creators.models import Creator
from kindling.creators.rules import clean_handle
from kindling.errors import ConflictError, FileProblemError, InvalidInputError, NotFoundError
from kindling.jobs import lease, outbox
from kindling.jobs.lease import LostLeaseError
from kindling.jobs.registry import JobRequest
from kindling.kit.tables import decode_any, read_csv
from kindling.posts.models import Post
from kindling.posts.rules import item_id_from
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record
from tiktok_business import BusinessId, ItemId, TikTok

log = logging.getLogger(__name__)
Outcome = IntakeRow.Outcome
MAX_ROWS = 2_000
MOST_SHOWN = 200  # characters of a line that is ignored
TASK = "authorizations.take_in"
MUSIC_TASK = "launches.read_music"  # what Inventory says of the music of the posts
COLUMNS = ("code", "original_post_code", "handle", "post", "days")


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code of a pasted line or sheet row, before anything is checked. `code` is a secret.

    sheet : of a workbook with several · part : which code of the line it is, from 1
    """

    line: int
    code: str
    original_post_code: str = ""
    handle: str = ""
    post: str = ""
    days: str = ""
    sheet: str = ""
    part: int = 1

    def __repr__(self) -> str:
        return f"CodeRow(line={self.line})"


@dataclass(frozen=True, slots=True)
class IgnoredText:
    """A line of pasted text, or what stands in it beside its codes. What may be a part of a code is hidden."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """The codes of pasted text, and the rest of it, which is not read."""

    rows: tuple[CodeRow, ...]
    ignored: tuple[IgnoredText, ...] = ()


def read_paste(text: str) -> Pasted:
    """The codes of pasted text: a sheet with a `code` column, one code a line, or a chat or mail around them.

    In a list of codes, a line that is none is a row all the same, so that it is refused by name.
    """
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    cells = [cell.strip().lower() for cell in first.replace(";", ",").replace("\t", ",").split(",")]
    if "code" in cells:
        return Pasted(tuple(rows_of_sheet(text.encode())))
    written = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    found = {number: codes_in(line) for number, line in written}
    is_chat = any(each.codes for each in found.values()) and any(
        code_rules.has_words(each.rest) and (each.codes or " " in each.rest.strip())
        for each in found.values()
    )
    rows: list[CodeRow] = []
    ignored: list[IgnoredText] = []
    for number, line in written:
        codes = found[number].codes
        if not is_chat and len(codes) == 1:
            codes = _only_code(line)
        if not codes and not (is_chat and code_rules.is_remark(line)):
            rows.append(CodeRow(number, line))
            continue
        rows += [CodeRow(number, code, part=part) for part, code in enumerate(codes, start=1)]
        rest = code_rules.without_secrets(line)
        if not codes or any(each.isalpha() for each in rest):
            ignored.append(IgnoredText(number, rest[:MOST_SHOWN]))
    return Pasted(tuple(rows), tuple(ignored))


def _only_code(line: str) -> tuple[str, ...]:
    """The code of a line of a list; none when it is not clear where it ends, so that the line is refused."""
    try:
        return code_rules.codes_of_cell(line)
    except ValueError:
        return ()


def rows_of_paste(text: str) -> list[CodeRow]:
    """The codes of pasted text; see `read_paste`."""
    return list(read_paste(text).rows)


def rows_of_sheet(data: bytes) -> list[CodeRow]:
    """Rows of a CSV with a `code` column, and where known handle, post, days, original_post_code."""
    return [
        CodeRow(
            line=row.line,
            code=row.text("code"),
            original_post_code=row.text("original_post_code"),
            handle=row.text("handle"),
            post=row.text("post") or row.text("item_id"),
            days=row.text("days"),
        )
        for row in read_csv(data, required=("code",))
    ]


def read_file(data: bytes) -> Pasted:
    """The codes of a file: a CSV with a `code` column, one code a line, or text around them."""
    return read_paste(decode_any(data)[0])


def rows_of_file(data: bytes) -> list[CodeRow]:
    return list(read_file(data).rows)


def receive(
    actor: Actor, ad_account: AdAccount | None, rows: Iterable[CodeRow], *, at: datetime
) -> Intake:
    """Store the rows and ask for them to be worked off. Rows that are no codes are answered at once.

    ad_account : where they are bound; None lets them wait, encrypted, until one is connected or chosen
    raises : FileProblemError when there is no row, or there are too many for one intake
    """
    actor.require(Action.TAKE_CODES)
    given = list(rows)
    if not given:
        raise FileProblemError(
            "No video code was found.", next_step="Paste one code per line.", field="codes"
        )
    if len(given) > MAX_ROWS:
        raise FileProblemError(
            f"{len(given):,} video codes are too many for one batch.",
            next_step=f"Split them into batches of at most {MAX_ROWS:,}.",
            field="codes",
        )
    with transaction.atomic():
        intake = Intake.objects.create(
            workspace=actor.workspace, ad_account=ad_account, created_by=actor.user, created_at=at
        )
        _store(intake, given)
        record(actor, "added codes", f"batch {intake.pk}", at=at, after={"rows": len(given)})
    return intake


@transaction.atomic
def receive_from_creator(
    creator: Creator, ad_account: AdAccount, row: CodeRow, *, at: datetime
) -> Intake:
    """A creator's own code, sent through the portal; nobody of the team has touched it."""
    intake = Intake.objects.create(
        workspace=creator.workspace, ad_account=ad_account, sent_by_creator=creator, created_at=at
    )
    _store(intake, [row])
    return intake


def take_back(creator: Creator, post: Post) -> int:
    """Drop what a creator sent for a post and no call has left with yet; returns how many. Theirs to say no to."""
    waiting = IntakeRow.objects.filter(
        intake__sent_by_creator=creator,
        expected_item_id=post.item_id,
        outcome__in=[Outcome.WAITING, Outcome.RETRY],
    )
    return waiting.update(
        outcome=Outcome.REFUSED, message="The creator declined after sending the code.",
        next_step="Talk to them, or choose another post.", code="", original_post_code="",
    )  # fmt: skip


def _store(intake: Intake, given: list[CodeRow]) -> None:
    seen: dict[str, int] = {}
    IntakeRow.objects.bulk_create([_stored(intake, row, seen) for row in given])
    if intake.ad_account_id is not None:
        _ask_for_work(intake)


def _ask_for_work(intake: Intake) -> None:
    outbox.ask(
        JobRequest(
            TASK,
            f"intake-{intake.pk}",
            {"intake": intake.pk},
            lane=lease.of_account(intake.ad_account_id),
        )
    )


def preview_rows(rows: Iterable[CodeRow]) -> list[tuple[int, str, str, str]]:
    """What `receive` would make of the rows, without storing or sending: line, hint, outcome, message."""
    seen: dict[str, int] = {}
    draft = Intake()
    return [
        (row.line, row.code_hint, row.outcome, row.message)
        for row in (_stored(draft, given, seen) for given in rows)
    ]


def _stored(intake: Intake, given: CodeRow, seen: dict[str, int]) -> IntakeRow:
    row = IntakeRow(
        intake=intake, line=given.line, sheet=given.sheet[:100], part=given.part, code_hint="•••"
    )
    try:
        row.code = rules.clean_code(given.code)
        row.code_hint = rules.mask(row.code)
        if given.original_post_code:
            row.original_post_code = rules.clean_code(given.original_post_code)
        row.expected_handle = clean_handle(given.handle) if given.handle else ""
        row.expected_item_id = item_id_from(given.post) if given.post else ""
        row.requested_days = _days(given.days)
    except ValueError as error:
        row.code = row.original_post_code = ""
        bind.answer(
            row,
            Outcome.REFUSED,
            str(error).rstrip(".") + ".",
            "Correct this line and add it again.",
        )
        return row
    if row.code in seen:
        bind.answer(
            row,
            Outcome.REFUSED,
            f"The same video code is in line {seen[row.code]}.",
            "Nothing to do: it is added once.",
        )
        row.code = ""
    else:
        seen[row.code] = row.line
    return row


def _days(text: str) -> int | None:
    """The days a row says the creator gave, None when it names none; TikTok's own dates count later.

    Any number up to the longest that TikTok offers: what was agreed is not always what is offered. Raises ValueError.
    """
    if not text:
        return None
    days, most = int(text) if text.isascii() and text.isdigit() else 0, max(offered_days())
    if not 1 <= days <= most:
        raise ValueError(f"Days must be a whole number from 1 to {most}.")
    return days


# --- Working off, in the background -------------------------------------------------------------------------


def process_batch(intake_pk: int, *, on_row: Callable[[], object] = lambda: None) -> None:
    """Bring every open row to an outcome. Safe to run again after a crash at any point.

    on_row : called after each row, to show progress
    """
    intake = Intake.objects.select_related("ad_account__connection", "ad_account__workspace").get(
        pk=intake_pk
    )
    if intake.ad_account is None:
        return  # it waits for a connection
    open_rows = [Outcome.WAITING, Outcome.SENDING, Outcome.RECONCILE]
    faults: list[Exception] = []
    with (
        lease.held(lease.of_account(intake.ad_account.pk)) as hold,
        tiktok.session(intake.ad_account),
    ):
        for row in intake.rows.filter(outcome__in=open_rows):
            hold.check()
            try:
                bind.settle_row(intake, row)
            except LostLeaseError:
                raise
            except Exception as fault:
                # One code must not keep the others waiting, nor itself without anybody to go on with it.
                log.exception("batch %s, line %s: an unexpected fault", intake_pk, row.line)
                bind.leave_after_fault(row)
                faults.append(fault)
            on_row()
        Intake.objects.filter(pk=intake_pk).update(finished_at=now())
    _ask_music(intake)
    if faults:
        raise faults[0]  # the job shows as failed


def stranded() -> list[Intake]:
    """Batches under way that nobody works on: their process lost its lease, or their job failed."""
    rows = Intake.objects.filter(finished_at=None, ad_account__isnull=False)
    return [each for each in rows if not lease.is_held(lease.of_account(each.ad_account_id))]


def _ask_music(intake: Intake) -> None:
    """New codes make posts ready but for their music: it is asked about at once instead of at the next quarter."""
    outbox.ask(
        JobRequest(
            MUSIC_TASK,
            f"music-{intake.workspace_id}-batch-{intake.pk}-{secrets.token_hex(4)}",
            {"workspace": intake.workspace_id},
            lane=f"workspace-{intake.workspace_id}",
        )
    )


# --- Waiting for an ad account --------------------------------------------------------------------------------


def choose_account(actor: Actor, intake: Intake, ad_account: AdAccount, *, at: datetime) -> Intake:
    """Bind the codes of a batch that waits in this ad account. Raises ConflictError when it waits no longer."""
    actor.require(Action.TAKE_CODES)
    with transaction.atomic():
        if not _start(intake, ad_account):
            raise ConflictError("This batch has an ad account already.")
        record(
            actor, "chose ad account of codes", f"batch {intake.pk}", at=at,
            after={"ad_account": ad_account.advertiser_id},
        )  # fmt: skip
    return intake


def start_waiting(workspace: Workspace) -> int:
    """Start the batches that wait, once the workspace has the one ad account they can be for; returns how many.

    Of several accounts a person chooses: a code is bound to one only.
    """
    accounts = workspaces.ad_accounts(workspace)
    if len(accounts) != 1:
        return 0
    started = 0
    for intake in Intake.objects.filter(workspace=workspace, ad_account=None):
        with transaction.atomic():
            started += _start(intake, accounts[0])
    return started


def _start(intake: Intake, ad_account: AdAccount) -> bool:
    """Give a waiting batch its account and ask for its work, once however many ask."""
    is_mine = Intake.objects.filter(pk=intake.pk, ad_account=None).update(ad_account=ad_account)
    if is_mine:
        intake.ad_account = ad_account
        _ask_for_work(intake)
    return bool(is_mine)


def try_again(actor: Actor, intake: Intake, *, at: datetime) -> Intake:
    """Send the rows that are safe to retry once more, and look again at those still unknown."""
    actor.require(Action.TAKE_CODES)
    with transaction.atomic():
        count = intake.rows.filter(outcome=Outcome.RETRY).update(
            outcome=Outcome.WAITING, message="", next_step=""
        )
        count += intake.rows.filter(outcome=Outcome.RECONCILE).count()
        if not count:
            raise InvalidInputError(
                "No row of this batch can be retried.", next_step="Add corrected codes."
            )
        Intake.objects.filter(pk=intake.pk).update(finished_at=None)
        outbox.ask(
            JobRequest(
                TASK,
                f"intake-{intake.pk}-again-{secrets.token_hex(6)}",
                {"intake": intake.pk},
                lane=lease.of_account(intake.ad_account_id),
            )
        )
    return intake


# --- Codes without copying ----------------------------------------------------------------------------------


def make_code(
    actor: Actor, post: Post, ad_account: AdAccount, *, days: int, at: datetime
) -> Intake:
    """Make the code through the creator's own grant (R32) and take it in.

    raises : InvalidInputError when the creator did not connect, PlatformError when TikTok refuses
    """
    actor.require(Action.TAKE_CODES)
    return receive(actor, ad_account, [make_code_row(post, days=days, at=at)], at=at)


def make_code_row(post: Post, *, days: int, at: datetime) -> CodeRow:
    """A fresh code of the post, made through its creator's grant, as a row of an intake; calls TikTok.

    A code that is there already is used as it stands.
    """
    grant = getattr(post.creator, "grant", None)
    if grant is None:
        raise InvalidInputError(
            f"@{post.creator.handle} has not connected TikTok.",
            next_step="Ask for a video code, or ask them to connect TikTok.",
        )
    check_days(days)
    token = grants.fresh_token(grant, at=at)

    async def allow(client: TikTok) -> str:
        business, item = BusinessId(grant.open_id), ItemId(post.item_id)
        made = await client.post_authorization.setting(
            business, item, is_ad_promotable=True, authorization_days=days
        )
        code = made.auth_code or (await client.post_authorization.status(business, item)).auth_code
        return code.reveal() if code else ""

    code = tiktok.ask_as_creator(grant.connection, token, allow)
    return CodeRow(line=1, code=code, handle=post.creator.handle, post=post.item_id, days=str(days))


# --- Looking ------------------------------------------------------------------------------------------------


def find_intake(workspace: Workspace, pk: int) -> Intake:
    found = Intake.objects.select_related("ad_account").filter(workspace=workspace, pk=pk).first()
    if found is None:
        raise NotFoundError(
            "This batch was not found.", next_step="Open Authorizations to see all batches."
        )
    return found


def recent(workspace: Workspace, *, limit: int = 5) -> list[Intake]:
    """The newest intakes with the number of their rows (`total`) and of those applied (`applied`)."""
    return list(
        Intake.objects.filter(workspace=workspace)
        .select_related("ad_account", "created_by")
        .annotate(
            total=Count("rows"), applied=Count("rows", filter=Q(rows__outcome=Outcome.APPLIED))
        )
        .order_by("-created_at", "-pk")[:limit]  # Django drops Meta.ordering where rows are counted
    )


def outcome_of(row: IntakeRow) -> dict[str, Any]:
    """What became of one code, as the API and `kindling codes` tell it."""
    return {
        "line": row.line,
        "code": row.code_hint,
        "outcome": row.outcome,
        "item_id": row.item_id or None,
        "message": row.message,
        "next_step": row.next_step or None,
        "request_id": row.request_id or None,
    }


def progress(intake: Intake) -> dict[str, int]:
    """Rows by outcome, and all of them as "total"."""
    found = outcomes(intake.rows.all())
    counts = {str(outcome): found.get(outcome, 0) for outcome in Outcome.values}
    return {**counts, "total": sum(found.values())}


def outcomes(rows: QuerySet[IntakeRow]) -> dict[str, int]:
    """How many codes have each outcome."""
    return dict(rows.order_by().values_list("outcome").annotate(count=Count("pk")))


def rows(workspace: Workspace) -> QuerySet[IntakeRow]:
    """The codes of all batches, as they came."""
    found = IntakeRow.objects.filter(intake__workspace=workspace)
    return found.select_related("authorization__post__creator").order_by("pk")


def matching(rows: QuerySet[IntakeRow], search: str) -> QuerySet[IntakeRow]:
    """Those whose creator, post or end of the code is searched for."""
    word = search.strip().lstrip("@")
    return rows.filter(
        Q(code_hint__icontains=word)
        | Q(expected_handle__icontains=word)
        | Q(item_id__startswith=word)
        | Q(expected_item_id__startswith=word)
        | Q(authorization__post__creator__handle__icontains=word)
    )

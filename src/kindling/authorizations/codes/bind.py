"""Bring one code to its outcome: verify it, bind it once, reconcile what is unclear, say so.

The order of writes is the point. A row is saved as `sending` before TikTok is called; a row found so after a
crash or a lost reply is looked up in TikTok's list, never sent again blindly (R23).
"""

from __future__ import annotations

import time
from datetime import datetime

from django.conf import settings
from django.db import transaction

from kindling.authorizations.codes.code_digest import digest_of
from kindling.authorizations.lifecycle import polling, rules, transitions
from kindling.authorizations.models import CODED, Authorization, Intake, IntakeRow
from kindling.clock import now
from kindling.errors import (
    ConflictError,
    OutcomeUnknownError,
    PlatformError,
    PostRefusedError,
    ReauthorizationNeededError,
    SparkCodeError,
)
from kindling.kit.time import instant_words
from kindling.notices import service as notices
from kindling.posts import service as posts
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from tiktok_business import AdvertiserId, TikTok, VideoInfo

Outcome = IntakeRow.Outcome
WRITTEN = (
    "outcome", "message", "next_step", "item_id", "authorization", "request_id", "code", "original_post_code",
)  # fmt: skip


def account_of(intake: Intake) -> AdAccount:
    """Where the batch's codes are bound. Raises ConflictError while it waits for an ad account."""
    if intake.ad_account is None:
        raise ConflictError("This batch waits for an ad account.")
    return intake.ad_account


def settle_row(intake: Intake, row: IntakeRow) -> None:
    """Bring an open row to an outcome, from wherever it stands. Calls TikTok."""
    if row.outcome == Outcome.WAITING:
        bind_code(intake, row)
    else:
        reconcile(intake, row)


def leave_after_fault(row: IntakeRow) -> None:
    """A fault of our own kept a row from its outcome: as far as it got, it can be tried again."""
    rows = IntakeRow.objects.filter(pk=row.pk)
    words = "A fault of Kindling's own; the log has its details."
    step = "Choose Try again; report it if it comes back."
    rows.filter(outcome=Outcome.WAITING).update(
        outcome=Outcome.RETRY, message=words, next_step=step
    )
    rows.filter(outcome=Outcome.SENDING).update(
        outcome=Outcome.RECONCILE, message=words, next_step=step
    )


def bind_code(intake: Intake, row: IntakeRow) -> None:
    """Bring a waiting row to an outcome. Calls TikTok."""
    account = account_of(intake)
    here = _here_already(account, row)
    if here is not None:
        _answer_from_here(row, here)
        return
    try:
        info = _look_up(account, row.code)
    except PlatformError as problem:
        _refuse_or_retry(row, problem)
        return
    row.item_id = info.item_id
    wrong = rules.mismatch(
        expected_handle=row.expected_handle,
        expected_item_id=row.expected_item_id,
        handle=info.creator_name.lower(),
        item_id=info.item_id,
    )
    if wrong:
        _finish(row, Outcome.REFUSED, wrong.message, wrong.next_step)
        return
    if info.needs_original_code and not row.original_post_code:
        _finish(
            row, Outcome.REFUSED, "The post is a duet, a stitch, or mentions another video.",
            "Get the video code of the original post too and add it as original_post_code in the same row.",
        )  # fmt: skip
        return
    if _claim(row):
        _bind_at_tiktok(intake, row, info)


def _here_already(account: AdAccount, row: IntakeRow) -> Authorization | None:
    """The permission that this very code gives in this account already, None for a code that is new here."""
    return Authorization.objects.filter(
        workspace=account.workspace,
        code_digest=digest_of(row.code),
        state__in=list(rules.USABLE),
        bindings__ad_account=account,
        bindings__is_live=True,
    ).select_related("post__creator").first()  # fmt: skip


def _answer_from_here(row: IntakeRow, here: Authorization) -> None:
    creator = here.post.creator
    row.item_id = here.post.item_id
    is_former = creator.handle_changes.filter(old=row.expected_handle).exists()
    wrong = rules.mismatch(
        expected_handle="" if is_former else row.expected_handle,
        expected_item_id=row.expected_item_id,
        handle=creator.handle,
        item_id=here.post.item_id,
    )
    if wrong:
        _finish(row, Outcome.REFUSED, wrong.message, wrong.next_step)
        return
    row.authorization = here
    _finish(row, Outcome.APPLIED, "This video code is already bound to the ad account.")


@transaction.atomic
def _claim(row: IntakeRow) -> bool:
    """Mark the row as sending; False when its creator took it back meanwhile.

    From here on the call may have happened, whatever becomes of this process, and nobody can decline any more.
    """
    asked = _asked_for(row)  # locked first, as declining does
    is_mine = IntakeRow.objects.filter(pk=row.pk, outcome=Outcome.WAITING).update(
        outcome=Outcome.SENDING, item_id=row.item_id
    )
    if not is_mine:
        return False
    row.outcome = Outcome.SENDING
    _note_step(row, asked, rules.State.VERIFIED)
    return True


def _look_up(account: AdAccount, code: str) -> VideoInfo:
    async def info(client: TikTok) -> VideoInfo:
        return await client.tt_video.info(AdvertiserId(account.advertiser_id), code)

    return tiktok.ask(account, info)


def _bind_at_tiktok(intake: Intake, row: IntakeRow, info: VideoInfo) -> None:
    account = account_of(intake)

    async def authorize(client: TikTok) -> None:
        await client.tt_video.authorize(
            AdvertiserId(account.advertiser_id), row.code, row.original_post_code or None
        )

    try:
        tiktok.ask(account, authorize)
    except SparkCodeError as problem:
        _refuse_or_retry(row, problem)
    except OutcomeUnknownError as problem:
        row.request_id = problem.request_id
        _finish(
            row, Outcome.RECONCILE, "TikTok's answer was lost; Kindling checks whether the code is bound.",
            keep_code=True,
        )  # fmt: skip
        reconcile(intake, row)
    except PlatformError as problem:
        row.request_id = problem.request_id
        # A code bound before may be refused here: the list decides.
        try:
            is_settled = _settle_by_list(intake, row)
        except PlatformError as unreadable:
            _leave_open(row, unreadable)
            return
        if not is_settled:
            _refuse_or_retry(row, problem)
    else:
        try:
            is_settled = _settle_by_list(intake, row)
        except PlatformError:
            is_settled = False  # TikTok accepted the code, and `info` has told what it is for
        if not is_settled:
            _write_down(intake, row, info)


def _refuse_or_retry(row: IntakeRow, problem: PlatformError) -> None:
    row.request_id = problem.request_id
    item_id = row.item_id or row.expected_item_id
    if item_id and isinstance(problem, PostRefusedError):
        because = f"{problem.message} {problem.next_step}"
        posts.note_refusal(row.intake.workspace, item_id, because, at=now())
    # A grant that TikTok refuses says nothing about the code.
    is_open = problem.can_retry or isinstance(problem, ReauthorizationNeededError)
    outcome = Outcome.RETRY if is_open else Outcome.REFUSED
    _finish(row, outcome, problem.message, problem.next_step, keep_code=is_open)


def reconcile(intake: Intake, row: IntakeRow) -> None:
    """Ask TikTok's list what became of a call whose answer is not known, after it had time to settle."""
    time.sleep(settings.KINDLING_SETTLE_SECONDS)
    try:
        if not _settle_by_list(intake, row):
            _finish(
                row, Outcome.RETRY, "TikTok does not list the code as bound, so it is safe to retry.",
                "Choose Try again.", keep_code=True,
            )  # fmt: skip
    except PlatformError as problem:
        _leave_open(row, problem)


def _leave_open(row: IntakeRow, problem: PlatformError) -> None:
    _finish(
        row,
        Outcome.RECONCILE,
        problem.message,
        "Choose Try again to check once more.",
        keep_code=True,
    )


def _settle_by_list(intake: Intake, row: IntakeRow) -> bool:
    """Whether TikTok lists the row's post as bound by this code; then it is written down."""
    for listed in polling.read_bindings(account_of(intake), item_id=row.item_id):
        same_code = listed.auth_code is None or listed.auth_code.reveal() == row.code
        if (
            listed.item_id == row.item_id
            and same_code
            and listed.authorization.status == "AUTHORIZED"
        ):
            _write_down(intake, row, listed)
            return True
    return False


def _write_down(intake: Intake, row: IntakeRow, info: VideoInfo) -> None:
    at = now()
    with transaction.atomic():
        post = posts.record_post(intake.workspace, polling.as_seen(info), source="code", at=at)
        authorization = transitions.record_binding(
            account_of(intake),
            post,
            info,
            at=at,
            code=row.code,
            requested_days=row.requested_days,
            evidence={"intake": intake.pk, "line": row.line},
        )
        row.authorization = authorization
        _finish(row, Outcome.APPLIED, _welcome(authorization, row, now_=at))


def _welcome(authorization: Authorization, row: IntakeRow, *, now_: datetime) -> str:
    end = authorization.ends_at
    words = (
        f"Bound until {instant_words(end, authorization.workspace.timezone)}." if end else "Bound."
    )
    if (
        row.requested_days
        and authorization.granted_days
        and authorization.granted_days < row.requested_days
    ):
        words += f" The creator granted {authorization.granted_days} of {row.requested_days} days."
    if end and end <= now_:
        words += " It has already ended."
    if authorization.state == rules.State.POST_UNAVAILABLE:
        words += " The post is not public: no ad can run until it is."
    return words


@transaction.atomic
def _finish(
    row: IntakeRow,
    outcome: IntakeRow.Outcome,
    message: str,
    next_step: str = "",
    *,
    keep_code: bool = False,
) -> None:
    """Write the outcome; the code is wiped unless it has to be sent or compared once more.

    A row that its creator took back meanwhile stays so.
    """
    asked = _asked_for(row)
    locked = IntakeRow.objects.select_for_update(no_key=True).filter(pk=row.pk)
    if locked.values_list("outcome", flat=True).get() == Outcome.REFUSED:
        return
    answer(row, outcome, message, next_step)
    if not keep_code:
        row.code = row.original_post_code = ""
    row.save(update_fields=WRITTEN)
    if outcome is Outcome.REFUSED:
        _note_step(row, asked, rules.State.INVALID)
        if row.intake.sent_by_creator_id:
            _tell_of_code(row, "does not work", "Ask for a new one.")
    elif outcome is Outcome.RETRY:
        # Nothing is bound: until somebody tries again its creator can still say no, or send another.
        if asked is not None and asked.state == rules.State.VERIFIED:
            _note_step(row, asked, rules.State.RECEIVED)
        if row.intake.sent_by_creator_id:
            _tell_of_code(row, "is not bound yet", "Choose Try again.")
    elif outcome is Outcome.APPLIED:
        notices.settle(row.intake.workspace, key=_key(row), at=now())


def answer(row: IntakeRow, outcome: IntakeRow.Outcome, message: str, next_step: str = "") -> None:
    row.outcome, row.message, row.next_step = outcome, message, next_step


def _asked_for(row: IntakeRow) -> Authorization | None:
    """The request this code answers, locked; a code that nobody asked for has none."""
    return (
        Authorization.objects.select_for_update(no_key=True)
        .filter(
            workspace=row.intake.workspace,
            post__item_id=row.expected_item_id or row.item_id,
            kind__in=CODED,
            state__in=[*rules.OPEN, rules.State.RECEIVED, rules.State.VERIFIED],
        )
        .first()
    )


def _note_step(row: IntakeRow, asked: Authorization | None, to: rules.State) -> None:
    """Bring the request this code answers a step on."""
    if asked is not None:
        evidence = {"intake": row.intake_id, "line": row.line, "said": row.message}
        transitions.move(asked, to, at=now(), source="platform", evidence=evidence)


def _key(row: IntakeRow) -> str:
    return f"intake-{row.intake_id}-{row.line}"


def _tell_of_code(row: IntakeRow, what: str, otherwise: str) -> None:
    creator = row.intake.sent_by_creator
    notices.notify(
        row.intake.workspace,
        key=_key(row),
        roles=("creator_manager",),
        title=f"The video code from @{creator.handle if creator else ''} {what}: {row.message}",
        next_step=row.next_step or otherwise,
        path=f"authorizations/batches/{row.intake_id}/",
        at=now(),
        urgency=2,
    )

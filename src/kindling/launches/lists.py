"""The lists of plans, and of posts that are ready to launch or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.urls import reverse

from kindling.kit.money import Money
from kindling.launches import service
from kindling.launches.checks.candidates import Candidate
from kindling.launches.checks.rules import Result
from kindling.launches.drafts import service as drafts
from kindling.launches.models import Plan, PlanTemplate
from kindling.launches.planning import readiness, specs, videos
from kindling.launches.planning.objectives import OBJECTIVES, TYPE_LABELS
from kindling.launches.planning.readiness import InventoryList
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, Rows, Scope, by_rows, register
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount

PLANS = register(
    ListSpec(
        name="plans",
        title="Plans",
        page="launches:plans",
        rows=lambda scope: service.plans(scope.workspace),
        order="newest first",
        row_template="launches/plan_row.html",
        link=lambda scope, row: reverse("launches:plan", args=[scope.workspace.slug, row.pk]),
        search=lambda rows, word, _: rows.filter(name__icontains=word),
        search_hint="Name of the plan",
        filters=(
            Filter(
                "state", "State", lambda _: Plan.State.choices,
                lambda rows, state, _: rows.filter(state=state),
                counts=lambda scope: service.counts_by_state(scope.workspace), is_tabs=True,
            ),
        ),
        columns=(
            Column("name", "Plan", lambda row: row.name, sort="name", is_title=True),
            Column("ad_account", "Ad account", lambda row: row.ad_account.name, is_shown=False),
            Column("state", "State", lambda row: row.get_state_display()),
            Column("daily_budget", "Daily budget", lambda row: Money(row.daily_budget_minor, row.currency),
                   Kind.MONEY, sort="daily_budget_minor", is_main=True),
            Column("planned_by", "Planned by", lambda row: row.created_by and str(row.created_by)),
            Column("approved_by", "Approved by", lambda row: row.approved_by and str(row.approved_by)),
            Column("approved", "Approved", lambda row: row.approved_at, Kind.INSTANT, sort="approved_at",
                   is_shown=False),
            Column("created", "Created", lambda row: row.created_at, Kind.INSTANT, sort="created_at"),
        ),
    )
)  # fmt: skip


def _settings(row: PlanTemplate) -> str:
    """What a template says, in short."""
    spec = row.spec
    objective = OBJECTIVES[spec.get("objective", "traffic")].label
    kind = TYPE_LABELS[specs.campaign_type(str(spec.get("type", "")))]
    return f"{objective}, {kind}"


CAMPAIGN_TEMPLATES = register(
    ListSpec(
        name="campaign-templates",
        title="Campaign templates",
        page="launches:templates",
        rows=lambda scope: drafts.templates(scope.workspace),
        order="by name",
        row_template="launches/template_row.html",
        search=lambda rows, word, _: rows.filter(name__icontains=word),
        search_hint="Name of the template",
        columns=(
            Column("name", "Template", lambda row: row.name, sort="name", is_title=True),
            Column("settings", "Campaign", _settings),
            Column("daily_budget", "Daily budget", lambda row: row.spec.get("daily_budget") or None),
            Column("saved_by", "Saved by", lambda row: row.created_by and str(row.created_by)),
            Column("created", "Saved", lambda row: row.created_at, Kind.INSTANT, sort="created_at"),
            Column("actions", "Actions", lambda row: None, is_drawn_only=True),
        ),
    )
)  # fmt: skip

VIDEOS = register(
    ListSpec(
        name="ad-videos",
        title="Videos for ads",
        page="launches:videos",
        rows=lambda scope: videos.videos(scope.workspace),
        order="newest first",
        row_template="launches/video_row.html",
        search=lambda rows, word, _: rows.filter(file_name__icontains=word),
        search_hint="Name of the file",
        columns=(
            Column("file", "File", lambda row: row.file_name, sort="file_name", is_title=True),
            Column("ad_account", "Ad account", lambda row: row.ad_account.name),
            Column("state", "State", lambda row: row.get_state_display()),
            Column("video", "Video id", lambda row: row.video_id or None),
            Column("seconds", "Seconds", lambda row: row.seconds, Kind.NUMBER, sort="seconds"),
            Column("uploaded_by", "Uploaded by", lambda row: row.created_by and str(row.created_by)),
            Column("created", "Uploaded", lambda row: row.created_at, Kind.INSTANT, sort="created_at"),
            Column("actions", "Actions", lambda row: None, is_drawn_only=True),
        ),
    )
)  # fmt: skip


# --- Inventory ------------------------------------------------------------------------------------------------

READY, OTHERS = "ready", "not_ready"


def _ad_accounts(scope: Scope) -> list[AdAccount]:
    return scope.once("ad accounts", lambda: workspaces.accounts_to_choose(scope.workspace))


def inventory_of(scope: Scope) -> InventoryList | None:
    """Inventory of the ad account that is chosen, else of the first; None without any."""
    accounts = _ad_accounts(scope)
    wanted = scope.chosen.get("account", "")
    account = next((each for each in accounts if wanted in {"", each.advertiser_id}), None)
    if account is None:
        return None
    return scope.once(
        ("inventory", account.pk),
        lambda: readiness.list_inventory(scope.workspace, account, now=scope.now),
    )


def _candidates(scope: Scope) -> Rows:
    found = inventory_of(scope)
    if found is None:
        return []
    return found.others if scope.chosen.get("show") == OTHERS else found.ready


def _inventory_counts(scope: Scope) -> Mapping[str, int]:
    found = inventory_of(scope)
    return {READY: found.ready_count, OTHERS: found.others_count} if found else {}


def _accounts(scope: Scope) -> list[tuple[str, str]]:
    return [(each.advertiser_id, f"{each.name} · {each.currency}") for each in _ad_accounts(scope)]


def _first_account(scope: Scope) -> str:
    return next((value for value, _ in _accounts(scope)), "")


def _stop_by(row: Candidate) -> object:
    stop = row.permission.stop_by if row.permission else None
    return stop.at if stop else None


def _ends_first(row: Candidate) -> object:
    stop = row.permission.stop_by if row.permission else None
    return str(stop.ends_first.label) if stop else None


def _sentences(results: Iterable[Result]) -> str | None:
    return " ".join(result.message for result in results) or None


INVENTORY = register(
    ListSpec(
        name="inventory",
        title="Posts to launch",
        page="launches:inventory",
        rows=_candidates,
        opened=lambda scope, rows: readiness.checked(scope.workspace, rows, now=scope.now),
        order="nearest to a launch first",
        row_template="launches/candidate_row.html",
        link=lambda scope, row: reverse("profiles:post", args=[scope.workspace.slug, row.post.item_id]),
        search=lambda rows, word, scope: readiness.matching(rows, word, workspace=scope.workspace),
        search_hint="Creator or post id",
        filters=(
            Filter(
                "show", "State", lambda _: [(READY, "Ready"), (OTHERS, "Not ready")], by_rows,
                counts=_inventory_counts, is_tabs=True, unless=READY, has_all=False,
            ),
            Filter("account", "Ad account", _accounts, by_rows, unless=_first_account, has_all=False),
        ),
        columns=(
            Column("select", "Select", lambda row: None, is_drawn_only=True),
            Column("post", "Post", lambda row: row.post.item_id, is_title=True),
            Column("handle", "Creator", lambda row: row.post.creator.handle, is_shown=False),
            Column("ready", "Ready", lambda row: row.is_ready, Kind.YES, is_shown=False),
            Column("status", "Status", lambda row: row.post.get_lane_display()),
            Column("sku", "SKU", lambda row: row.post.sku or None),
            Column("stop_by", "Stop by", _stop_by, Kind.INSTANT),
            Column("ends_first", "Ends first", _ends_first, is_shown=False),
            Column("music", "Music", lambda row: row.music_asked_at, Kind.INSTANT, hides_empty=True),
            Column("blocks", "What blocks it", lambda row: _sentences(row.blocking), hides_empty=True),
            Column("warnings", "Warnings", lambda row: _sentences(row.warnings)),
        ),
    )
)  # fmt: skip

"""`report/task/*`: asynchronous reports and their files. Source: tiktok-api.md §11.4."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.wire.protocol.calls import Answer, Call, Data, Document, Endpoint
from tiktok_sandbox.wire.protocol.errors import TASK_NOT_READY, WireError, invalid, not_found
from tiktok_sandbox.wire.protocol.fields import boolean, choice, text
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.wire.reports.integrated import accounts_of, answer, row_as_json
from tiktok_sandbox.wire.reports.queries import ID_FILTERS, SELECTORS, read_query
from tiktok_sandbox.wire.reports.workbooks import workbook
from tiktok_sandbox.world.state.clock import seconds, whole_seconds
from tiktok_sandbox.world.state.split_tests import ReportTask
from tiktok_sandbox.world.world import World

FORMATS = ("CSV_STRING", "CSV_DOWNLOAD", "XLSX_DOWNLOAD")
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TAKES_TIME = timedelta(minutes=2)
LINK_LIVES = timedelta(hours=1)
# How long a report can be fetched (§17).
KEPT = timedelta(days=30)
PATIENCE = 2
ACCOUNT = text("advertiser_id", required=True, most=32)
TASK = text("task_id", required=True, most=64)


def create(call: Call) -> Data:
    accounts = accounts_of(call)
    read_query(call.parameters, has_date_limit=False)
    for entry in call.parameters.items("filtering"):
        if isinstance(entry, dict) and entry.get("field_name") not in ID_FILTERS:
            raise invalid("filtering", f"Only {', '.join(ID_FILTERS)} in a task")
    now = whole_seconds(call.world.now)
    task = ReportTask(
        task_id=call.world.next_id("report_task", prefix="78"),
        advertiser_id=accounts[0].advertiser_id,
        request={
            name: call.parameters.raw(name)
            for name in call.parameters.names()
            if call.parameters.raw(name) is not None
        },
        created_at=now,
        ready_at=now + TAKES_TIME,
    )
    call.world.state.report_tasks[task.task_id] = task
    return {"task_id": task.task_id}


def _own(call: Call) -> ReportTask:
    account = call.advertiser()
    number = call.parameters.text("task_id")
    task = call.world.state.report_tasks.get(number)
    if task is None or task.advertiser_id != account.advertiser_id:
        raise not_found("task", number)
    if call.world.now >= task.created_at + KEPT:
        raise not_found("task", number)
    return task


def status_of(world: World, task: ReportTask) -> str:
    if task.is_cancelled:
        return "CANCELED"
    if world.now >= task.ready_at or task.checks > PATIENCE:
        return "SUCCESS"
    return "PROCESSING" if task.checks > 1 else "QUEUING"


def check(call: Call) -> Data:
    task = _own(call)
    task.checks += 1
    return {"task_id": task.task_id, "status": status_of(call.world, task), "message": ""}


def cancel(call: Call) -> Data:
    task = _own(call)
    if status_of(call.world, task) == "SUCCESS":
        raise invalid("task_id", "The task is done and cannot be cancelled")
    task.is_cancelled = True
    return {"task_id": task.task_id}


def download(call: Call) -> Answer:
    """The table itself, or the address of a file that lives an hour."""
    task = _own(call)
    status = status_of(call.world, task)
    if status != "SUCCESS":
        raise WireError(TASK_NOT_READY, f"The task is {status}; check it again later.")
    kind = str(task.request.get("output_format") or "CSV_STRING")
    if kind == "CSV_STRING":
        return Document(content=csv_of(table(call.world, task)))
    ends = seconds(call.world.now + LINK_LIVES)
    name = f"{task.request.get('file_name') or task.task_id}.{_ending(kind)}"
    path = f"report-files/{task.task_id}/{ends}/{_key(call.world, task, ends)}"
    return {
        "download_url": f"{call.address}/{path}",
        "file_name": name,
        "output_format": kind,
    }


def _ending(kind: str) -> str:
    return "xlsx" if kind == "XLSX_DOWNLOAD" else "csv"


def _key(world: World, task: ReportTask, ends: int) -> str:
    """What makes the address unguessable."""
    return world.mint.hex(f"report_file.{task.task_id}", ends, 16)


def table(world: World, task: ReportTask) -> list[list[str]]:
    """Head and rows of the report as it stands now; who may see it was checked when it was made."""
    given = Parameters(task.request, is_query=False)
    query = read_query(given, has_date_limit=False)
    numbers = given.ids("advertiser_ids", most=5) or [task.advertiser_id]
    accounts = [world.state.advertisers[number] for number in numbers]
    names = [*(str(name) for name in given.items("dimensions")), *query.metrics]
    is_titled = given.boolean("enable_report_title_translation", default=True)
    head = [name.replace("_", " ").capitalize() if is_titled else name for name in names]
    lines = []
    for row in answer(world, accounts, query):
        metrics = row_as_json(world, query, row, is_many=False)["metrics"]
        line = {**row.dimensions, **(metrics if isinstance(metrics, dict) else {})}
        lines.append([line[name] for name in names])
    return [head, *lines]


def csv_of(rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


class ReportFiles:
    """The files behind `download_url`. Whoever has the address may read, for an hour."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        return [Route("/report-files/{task_id}/{ends:int}/{key}", self.answer, methods=["GET"])]

    async def answer(self, request: Request) -> Response:
        world = self.hub.current()
        ends: int = request.path_params["ends"]
        task = world.state.report_tasks.get(request.path_params["task_id"])
        if task is None or request.path_params["key"] != _key(world, task, ends):
            return PlainTextResponse("404 page not found", status_code=404)
        if ends < seconds(world.now):
            return PlainTextResponse("403 the link has expired", status_code=403)
        rows = table(world, task)
        if task.request.get("output_format") == "XLSX_DOWNLOAD":
            return Response(workbook(rows), media_type=SPREADSHEET)
        return Response(csv_of(rows), media_type="text/csv; charset=utf-8")


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/report/task/create/",
        handler=create,
        section="11.4",
        takes=(
            *SELECTORS,
            choice("output_format", *FORMATS),
            text("file_name", most=255),
            boolean("enable_report_title_translation"),
        ),
        limits="Ready after two minutes of simulated time, or at the third check",
    ),
    Endpoint(
        method="GET",
        path="/report/task/check/",
        handler=check,
        section="11.4",
        takes=(ACCOUNT, TASK),
    ),
    Endpoint(
        method="GET",
        path="/report/task/download/",
        handler=download,
        section="11.4",
        takes=(ACCOUNT, TASK),
        limits="The report as it stands when it is read; titles are our own",
    ),
    Endpoint(
        method="POST",
        path="/report/task/cancel/",
        handler=cancel,
        section="11.4",
        takes=(ACCOUNT, TASK),
    ),
)

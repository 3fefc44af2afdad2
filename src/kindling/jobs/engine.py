"""DBOS, wrapped. Nothing outside this package imports it, so that it can be replaced.

One workflow (`run_task`) with one step runs every task. A task killed half-way is run again from its
start by any live worker; tasks keep their own progress in rows and are safe to repeat.
"""

from __future__ import annotations

import functools
import logging
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    run_dbos_database_migrations,
)
from django.conf import settings
from django.db import close_old_connections

from kindling.jobs import heartbeats
from kindling.jobs.registry import JobRequest, registry

log = logging.getLogger(__name__)

GENERAL, LANES = "general", "lanes"
WORKFLOW = "kindling_task"
# Fixed on purpose: by default it is a hash of the code, which strands running work at every upgrade.
APPLICATION_VERSION = "1"
OPEN = ["PENDING", "ENQUEUED", "DELAYED"]
OVER = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


def _engine() -> sa.Engine:
    url = settings.KINDLING_JOBS_URL
    if not url.startswith("sqlite"):
        # Which driver SQLAlchemy takes by itself changed between its versions; this one is installed.
        return sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"), pool_size=10)
    engine = sa.create_engine(
        url, pool_size=20, connect_args={"timeout": 30, "check_same_thread": False}
    )

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "busy_timeout=30000",
            "foreign_keys=ON",
        ):
            connection.execute("PRAGMA " + pragma)
        connection.isolation_level = None  # we say BEGIN ourselves, below

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # Without IMMEDIATE two workers can both believe that they hold a queue's only place.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@functools.cache
def _shared_engine() -> sa.Engine:
    return _engine()


@functools.cache
def _client() -> DBOSClient:
    return DBOSClient(
        system_database_url=settings.KINDLING_JOBS_URL,
        system_database_engine=_shared_engine(),
        serializer=DBOSPortableJSONSerializer(),
        retry_connection_errors=False,
    )


def migrate() -> None:
    """Make or renew the job store's tables. Safe to repeat."""
    logging.getLogger("dbos").setLevel(logging.WARNING)
    run_dbos_database_migrations(settings.KINDLING_JOBS_URL)


def is_new() -> bool:
    """Whether the job store holds no table yet."""
    look = sa.inspect(_shared_engine())
    schemas = set(look.get_schema_names()) - {"information_schema"}
    return not any(look.get_table_names(schema=name) for name in schemas)


@DBOS.step(name="run")
def _step(task: str, arguments: dict[str, Any]) -> None:
    close_old_connections()
    try:
        registry.run(task, arguments)
    finally:
        close_old_connections()


@DBOS.workflow(name=WORKFLOW)
def _workflow(task: str, arguments: dict[str, Any]) -> None:
    _step(task, arguments)


def enqueue(wish: JobRequest) -> None:
    """Queue a task durably. The same key again is the same workflow: it does not run twice."""
    options: dict[str, Any] = {
        "workflow_name": WORKFLOW,
        "queue_name": LANES if wish.lane else GENERAL,
        "workflow_id": wish.key,
        "app_version": APPLICATION_VERSION,
    }
    if wish.lane:
        options["queue_partition_key"] = wish.lane
    _client().enqueue(options, wish.task, wish.arguments)  # type: ignore[arg-type]  # a TypedDict built by hand


def open_tasks() -> list[tuple[str, str]]:
    """Key and state of what is queued or running."""
    return [
        (flow.workflow_id, flow.status)
        for flow in _client().list_workflows(status=OPEN, load_input=False, load_output=False)
    ]


def failed_tasks(*, since: datetime) -> list[tuple[str, str]]:
    """Key and error text of tasks that failed since then, newest first."""
    flows = _client().list_workflows(
        status="ERROR", start_time=since.astimezone(UTC).isoformat(), sort_desc=True, limit=50
    )
    return [(flow.workflow_id, str(flow.error)) for flow in flows]


def forget_finished(*, before: datetime, at_once: int = 500) -> int:
    """Drop jobs that were asked for before then and are over, with what they were given; returns how many.

    at_once : jobs of one transaction of the job store, so that workers need not wait long
    """
    count = 0
    while True:
        over = _client().list_workflows(
            status=OVER,
            end_time=before.astimezone(UTC).isoformat(),
            limit=at_once,
            load_input=False,
            load_output=False,
        )
        if over:
            _client().delete_workflows([flow.workflow_id for flow in over])
        count += len(over)
        if len(over) < at_once:
            return count


def drain(*, timeout_seconds: float) -> None:
    """Wait until nothing is queued or running. Raises TimeoutError naming what still is."""
    deadline = time.monotonic() + timeout_seconds
    pause = 0.02
    while left := open_tasks():
        if time.monotonic() > deadline:
            raise TimeoutError("still running: " + ", ".join(key for key, _ in left[:5]))
        time.sleep(pause)
        pause = min(2 * pause, 0.25)  # asking costs 20 ms of the core that the work wants


_hearts: list[heartbeats.Heart] = []


def launch(*, polling_seconds: float = 0.2) -> None:
    """Start working the queues in this process's threads, and take over what dead workers left behind.

    Every process is an executor of its own: two that share a name must not take each other's running jobs.
    """
    migrate()
    executor = f"{settings.KINDLING_WORKER_ID[:60]}-{uuid.uuid4().hex[:12]}"
    heart = heartbeats.Heart(executor, take_over)
    heart.start()
    _hearts.append(heart)
    config: DBOSConfig = {
        "name": "kindling",
        "system_database_url": settings.KINDLING_JOBS_URL,
        "system_database_engine": _engine(),
        "application_version": APPLICATION_VERSION,
        "executor_id": executor,
        "serializer": DBOSPortableJSONSerializer(),
        "run_migrations": False,
        "log_level": "WARNING",
    }
    DBOS(config=config)
    DBOS.launch()
    look_every(polling_seconds)


def look_every(seconds: float) -> None:
    """How long a job waits at most until a worker looks for it. A look at both queues takes 9 ms of CPU."""
    DBOS.register_queue(
        GENERAL, worker_concurrency=4, polling_interval_sec=seconds, on_conflict="always_update"
    )
    DBOS.register_queue(
        LANES, partition_concurrency=1, polling_interval_sec=seconds, on_conflict="always_update"
    )


def take_over(alive: set[str]) -> list[str]:
    """Queue the running jobs of workers that are not alive again; returns their keys.

    Only one of several workers that do this at once succeeds with a job. A worker that was thought dead and is
    not finds the leases taken, and its tasks are safe to run twice.
    """
    running = _client().list_workflows(status="PENDING", load_input=False, load_output=False)
    lost = [flow for flow in running if flow.executor_id and flow.executor_id not in alive]
    if lost:
        dead = sorted({str(flow.executor_id) for flow in lost})
        log.warning("%d jobs of %s are taken over", len(lost), ", ".join(dead))
        DBOS._recover_pending_workflows(
            dead
        )  # DBOS has no public name for it outside its own cloud
    return [flow.workflow_id for flow in lost]


def shut_down() -> None:
    """Wait a little for what runs, then end; another worker goes on with the rest."""
    DBOS.destroy(workflow_completion_timeout_sec=10)
    while _hearts:
        _hearts.pop().stop()

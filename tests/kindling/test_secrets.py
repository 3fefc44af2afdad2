"""Codes and tokens stay where they belong: encrypted in the database, and nowhere else."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection as database_connection
from sample_team import Team
from stored import files_of

from kindling import logs
from kindling.authorizations import service as authorizations
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.models import Authorization, IntakeRow
from kindling.errors import KindlingError
from kindling.lists import service as lists
from kindling.lists.query import opened_in_batches, read_wanted, rows_of
from kindling.lists.spec import Scope, all_lists
from kindling.today import five as today
from kindling.today import needs as today_needs
from kindling.workspaces import service as workspaces

FOREIGN = "#Zk3uRandomButWellFormedCode9d/+L4m="


class Journal(logging.Handler):
    """Everything any part logs, with tracebacks, before anything is taken out of it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {logging.Formatter().format(record)} {record.args!r}")


@pytest.fixture
def journal() -> Iterator[Journal]:
    root, handler = logging.getLogger(), Journal()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def walk(team: Team) -> list[str]:
    """The whole path with its errors; returns every secret that was used on the way."""
    grant = team.connect_creator("sample.ana")
    app = team.sandbox.get("world/")["app"]
    connection = team.account.connection
    connection.refresh_from_db()
    bad_days = team.plain_posts()[-1]["item_id"]
    lost = team.code(bad_days)
    team.fault("drop_reply", "/tt_video/authorize/")
    team.fault("http_500", "/tt_video/info/")
    team.paste(lost, FOREIGN, "#1Ea2bcde3fUM/x yL4m=")
    team.paste("code,post", f"{FOREIGN},notapost")
    plan = team.approved(team.launchable(1))
    team.fault("drop_reply", "/ad/create/")
    team.apply(plan)
    team.sandbox.advance(days=1)
    team.fault("error", "/report/integrated/get/", code=40002)
    team.read()
    token = workspaces.issue_token(team.owner, name="sample", at=team.now)
    codes = [row.code for row in Authorization.objects.exclude(code="")]
    assert len(codes) >= 2
    return [
        *codes,
        lost,
        FOREIGN,
        token,
        connection.access_token,
        grant.access_token,
        grant.refresh_token,
        app["secret"],
        app["client_secret"],
    ]


def assert_keeps(text: str, secrets: list[str], where: str) -> None:
    for number, secret in enumerate(secrets):
        assert len(secret) > 8
        assert secret not in text, f"secret {number} stands in {where}"
        assert secret.lstrip("#") not in text, f"secret {number} stands in {where}"


class TestASecret:
    @pytest.mark.slow
    def test_is_in_no_log_row_list_answer_or_file(self, team: Team, journal: Journal) -> None:
        secrets = walk(team)
        now = team.now
        logged_by = {line.split(".")[0].split(" ")[0] for line in journal.lines}
        assert "tiktok_business" in logged_by, logged_by
        assert_keeps("\n".join(journal.lines), secrets, "the log")
        assert_keeps(
            json.dumps(today.to_json(today.five(team.workspace, now=now))), secrets, "five"
        )
        needs = today_needs.needs(team.workspace, now=now)
        assert_keeps(json.dumps([need.to_json() for need in needs]), secrets, "alerts")
        for spec in all_lists():
            scope = Scope(team.owner, now)
            rows = rows_of(spec, read_wanted(spec, {}, scope), scope)
            told = [lists.to_json(spec, some) for some in opened_in_batches(spec, rows, scope)]
            assert_keeps(json.dumps(told), secrets, f"list {spec.name}")
        for row in IntakeRow.objects.all():
            assert_keeps(f"{row.message} {row.next_step} {row}", secrets, f"line {row.line}")
        for entry in workspaces.audit_trail(team.workspace):
            shown = f"{entry} {entry.reason} {entry.before} {entry.after}"
            assert_keeps(shown, secrets, "the audit trail")
        assert_keeps(every_cell(), secrets, "the database")
        for name, content in files_of(settings.DATA_DIR).items():
            assert_keeps(content.decode("latin-1"), secrets, name)

    def test_shows_four_characters_of_a_code_at_most(self, team: Team) -> None:
        code = team.code(team.plain_posts()[0]["item_id"])
        row = team.paste(code).rows.get()
        (permission,) = authorizations.permissions(team.workspace, now=team.now)
        for hint in (row.code_hint, permission.authorization.code_hint):
            assert hint.startswith("•••")
            assert len(hint) == 7

    def test_is_wiped_from_a_row_once_it_is_settled(self, team: Team) -> None:
        intake = team.paste(team.code(team.plain_posts()[0]["item_id"]), FOREIGN)
        assert [row.code for row in intake.rows.all()] == ["", ""]

    def test_is_not_part_of_what_a_row_prints(self) -> None:
        row = intakes.CodeRow(1, FOREIGN, FOREIGN)
        assert FOREIGN not in f"{row!r} {row}"

    def test_is_not_repeated_by_any_error(self, team: Team) -> None:
        errors = []
        for given in (f"{FOREIGN}!", "code\n", f"kode\n{FOREIGN}\n"):
            try:
                intakes.receive(
                    team.manager, team.account, intakes.rows_of_paste(given), at=team.now
                )
            except KindlingError as error:
                errors.append(f"{error} {error!r} {error.facts}")
        assert errors
        assert_keeps(" ".join(errors), [FOREIGN], "an error")


def every_cell() -> str:
    """All rows of all tables as stored."""
    cells = []
    with database_connection.cursor() as cursor:
        for table in database_connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 (our own tables' names)
            cells += [repr(row) for row in cursor.fetchall()]
    return "\n".join(cells)


class TestTheLog:
    @pytest.mark.parametrize(
        "secret",
        [FOREIGN, FOREIGN.replace("#", "%23").replace("/", "%2F"), "kd_" + "a1" * 20],
    )
    def test_hides_what_looks_like_a_secret_even_in_a_traceback(
        self, secret: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written = io.StringIO()
        root = logging.getLogger()
        handlers, level = root.handlers, root.level
        monkeypatch.setattr("sys.stderr", written)
        try:
            logs.configure("DEBUG")
            try:
                raise ValueError(f"refused {secret}")
            except ValueError:
                logging.getLogger("kindling.sample").exception("it broke with %s", secret)
        finally:
            root.handlers, root.level = handlers, level
        assert "it broke with" in written.getvalue()
        assert secret not in written.getvalue()

    @pytest.mark.parametrize("name", ["access_token", "auth_code", "client_secret", "password"])
    def test_hides_a_value_by_its_name(self, name: str) -> None:
        event = logs.redact(None, "info", {"event": "called", name: "plain-looking"})
        assert event[name] == logs.HIDDEN
        assert "plain-looking" not in logs.redact_text(f"{name}=plain-looking&x=1")

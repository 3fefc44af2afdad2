"""The container file names what exists. No engine builds it here: its steps are checked one by one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from click.testing import CliRunner

from tiktok_sandbox.cli import DEFAULT_PORT, main
from tiktok_sandbox.server import SandboxServer

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "packages" / "tiktok-sandbox" / "Containerfile"
LINES = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line[:1].isupper()]
STAGES = [
    [line.split(" ", 1) for line in stage.splitlines()]
    for stage in "\n".join(LINES).split("FROM ")[1:]
]


def rest(instruction: str) -> str:
    """What stands behind an instruction of the last stage, which must be there once."""
    (found,) = [words for name, words in STAGES[-1][1:] if name == instruction]
    return found


def command() -> list[str]:
    """The arguments that the container's command line has by default."""
    assert json.loads(rest("ENTRYPOINT")) == ["tiktok-sandbox"]
    words: list[str] = json.loads(rest("CMD"))
    return words


def test_every_instruction_is_one_that_engines_know() -> None:
    known = {
        "RUN",
        "COPY",
        "USER",
        "WORKDIR",
        "VOLUME",
        "EXPOSE",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    assert len(STAGES) == 2
    assert {name for stage in STAGES for name, _ in stage[1:]} == known


def test_what_it_copies_is_enough_to_build(tmp_path: Path) -> None:
    for name, words in STAGES[0][1:]:
        if name == "COPY":
            source, target = words.split()
            (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copyfile
            copy(ROOT / source, tmp_path / target)
    ran = [words for name, words in STAGES[0][1:] if name == "RUN"][-1].split()
    assert ran[0] == "python"
    subprocess.run([sys.executable, *ran[1:]], cwd=tmp_path, check=True, capture_output=True)
    built = PurePosixPath(dict(STAGES[0][1:])["WORKDIR"], ran[-1])
    assert f"--from=build {built} " in dict(STAGES[1][1:])["COPY"]
    assert list((tmp_path / ran[-1]).glob("*.whl"))


def test_runs_as_somebody_without_rights_who_owns_the_volume() -> None:
    user, volume = rest("USER"), rest("VOLUME")
    assert user not in ("root", "0")
    assert f"useradd --uid 10001 {user}" in rest("RUN")
    assert f"install -d -o {user} {volume}" in rest("RUN")
    words = command()
    assert PurePosixPath(words[words.index("--state") + 1]).parent == PurePosixPath(volume)


def test_its_command_is_one_of_the_sandbox() -> None:
    answer = CliRunner().invoke(main, [*command(), "--help"])
    assert answer.exit_code == 0, answer.output
    assert rest("EXPOSE") == str(DEFAULT_PORT)
    assert "0.0.0.0" in command()  # noqa: S104 - inside the container; the port is published by hand


@pytest.mark.slow
def test_its_health_is_asked_where_it_listens(sandbox: SandboxServer) -> None:
    (check,) = [words for name, words in STAGES[-1][1:] if name == "HEALTHCHECK"]
    words = json.loads(check.partition("CMD ")[2])
    assert f"127.0.0.1:{DEFAULT_PORT}" in words[-1]
    code = words[-1].replace(f"http://127.0.0.1:{DEFAULT_PORT}", sandbox.url)
    assert words[:-1] == ["python", "-c"]
    subprocess.run([sys.executable, "-c", code], check=True)

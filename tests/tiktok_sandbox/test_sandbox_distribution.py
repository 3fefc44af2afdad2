"""The sandbox as a distribution of its own: what it names, and what comes of installing it alone."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tarfile
import time
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tiktok_sandbox.phone.front_pages import RUNS_ON
from tiktok_sandbox.server import free_port
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.storage import save

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "src" / "tiktok_sandbox"
PACKAGE = ROOT / "packages" / "tiktok-sandbox"
TUTORIAL = ROOT / "docs" / "tutorials" / "test-your-own-integration.md"
EXAMPLE = ROOT / "examples" / "sandbox" / "spark_ad.py"
HERE = "http://127.0.0.1:8790"
MOST_MEGABYTES = 150
# What is imported under another name than it is installed by.
IMPORTED_AS = {"pillow": "PIL", "pyyaml": "yaml"}
# Not imported by name: zoneinfo reads its files.
UNNAMED = {"tzdata"}
TOO_LARGE = {"scipy", "django", "pyarrow", "pandas", "duckdb", "aiohttp", "kindling"}
UNREACHABLE = re.compile(r"(?i)connection|timed out|temporary failure|name resolution|max retries")


def project(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((path / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def name_of(requirement: str) -> str:
    return re.split(r"[^\w-]", requirement, maxsplit=1)[0].lower()


def imported() -> set[str]:
    """Top names of everything the package imports, wherever in its files."""
    found: set[str] = set()
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: relative imports hide what is meant"
                found.add((node.module or "").partition(".")[0])
    return found


class TestMetadata:
    def test_names_exactly_what_the_package_imports(self) -> None:
        wanted = {name_of(each) for each in project(PACKAGE)["dependencies"]}
        modules = {IMPORTED_AS.get(name, name) for name in wanted - UNNAMED}
        extras = project(PACKAGE)["optional-dependencies"].values()
        modules |= {name_of(each) for extra in extras for each in extra}
        assert modules == imported() - set(sys.stdlib_module_names) - {"tiktok_sandbox"}

    def test_its_licence_page_names_the_same(self) -> None:
        assert sorted(RUNS_ON) == sorted(map(name_of, project(PACKAGE)["dependencies"]))

    def test_imports_nothing_of_the_other_packages(self) -> None:
        assert not imported() & {"kindling", "tiktok_business", "spark_measure", "django", "scipy"}

    def test_asks_for_the_versions_that_the_repository_is_tested_with(self) -> None:
        whole = {name_of(each): each for each in project(ROOT)["dependencies"]}
        for requirement in project(PACKAGE)["dependencies"]:
            assert whole[name_of(requirement)] == requirement

    @pytest.mark.parametrize("key", ["requires-python", "license"])
    def test_agrees_with_the_repository_about(self, key: str) -> None:
        assert project(PACKAGE)[key] == project(ROOT)[key]

    def test_starts_what_the_repository_starts(self) -> None:
        own, whole = project(PACKAGE), project(ROOT)
        assert own["entry-points"] == whole["entry-points"]
        assert own["scripts"] == {"tiktok-sandbox": whole["scripts"]["tiktok-sandbox"]}

    def test_its_readme_leads_somewhere(self) -> None:
        text = (PACKAGE / "README.md").read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+?)\)", text):
            assert (PACKAGE / target).exists(), target


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The source archive and the wheel."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(ROOT / "scripts" / "build_sandbox.py"), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return sorted(folder.iterdir(), key=lambda path: path.suffix != ".gz")


@pytest.fixture(scope="module")
def alone(built: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and what it asks for, not even pip."""
    folder = tmp_path_factory.mktemp("alone") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    install(folder, str(built[1]))
    return folder


def install(environment: Path, *wanted: str) -> None:
    """Install by name; skips the test where the package index cannot be reached."""
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python")]
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", *wanted]
    done = subprocess.run(command, env=clean(), capture_output=True, text=True, check=False)
    if done.returncode and UNREACHABLE.search(done.stderr):
        pytest.skip(f"the package index cannot be reached: {done.stderr.strip()[-300:]}")
    assert done.returncode == 0, done.stderr[-4000:]


def clean() -> dict[str, str]:
    """The environment of a person who has only installed the sandbox."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}


def run(environment: Path, *words: str, stdin: str | None = None) -> str:
    done = subprocess.run(
        [str(environment / "bin" / words[0]), *words[1:]],
        input=stdin,
        env=clean() | {"NO_PROXY": "*"},
        cwd=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


@contextmanager
def serving(environment: Path, *options: str) -> Iterator[str]:
    """`tiktok-sandbox serve` of that environment on a free port; its address."""
    port = free_port()
    command = [str(environment / "bin" / "tiktok-sandbox"), "serve", "--port", str(port), *options]
    with subprocess.Popen(
        command, env=clean(), cwd=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as server:
        try:
            assert server.stdout is not None
            first = server.stdout.readline()
            assert b"TikTok sandbox at" in first, first
            wait_for(f"http://127.0.0.1:{port}/sandbox/v1/health/")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.communicate(timeout=20)


def wait_for(address: str, *, attempts: int = 200) -> None:
    for _ in range(attempts):
        try:
            with urllib.request.urlopen(address):  # noqa: S310 - our own http server
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nobody answers at {address}")


def megabytes(folder: Path) -> float:
    """What a folder's files take on the disk, in millions of bytes."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*")) / 1e6


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), flags=re.S)


@pytest.mark.slow
class TestAlone:
    def test_the_archives_hold_code_data_and_licence(self, built: list[Path]) -> None:
        source, wheel = built
        data = {
            str(path.relative_to(CODE.parent))
            for path in CODE.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        in_wheel = set(zipfile.ZipFile(wheel).namelist())
        assert data <= in_wheel
        assert {name.partition("/")[0] for name in in_wheel - data} <= {
            "tiktok_sandbox",
            "tiktok_sandbox-0.1.0.dist-info",
        }
        with tarfile.open(source) as archive:
            names = {name.partition("/")[2] for name in archive.getnames()}
        assert {f"src/{name}" for name in data} | {"LICENSE", "README.md"} <= names

    def test_is_small(self, alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (packages,) = alone.glob("lib/python3.*/site-packages")
        size = megabytes(packages)
        with capsys.disabled():
            sys.stdout.write(f"\nthe sandbox alone takes {size:.0f} MB\n")
        assert size <= MOST_MEGABYTES
        assert not [path.name for path in packages.iterdir() if path.name in TOO_LARGE]

    def test_its_commands_work(self, alone: Path) -> None:
        assert "demo: " in run(alone, "tiktok-sandbox", "worlds")
        assert "| " in run(alone, "tiktok-sandbox", "coverage")
        assert '"openapi"' in run(alone, "tiktok-sandbox", "openapi")

    def test_draws_the_same_world_as_in_the_repository(self, alone: Path) -> None:
        code = (
            "from tiktok_sandbox.world.drawing.build import build_world as b\n"
            "from tiktok_sandbox.world.storage import save\nfrom hashlib import sha256\n"
            "print(sha256(save(b(seed=7, real=lambda: 0.0))).hexdigest())"
        )
        here = sha256(save(build_world(seed=7, real=lambda: 0.0))).hexdigest()
        assert run(alone, "python", "-c", code).strip() == here

    def test_runs_the_python_example(self, alone: Path) -> None:
        with serving(alone) as url:
            printed = run(alone, "python", str(EXAMPLE), url)
        assert "spend" in printed.splitlines()[-1]

    def test_its_tutorial_runs(self, alone: Path, tmp_path: Path) -> None:
        """With TikTok's SDK and pytest beside it, in a copy of their own."""
        install(alone, "tiktok-business-api-sdk-official==1.1.3", "pytest")
        with serving(alone, "--tier", "off") as url:
            # The SDK keeps a pool of threads that only an end without ceremony gets rid of.
            code = "\n".join(blocks("python")).replace(HERE, url)
            printed = run(alone, "python", "-", stdin=code + "\nprint('done', flush=True)\n")
        assert printed.endswith("done\n")
        (tmp_path / "test_mine.py").write_text(blocks("python-test")[0], encoding="utf-8")
        assert "1 passed" in run(alone, "python", "-m", "pytest", "-q", str(tmp_path))

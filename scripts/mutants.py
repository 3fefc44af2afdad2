"""Mutation testing of the rules that guard money and permission: `make mutants`, `make mutants M=checks`.

For every module named in scripts/mutants.toml `mutations.py` makes mutants: one change each. A mutant is tried in a
forked child that runs the tests which ran the changed function, until the first one fails. One that no test notices
survives. The run fails when a survivor is not listed in scripts/mutants.toml with the reason why it is harmless, or
when a module falls under the least share of killed ones.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.util
import marshal
import os
import pickle
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # a thread pool does not outlive a fork
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

import hypothesis  # noqa: E402 (the environment is set first)
import pytest  # noqa: E402 (likewise)
from _pytest.runner import runtestprotocol  # noqa: E402 (likewise)
from mutations import EVERYWHERE, Mutant, mutants_of  # noqa: E402 (likewise)

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "scripts" / "mutants.toml"
OURS = {"kindling", "spark_measure", "tiktok_business", "tiktok_sandbox"}
SECONDS_PER_MUTANT = 30.0  # of processor time; a mutant that takes more loops, and is killed
BROKEN = 70  # the exit code of a child in which this script itself failed


@dataclass
class Findings:
    """What a run found out.

    tests : per test its seconds and the places (module, function) it runs; at_import : places that run before any
    loaded : names of the imported modules; seconds : per module
    """

    mutants: list[Mutant] = field(default_factory=list)
    survived: list[Mutant] = field(default_factory=list)
    tests: dict[str, tuple[float, set[tuple[str, str]]]] = field(default_factory=dict)
    at_import: set[tuple[str, str]] = field(default_factory=set)
    loaded: list[str] = field(default_factory=list)
    seconds: defaultdict[str, float] = field(default_factory=partial(defaultdict, float))

    def of_functions(self) -> list[Mutant]:
        return [each for each in self.mutants if not self._is_imported(each)]

    def of_import(self, module: str) -> list[Mutant]:
        """A module's mutants that must be in place when it is imported."""
        return [each for each in self.mutants if each.module == module and self._is_imported(each)]

    def _is_imported(self, mutant: Mutant) -> bool:
        return mutant.place == EVERYWHERE or (mutant.module, mutant.place) in self.at_import

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that ran the mutated place, the quickest first; at import, all that the module may matter to."""

        def is_meant(nodeid: str, places: set[tuple[str, str]]) -> bool:
            if self._is_imported(mutant):
                ran = any(module == mutant.module for module, _ in places)
                return ran or imports(nodeid.split("::")[0], mutant.module)
            return (mutant.module, mutant.place) in places

        meant = [
            (seconds, nodeid)
            for nodeid, (seconds, places) in self.tests.items()
            if is_meant(nodeid, places)
        ]
        return [nodeid for _, nodeid in sorted(meant)]


_TEXTS: dict[str, str] = {}


def imports(file: str, module: str) -> bool:
    """Whether a test file names a module in an import."""
    text = _TEXTS.setdefault(file, (ROOT / file).read_text())
    parent, _, name = module.rpartition(".")
    return module in text or (f"from {parent} import" in text and name in text)


# --- Running tests ------------------------------------------------------------------------------------------


class _Bench:
    """A pytest plugin that tries mutants of functions in the session it has collected.

    It runs every test once, noting which places of the target modules it runs and how long it takes. Then it forks
    per mutant: the child puts the mutated code into the living functions and runs the tests that ran them.
    """

    def __init__(self, modules: Mapping[str, Mapping[str, Any]], workers: int) -> None:
        self.modules, self.workers = modules, workers
        self.targets = {str(_path_of(name)): name for name in modules}
        self.found = Findings()
        self.now: set[tuple[str, str]] = set()

    def note(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename in self.targets:
            place = frame.f_code.co_qualname.split(".<locals>")[0]
            self.now.add((self.targets[frame.f_code.co_filename], place))

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Iterator[None]:
        sys.setprofile(self.note)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            self.found.at_import = self.now

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item in session.items:
            self.now, started = set(), time.perf_counter()
            sys.setprofile(self.note)
            try:
                failed = [each for each in runtestprotocol(item, log=False) if each.failed]
            finally:
                sys.setprofile(None)
            if failed:
                raise session.Failed(f"{item.nodeid}: {failed[0].longreprtext}")
            self.found.tests[item.nodeid] = (time.perf_counter() - started, self.now)
        for name, options in self.modules.items():
            made = mutants_of(importlib.import_module(name), options.get("only", []))
            self.found.mutants += made
        items = {item.nodeid: item for item in session.items}
        living = _functions(self.targets)
        for mutant in self.found.of_functions():
            if not _fits(mutant, living.get((mutant.module, mutant.place), [])):
                self.found.at_import.add((mutant.module, mutant.place))

        def work(mutant: Mutant, chosen: list[str]) -> int:
            for function in living[mutant.module, mutant.place]:
                function.__code__ = _code_in(marshal.loads(mutant.code), function.__code__)  # noqa: S302
            for nodeid in chosen:
                if any(each.failed for each in runtestprotocol(items[nodeid], log=False)):
                    return 1
            return 0

        try_all(self.found, self.found.of_functions(), work, workers=self.workers)
        return True


def _functions(files: Mapping[str, str]) -> dict[tuple[str, str], list[FunctionType]]:
    """The living functions of the target modules by place, also those that a decorator or a property holds."""
    found: dict[tuple[str, str], list[FunctionType]] = {}
    # By its type: asking a lazy object for its class would wake it up.
    for each in gc.get_objects():
        if type(each) is FunctionType and each.__code__.co_filename in files:
            module = files[each.__code__.co_filename]
            found.setdefault((module, each.__code__.co_qualname), []).append(each)
    return found


def _fits(mutant: Mutant, functions: list[FunctionType]) -> bool:
    """Whether the mutated code can be put into the living functions: one that uses `super()` may not need it now."""
    code = marshal.loads(mutant.code)  # noqa: S302 (compiled by this very run)
    return bool(functions) and all(
        _code_in(code, each.__code__).co_freevars == each.__code__.co_freevars for each in functions
    )


def _code_in(code: CodeType, wanted: CodeType) -> CodeType:
    """The code object below `code` that stands where `wanted` stood."""
    todo = [code]
    while todo:
        each = todo.pop()
        if (each.co_qualname, each.co_firstlineno) == (wanted.co_qualname, wanted.co_firstlineno):
            return each
        todo += [const for const in each.co_consts if isinstance(const, CodeType)]
    raise LookupError(wanted.co_qualname)


class _Choose:
    """A pytest plugin: only these tests, the quickest first.

    A mutated enum renames the cases of a test that is parametrized with it, so all cases of a chosen test run.
    """

    def __init__(self, chosen: list[str]) -> None:
        self.order = {nodeid: number for number, nodeid in enumerate(chosen)}
        self.functions = {_function_of(nodeid) for nodeid in chosen}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if _function_of(item.nodeid) in self.functions),
            key=lambda item: self.order.get(item.nodeid, len(self.order)),
        )


def _function_of(nodeid: str) -> str:
    """A test's name without its case."""
    return nodeid.partition("[")[0]


class _Mutated(SourceFileLoader):
    """Imports one module from a mutant's code instead of from its file."""

    def __init__(self, name: str, path: str, code: bytes) -> None:
        SourceFileLoader.__init__(self, name, path)
        self.mutated: CodeType = marshal.loads(code)  # noqa: S302 (compiled by this very run)

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def get_code(self, fullname: str) -> CodeType:
        return self.mutated


def _pytest(files: list[str], plugin: object) -> int:
    options = ["--noconftest", "-p", "no:cacheprovider", "-x", "-q", "--assert=plain", "--tb=short"]
    options += ["-W", "error"]
    return int(
        pytest.main(
            [*options, "-c", os.devnull, "-o", "markers=slow", "--rootdir", str(ROOT), *files],
            plugins=[plugin],
        )
    )


def _in_a_child(work: Callable[[], int], *, output: int) -> int:
    """The process id of a fork that does the work, with what it prints going to a file descriptor."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    os.dup2(output, 1)
    os.dup2(output, 2)
    code = BROKEN
    try:
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def try_all(
    found: Findings,
    mutants: list[Mutant],
    work: Callable[[Mutant, list[str]], int],
    *,
    workers: int,
) -> None:
    """Try mutants in children, `workers` at a time, and note which survived and how long each module took."""
    running: dict[int, tuple[Mutant, float]] = {}

    def collect() -> None:
        pid, status = os.wait()
        mutant, started = running.pop(pid)
        found.seconds[mutant.module] += (time.perf_counter() - started) / workers
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            found.survived.append(mutant)
        elif code not in {1, 2, -signal.SIGPROF}:
            raise RuntimeError(f"{mutant.key}: the tests ended with {code}: neither pass nor fail")

    def start(mutant: Mutant, chosen: list[str]) -> int:
        signal.setitimer(signal.ITIMER_PROF, SECONDS_PER_MUTANT)
        return work(mutant, chosen)

    gc.collect()
    gc.freeze()  # what is there already is not looked through again in every child
    with Path(os.devnull).open("w") as nowhere:
        for mutant in mutants:
            chosen = found.tests_of(mutant)
            if not chosen:
                found.survived.append(mutant)
                continue
            if len(running) >= workers:
                collect()
            pid = _in_a_child(partial(start, mutant, chosen), output=nowhere.fileno())
            running[pid] = (mutant, time.perf_counter())
        while running:
            collect()


def measure(
    modules: Mapping[str, Mapping[str, Any]], files: list[str], *, workers: int
) -> Findings:
    """Make the mutants and try those of functions, in a child of this process. Exits with 2 when a test fails."""
    with tempfile.TemporaryFile() as printed, tempfile.NamedTemporaryFile() as answer:

        def work() -> int:
            bench = _Bench(modules, workers)
            if code := _pytest(files, bench):
                return code
            bench.found.loaded = sorted(sys.modules)
            Path(answer.name).write_bytes(pickle.dumps(bench.found))
            return 0

        _, status = os.waitpid(_in_a_child(work, output=printed.fileno()), 0)
        if status:
            printed.seek(0)
            print(printed.read().decode())
            print("The tests must pass before mutants are tried.")
            sys.exit(2)
        found: Findings = pickle.loads(Path(answer.name).read_bytes())  # noqa: S301 (our own child's)
    return found


def import_and_run(mutant: Mutant, chosen: list[str], *, is_loaded: bool) -> int:
    """Import a mutant of what runs at import, then the tests that use it; returns pytest's exit code."""
    path = str(_path_of(mutant.module))
    sys.meta_path.insert(0, _Mutated(mutant.module, path, mutant.code))
    if is_loaded:
        sys.modules.pop(mutant.module, None)
        try:
            importlib.import_module(mutant.module)
        except Exception:
            return 1
    return _pytest(sorted({nodeid.split("::")[0] for nodeid in chosen}), _Choose(chosen))


def _path_of(module: str) -> Path:
    return ROOT / "src" / (module.replace(".", "/") + ".py")


# --- The whole run ------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("part", nargs="?", default="", help="only modules whose name holds this")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT / "src"))
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, max_examples=50,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    hypothesis.settings.load_profile("mutants")
    config = tomllib.loads(CONFIG.read_text())
    wanted = {name: each for name, each in config["modules"].items() if given.part in name}
    if not wanted:
        print(f"No module's name holds {given.part!r}. There are: {', '.join(config['modules'])}")
        return 2
    columns = ("mutants", "killed", "survived", "listed", "share", "seconds")
    print(f"{'module':40}", *(f"{each:>8}" for each in columns))
    started, wrong, total = time.perf_counter(), [], Counter[str]()
    for group, is_loaded in (("pure", False), ("django", True)):
        modules = {
            name: each for name, each in wanted.items() if each.get("django", False) is is_loaded
        }
        paths = {path for glob in config[group]["tests"] for path in ROOT.glob(glob)}
        files = sorted(str(path.relative_to(ROOT)) for path in paths)
        untried = [name for name in modules if not any(imports(file, name) for file in files)]
        wrong += [f"{name}: none of the tests in [{group}] imports it." for name in untried]
        files = [file for file in files if any(imports(file, name) for name in modules)]
        if not files:
            continue
        if is_loaded:
            _load_django()
        found = measure(modules, files, workers=given.workers)
        if not is_loaded:
            _load_third_parties(found.loaded)
        for name, options in modules.items():
            work = partial(import_and_run, is_loaded=is_loaded)
            try_all(found, found.of_import(name), work, workers=given.workers)
            wrong += report(name, options, found, total, config["least"])
    print(row("all", total, time.perf_counter() - started))
    print("\n".join(wrong))
    return 1 if any(not line.startswith("stale") for line in wrong) else 0


def row(name: str, counts: Mapping[str, int], seconds: float) -> str:
    made, survived = counts["made"], counts["survived"]
    share = 100 * (made - survived) / made if made else 100.0
    numbers = "".join(f" {each:8}" for each in (made, made - survived, survived, counts["listed"]))
    return f"{name:40}{numbers} {share:7.1f}% {seconds:8.1f}"


def report(
    name: str, options: Mapping[str, Any], found: Findings, total: Counter[str], least: float
) -> list[str]:
    """Print a module's row, add it to the total, and return what is wrong, in lines."""
    listed = {
        (name, each["in"], each["line"], each["change"]): each["reason"]
        for each in options.get("survivors", [])
    }
    mutants = [mutant for mutant in found.mutants if mutant.module == name]
    survived = [mutant for mutant in found.survived if mutant.module == name]
    keys = {mutant.key for mutant in survived}
    unlisted = [mutant for mutant in survived if mutant.key not in listed]
    counts = {"made": len(mutants), "survived": len(survived), "listed": len(keys & set(listed))}
    total.update(counts)
    print(row(name, counts, found.seconds[name]), flush=True)
    wrong = [
        f"{_path_of(name).relative_to(ROOT)}:{mutant.number}: survived\n"
        f'[[modules."{name}".survivors]]\nin = {quoted(mutant.place)}\n'
        f"line = {quoted(mutant.line)}\nchange = {quoted(mutant.change)}\n"
        for mutant in unlisted
    ]
    wrong += [
        f"stale: {key} is listed as a survivor and is none." for key in listed if key not in keys
    ]
    if mutants and len(survived) > (1 - least / 100) * len(mutants):
        wrong.append(f"{name}: fewer than {least} % are killed.")
    return wrong


def quoted(text: str) -> str:
    """A TOML string of one line."""
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _load_third_parties(names: list[str]) -> None:
    """Import what the tests will need of others once, before the forks."""
    importlib.import_module("kindling")
    for name in names:
        if name.split(".")[0] not in OURS:
            try:
                importlib.import_module(name)
            except Exception:  # noqa: S112 (made at run time by its package, which will make it again)
                continue


def _load_django() -> None:
    """Load Django as the tests do: their conftest names a data folder of its own and sets Django up."""
    sys.path.insert(0, str(ROOT / "tests"))  # as pytest has it: the conftest imports a neighbour
    spec = importlib.util.spec_from_file_location("conftest", ROOT / "tests" / "conftest.py")
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 (narrows types)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


if __name__ == "__main__":
    sys.exit(main())

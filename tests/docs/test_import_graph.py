"""No module of any package imports itself, however long the way round."""

from __future__ import annotations

import grimp
import pytest


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that reach one another; modules without a circle are in none."""
    waiting, done = dict(imports), set[str]()
    while True:
        free = [name for name, needed in waiting.items() if not needed - done - {name}]
        if not free:
            break
        for name in free:
            done.add(name)
            del waiting[name]
    left = set(waiting)
    return [sorted(name for name in left if imports[name] & left)] if left else []


@pytest.mark.parametrize(
    "package", ["kindling", "tiktok_business", "tiktok_sandbox", "spark_measure"]
)
def test_has_no_circle(package: str) -> None:
    graph = grimp.build_graph(package)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    assert len(imports) > 1
    assert circles(imports) == []


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}) == [
        ["a", "b", "c", "d"]
    ]

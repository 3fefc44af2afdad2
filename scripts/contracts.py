"""A contract for import-linter: inside the areas of the platform, calls go down.

Every module of an area has a role by its file name: `urls`; then what speaks to the outside: `pages`, `web`, `forms`,
`lists`, `api`, `tasks`; then use cases (any other name); then `models`; then what is pure (`rules`, and the modules
that `pure` names). A module may import its own role or one below, inside its area and in others; no file stands
outside, because any name has a role.
"""

from __future__ import annotations

from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

URLS, EDGE, USE_CASE, MODELS, PURE = 5, 4, 3, 2, 1
BY_NAME = {
    "apps": URLS, "urls": URLS, "pages": EDGE, "web": EDGE, "forms": EDGE, "lists": EDGE, "api": EDGE, "tasks": EDGE,
    "models": MODELS, "rules": PURE,
}  # fmt: skip
WORDS = {
    URLS: "urls",
    EDGE: "pages, web, forms, lists, api, tasks",
    USE_CASE: "use cases",
    MODELS: "models",
    PURE: "pure",
}


class CallsGoDown(Contract):
    """Roles by file name; see the module's docstring.

    areas : the packages whose modules are looked at
    pure : modules that are pure beside those named `rules`
    """

    type_name = "calls_go_down"
    areas = fields.ListField(subfield=fields.StringField())
    pure = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find every import that goes up, and every name in `pure` that is no module."""
        areas = cast(
            list[str], self.areas
        )  # import-linter fills the fields when it reads the options
        pure = set(cast(list[str], self.pure or []))
        roles = {
            module: PURE if module in pure else BY_NAME.get(module.rpartition(".")[2], USE_CASE)
            for area in areas
            for module in graph.find_descendants(area)
            if ".migrations" not in module and not graph.find_children(module)
        }
        upward = [
            (importer, imported)
            for importer, role in roles.items()
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if roles.get(imported, PURE) > role
        ]
        unknown = sorted(pure - set(roles))
        return ContractCheck(
            kept=not upward and not unknown,
            metadata={"upward": upward, "unknown": unknown, "roles": roles},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        roles = check.metadata["roles"]
        for importer, imported in check.metadata["upward"]:
            output.print_error(
                f"{importer} ({WORDS[roles[importer]]}) imports {imported} ({WORDS[roles[imported]]})."
            )
        for module in check.metadata["unknown"]:
            output.print_error(f"{module} is named as pure and does not exist.")

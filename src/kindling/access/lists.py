"""The list of members."""

from __future__ import annotations

from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, register
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Member, Role

ACCESS = [("active", "Active"), ("deactivated", "Deactivated")]


MEMBERS = register(
    ListSpec(
        name="members",
        title="Members",
        page="members:list",
        rows=lambda scope: workspaces.members(scope.workspace),
        order="by e-mail",
        row_template="access/member_row.html",
        search=lambda rows, word, _: rows.filter(user__email__icontains=word),
        search_hint="E-mail",
        filters=(
            Filter("role", "Role", lambda _: Role.choices, lambda rows, role, _: rows.filter(role=role)),
            Filter(
                "access", "Access", lambda _: ACCESS,
                lambda rows, access, _: rows.filter(deactivated_at__isnull=access == "active"),
            ),
        ),
        columns=(
            Column("member", "Member", lambda row: row.user.email, sort="user__email", is_title=True),
            Column("role", "Role", Member.get_role_display, sort="role"),
            Column("access", "Access", lambda row: "Deactivated" if row.deactivated_at else "Active"),
            Column("since", "Deactivated on", lambda row: row.deactivated_at, Kind.INSTANT, sort="deactivated_at",
                   is_shown=False),
            Column("actions", "Actions", lambda _: None, is_drawn_only=True),
        ),
    )
)  # fmt: skip

"""Addresses of portal access, below a creator's own; `members` are those of the team, `public` is its invitations."""

from django.urls import path

from kindling.access import pages

app_name = "access"
urlpatterns = [
    path("@<str:handle>/portal/", pages.portal_link, name="link"),
    path("@<str:handle>/portal/close/", pages.portal_revoke, name="revoke"),
]
members = (
    [
        path("", pages.members, name="list"),
        path("invite/", pages.invite, name="invite"),
        path("<int:member>/role/", pages.set_role, name="set_role"),
        path("<int:member>/deactivate/", pages.deactivate, name="deactivate"),
        path("<int:member>/reactivate/", pages.reactivate, name="reactivate"),
        path("<int:member>/remove/", pages.remove, name="remove"),
        path("invitations/<int:invitation>/withdraw/", pages.withdraw, name="withdraw"),
    ],
    "members",
)
public = [path("<str:key>/", pages.join, name="join")]

"""Addresses of the workspace itself."""

from django.urls import path

from kindling.workspaces import pages

app_name = "workspaces"
urlpatterns = [
    path("", pages.home, name="home"),
    path("settings/", pages.settings, name="settings"),
    path("connections/", pages.save_connection, name="save_connection"),
    path("connections/callback", pages.callback, name="callback"),
    path("tokens/", pages.issue_token, name="issue_token"),
    path("tokens/<int:pk>/revoke/", pages.revoke_token, name="revoke_token"),
]

"""Addresses of portal access, below a creator's own."""

from django.urls import path

from kindling.access import pages

app_name = "access"
urlpatterns = [
    path("@<str:handle>/portal/", pages.portal_link, name="link"),
    path("@<str:handle>/portal/close/", pages.portal_revoke, name="revoke"),
]

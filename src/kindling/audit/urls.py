"""Addresses of what was done."""

from django.urls import path

from kindling.audit import pages

app_name = "audit"
urlpatterns = [
    path("audit/", pages.trail, name="trail"),
    path("calls/", pages.calls, name="calls"),
]

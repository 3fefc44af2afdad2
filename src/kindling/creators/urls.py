"""Addresses of creators. The page of one creator is `today:creator`: it gathers from every area."""

from django.urls import path

from kindling.creators import pages

app_name = "creators"
urlpatterns = [
    path("", pages.directory, name="list"),
    path("add/", pages.add, name="add"),
    path("connect/callback", pages.callback, name="callback"),
    path("@<str:handle>/connect/", pages.connect, name="connect"),
]

"""Addresses of creators. The page of one creator is `profiles:creator`: it gathers from every area."""

from django.urls import path

from kindling.creators import pages

app_name = "creators"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("add/", pages.add, name="add"),
    path("mentions/", pages.mentions, name="mentions"),
    path("mentions/add/", pages.add_mentioned, name="add_mentioned"),
    path("connect/callback", pages.callback, name="callback"),
    path("@<str:handle>/connect/", pages.connect, name="connect"),
    path("@<str:handle>/edit/", pages.edit, name="edit"),
    path("@<str:handle>/rename/", pages.rename, name="rename"),
    path("@<str:handle>/merge/", pages.merge, name="merge"),
    path("@<str:handle>/notes/", pages.write_note, name="write_note"),
    path("@<str:handle>/notes/<int:note>/delete/", pages.delete_note, name="delete_note"),
]

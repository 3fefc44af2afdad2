"""Addresses of creators. The page of one creator is `today:creator`: it gathers from every area."""

from django.urls import path

from kindling.creators import one_pages, outreach_pages, pages

app_name = "creators"
urlpatterns = [
    path("", pages.directory, name="list"),
    path("add/", pages.add, name="add"),
    path("found/", pages.found, name="found"),
    path("found/add/", pages.add_found, name="add_found"),
    path("outreach/", outreach_pages.home, name="outreach"),
    path("outreach/log/", outreach_pages.log, name="outreach_log"),
    path("outreach/limits/", outreach_pages.limits, name="limits"),
    path("outreach/messages/<int:message>/sent/", outreach_pages.by_hand, name="by_hand"),
    path("outreach/templates/add/", outreach_pages.add_template, name="add_template"),
    path("outreach/templates/<int:template>/", outreach_pages.template, name="template"),
    path("outreach/sequences/add/", outreach_pages.add_sequence, name="add_sequence"),
    path("outreach/sequences/<int:sequence>/", outreach_pages.sequence, name="sequence"),
    path("outreach/sequences/<int:sequence>/enrol/", outreach_pages.enrol, name="enrol"),
    path("outreach/sequences/<int:sequence>/switch/", outreach_pages.switch, name="switch"),
    path("outreach/enrolments/<int:enrolment>/end/", outreach_pages.end, name="end"),
    path("connect/callback", pages.callback, name="callback"),
    path("@<str:handle>/connect/", pages.connect, name="connect"),
    path("@<str:handle>/edit/", one_pages.edit, name="edit"),
    path("@<str:handle>/rename/", one_pages.rename, name="rename"),
    path("@<str:handle>/merge/", one_pages.merge, name="merge"),
    path("@<str:handle>/notes/", one_pages.write_note, name="write_note"),
    path("@<str:handle>/notes/<int:note>/delete/", one_pages.delete_note, name="delete_note"),
    path("@<str:handle>/portal/", one_pages.portal_link, name="portal_link"),
    path("@<str:handle>/portal/close/", one_pages.portal_revoke, name="portal_revoke"),
]

"""Addresses of outreach; `public` is the one that is open to the world: opting out."""

from django.urls import path

from kindling.outreach import pages

app_name = "outreach"
urlpatterns = [
    path("", pages.home, name="home"),
    path("log/", pages.log, name="log"),
    path("limits/", pages.limits, name="limits"),
    path("messages/<int:message>/sent/", pages.by_hand, name="by_hand"),
    path("templates/add/", pages.add_template, name="add_template"),
    path("templates/<int:template>/", pages.template, name="template"),
    path("templates/<int:template>/delete/", pages.delete_template, name="delete_template"),
    path("sequences/add/", pages.add_sequence, name="add_sequence"),
    path("sequences/<int:sequence>/", pages.sequence, name="sequence"),
    path("sequences/<int:sequence>/enrol/", pages.enrol, name="enrol"),
    path("sequences/<int:sequence>/switch/", pages.switch, name="switch"),
    path("enrolments/<int:enrolment>/end/", pages.end, name="end"),
]
public = [path("<str:signed>/", pages.opt_out, name="opt_out")]

"""Addresses of notices."""

from django.urls import path

from kindling.notices import pages

app_name = "notices"
urlpatterns = [
    path("", pages.notices, name="list"),
    path("mail/", pages.set_wants_mail, name="set_wants_mail"),
    path("<int:pk>/done/", pages.settle_notice, name="settle"),
]

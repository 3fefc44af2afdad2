"""Addresses of Today."""

from django.urls import path

from kindling.today import pages

app_name = "today"
urlpatterns = [
    path("", pages.home, name="home"),
    path("find/", pages.find_page, name="find"),
]

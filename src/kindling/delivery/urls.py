"""Addresses of what runs."""

from django.urls import path

from kindling.delivery import pages

app_name = "delivery"
urlpatterns = [
    path("", pages.live, name="live"),
    path("spend.svg", pages.spend_chart, name="spend_chart"),
    path("<str:ad_id>/pause/", pages.pause, name="pause"),
]

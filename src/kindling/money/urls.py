"""Addresses of profit."""

from django.urls import path

from kindling.money import pages

app_name = "money"
urlpatterns = [
    path("", pages.profit, name="profit"),
    path("chart.svg", pages.chart, name="chart"),
]

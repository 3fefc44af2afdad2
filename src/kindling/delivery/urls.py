"""Addresses of what runs."""

from django.urls import path

from kindling.delivery import pages
from kindling.delivery.gmv_max import pages as gmv_max
from kindling.delivery.results import pages as results
from kindling.delivery.stop_rules import pages as rules

app_name = "delivery"
urlpatterns = [
    path("", pages.live, name="live"),
    path("spend.svg", pages.spend_chart, name="spend_chart"),
    path("first-days/", pages.first_days, name="first_days"),
    path("results/", results.results, name="results"),
    path("gmv-max/", gmv_max.gmv_max, name="gmv_max"),
    path("rules/", rules.rules, name="rules"),
    path("rules/new/", rules.add, name="add_rule"),
    path("rules/did/", rules.firings, name="firings"),
    path("rules/<int:rule>/", rules.rule, name="rule"),
    path("rules/<int:rule>/activate/", rules.activate, name="activate_rule"),
    path("rules/<int:rule>/pause/", rules.pause, name="pause_rule"),
    path("rules/<int:rule>/remove/", rules.remove, name="remove_rule"),
    path("stopped/", pages.stopped, name="stopped"),
    path("protection/", pages.protection_list, name="protection_list"),
    path("protection/<str:advertiser_id>/", pages.protect, name="protection"),
    path("protection/<str:advertiser_id>/mode/", pages.choose_protection, name="choose_protection"),
    path("protection/<str:advertiser_id>/read/", pages.adopt, name="adopt"),
    path("plans/<int:plan>/undo/", pages.undo, name="undo"),
    path("<str:ad_id>/pause/", pages.pause, name="pause"),
    path("<str:ad_id>/resume/", pages.resume, name="resume"),
]

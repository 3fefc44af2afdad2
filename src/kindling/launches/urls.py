"""Addresses of inventory and plans."""

from django.urls import path

from kindling.launches import pages

app_name = "launches"
urlpatterns = [
    path("inventory/", pages.inventory, name="inventory"),
    path("plans/", pages.plans, name="plans"),
    path("plans/new/", pages.new, name="new"),
    path("plans/<int:pk>/", pages.plan, name="plan"),
    path("plans/<int:pk>/check/", pages.check, name="check"),
    path("plans/<int:pk>/ask-creators/", pages.ask_creators, name="ask_creators"),
    path("plans/<int:pk>/approve/", pages.approve, name="approve"),
    path("plans/<int:pk>/apply/", pages.apply, name="apply"),
    path("plans/<int:pk>/cancel/", pages.cancel, name="cancel"),
]

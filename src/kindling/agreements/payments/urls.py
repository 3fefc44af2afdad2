"""Addresses of payments to creators."""

from django.urls import path

from kindling.agreements.payments import pages

app_name = "payments"
urlpatterns = [
    path("", pages.payments, name="list"),
    path("<int:payable>/earn/", pages.earn, name="earn"),
    path("<int:payable>/approve/", pages.approve, name="approve"),
    path("<int:payable>/pay/", pages.pay, name="pay"),
    path("<int:payable>/cancel/", pages.cancel, name="cancel"),
]

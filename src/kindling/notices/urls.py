"""Addresses of notices."""

from django.urls import path

from kindling.notices import pages
from kindling.notices.alerts import pages as alerts

app_name = "notices"
urlpatterns = [
    path("", pages.notices, name="list"),
    path("mail/", pages.set_wants_mail, name="set_wants_mail"),
    path("<int:pk>/done/", pages.settle_notice, name="settle"),
    path("<int:pk>/take/", pages.take_notice, name="take"),
    path("<int:pk>/give-back/", pages.give_back_notice, name="give_back"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/mine/", alerts.set_my_hours, name="set_my_hours"),
    path("alerts/sent/", alerts.sent_alerts, name="sent_alerts"),
    path("webhooks/add/", alerts.add_webhook, name="add_webhook"),
    path("webhooks/<int:webhook>/", alerts.webhook, name="webhook"),
    path("webhooks/<int:webhook>/change/", alerts.change_webhook, name="change_webhook"),
    path("webhooks/<int:webhook>/test/", alerts.test_webhook, name="test_webhook"),
    path("webhooks/<int:webhook>/switch/", alerts.switch_webhook, name="switch_webhook"),
    path("webhooks/<int:webhook>/remove/", alerts.remove_webhook, name="remove_webhook"),
]

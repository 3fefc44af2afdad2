"""Addresses of agreements, their versions, samples and breaches."""

from django.urls import path

from kindling.agreements import pages
from kindling.agreements.breaches import pages as breach_pages
from kindling.agreements.payments import pages as payment_pages
from kindling.agreements.saved_terms import pages as template_pages

app_name = "agreements"
VERSION = "<int:pk>/versions/<int:number>/"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("new/", pages.new, name="new"),
    path("templates/", template_pages.listing, name="templates"),
    path("templates/new/", template_pages.new, name="new_template"),
    path("templates/<int:template>/", template_pages.change, name="template"),
    path("templates/<int:template>/default/", template_pages.default, name="default_template"),
    path("templates/<int:template>/delete/", template_pages.delete, name="delete_template"),
    path("samples/", payment_pages.samples, name="samples"),
    path("samples/<int:sample>/move/", payment_pages.move_sample, name="move_sample"),
    path("breaches/", breach_pages.listing, name="breaches"),
    path("breaches/<int:breach>/resolve/", breach_pages.resolve, name="resolve"),
    path("breaches/<int:breach>/confirm/", breach_pages.confirm, name="confirm_breach"),
    path("<int:pk>/", pages.one, name="one"),
    path("<int:pk>/write/", pages.write, name="write"),
    path("<int:pk>/end/", pages.end, name="end"),
    path("<int:pk>/payables/", payment_pages.add_payable, name="add_payable"),
    path("<int:pk>/samples/", payment_pages.plan_sample, name="plan_sample"),
    path("<int:pk>/breaches/", breach_pages.open_breach, name="open_breach"),
    path("<int:pk>/breaches/<int:breach>/right/", breach_pages.choose_right, name="choose_right"),
    path("<int:pk>/post-live/", pages.post_live, name="post_live"),
    path("<int:pk>/template/", pages.save_template, name="save_template"),
    path("<int:pk>/pack/", pages.pack, name="pack"),
    path(VERSION, pages.version, name="version"),
    path(VERSION + "offer/", pages.offer, name="offer"),
    path(VERSION + "withdraw/", pages.withdraw, name="withdraw"),
    path(VERSION + "consent/", pages.consent, name="consent"),
    path(VERSION + "decline/", pages.decline, name="decline"),
    path(VERSION + "document/", pages.document, name="document"),
]

"""Addresses of orders."""

from django.urls import path

from kindling.conversions import pages

app_name = "conversions"
urlpatterns = [
    path("", pages.orders, name="orders"),
    path("import/", pages.take, name="import"),
    path("files/<int:order_file>/", pages.order_file, name="file"),
]

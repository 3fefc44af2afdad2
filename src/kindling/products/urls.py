"""Addresses of products."""

from django.urls import path

from kindling.products import pages

app_name = "products"
urlpatterns = [
    path("", pages.products, name="list"),
    path("<path:sku>/landing-page/", pages.landing_page, name="landing_page"),
]

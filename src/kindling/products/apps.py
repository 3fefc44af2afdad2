"""Registers the area with Django."""

from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "kindling.products"
    label = "products"

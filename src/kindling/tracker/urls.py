"""Addresses of the tracker import."""

from django.urls import path

from kindling.tracker import pages

app_name = "tracker"
urlpatterns = [
    path("", pages.choose, name="choose"),
    path("<int:sheet>/", pages.preview, name="preview"),
    path("<int:sheet>/import/", pages.import_sheet, name="import"),
]

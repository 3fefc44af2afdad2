"""Addresses of what all lists share."""

from django.urls import path

from kindling.lists import pages
from kindling.lists.gallery import pages as gallery

app_name = "lists"
urlpatterns = [
    path("components/", gallery.gallery, name="gallery"),
    path("exports/", pages.exports, name="exports"),
    path("exports/<int:export>/", pages.export_file, name="export_file"),
    path("exports/<int:export>/file/", pages.download, name="download"),
    path("views/<int:view>/delete/", pages.delete_view, name="delete_view"),
    path("undo/<int:undo>/", pages.undo, name="undo"),
    path("<str:name>/columns/", pages.columns, name="columns"),
    path("<str:name>/layout/", pages.layout, name="layout"),
    path("<str:name>/views/", pages.save_view, name="save_view"),
    path("<str:name>/export/", pages.export, name="export"),
    path("<str:name>/actions/<str:action>/", pages.act, name="act"),
]

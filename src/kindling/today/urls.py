"""Addresses of Today and of the pages that gather from every area."""

from django.urls import path

from kindling.today import dossier, pages

app_name = "today"
urlpatterns = [
    path("", pages.home, name="home"),
    path("export/<str:name>.csv", pages.export, name="export"),
    path("creators/@<str:handle>/", dossier.creator, name="creator"),
    path("posts/<str:item_id>/", dossier.post, name="post"),
]

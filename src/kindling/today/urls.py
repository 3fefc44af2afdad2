"""Addresses of Today and of the pages that gather from every area."""

from django.urls import path

from kindling.today import dossier, pages, tracker_pages

app_name = "today"
urlpatterns = [
    path("", pages.home, name="home"),
    path("export/<str:name>.csv", pages.export, name="export"),
    path("creators/tracker/", tracker_pages.choose, name="tracker"),
    path("creators/tracker/<int:sheet>/", tracker_pages.look, name="tracker_look"),
    path("creators/tracker/<int:sheet>/take/", tracker_pages.take, name="tracker_take"),
    path("creators/@<str:handle>/", dossier.creator, name="creator"),
    path("posts/<str:item_id>/", dossier.post, name="post"),
]

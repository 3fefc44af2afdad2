"""Addresses of one creator and of one post."""

from django.urls import path

from kindling.profiles import pages

app_name = "profiles"
urlpatterns = [
    path("creators/@<str:handle>/", pages.creator, name="creator"),
    path("posts/<str:item_id>/", pages.post, name="post"),
]

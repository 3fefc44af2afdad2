"""Addresses of one creator and of one post."""

from django.urls import path

from kindling.profiles import pages

app_name = "profiles"
urlpatterns = [
    path("creators/@<str:handle>/", pages.creator, name="creator"),
    path("posts/<str:item_id>/", pages.post, name="post"),
    path("posts/<str:item_id>/views.svg", pages.views_chart, name="views_chart"),
    path("posts/<str:item_id>/still/", pages.still, name="still"),
    path("posts/<str:item_id>/clip/", pages.clip, name="clip"),
    path("posts/<str:item_id>/lane/", pages.move, name="move"),
    path("posts/<str:item_id>/sku/", pages.tag, name="tag"),
    path("posts/<str:item_id>/allow-again/", pages.allow_again, name="allow_again"),
    path("posts/<str:item_id>/notes/", pages.note, name="note"),
    path("posts/<str:item_id>/caption/", pages.approve_caption, name="approve_caption"),
    path("posts/<str:item_id>/consent/", pages.note_consent, name="note_consent"),
    path("posts/<str:item_id>/code/", pages.make_code, name="make_code"),
]

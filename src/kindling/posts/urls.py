"""Addresses of posts. The page of one post is `profiles:post`: it gathers from every area."""

from django.urls import path

from kindling.posts import pages

app_name = "posts"
urlpatterns = [
    path("", pages.library, name="list"),
    path("agreements/", pages.agreements, name="agreements"),
    path("<str:item_id>/lane/", pages.move, name="move"),
    path("<str:item_id>/sku/", pages.tag, name="tag"),
    path("<str:item_id>/allow-again/", pages.allow_again, name="allow_again"),
    path("<str:item_id>/caption/", pages.approve_caption, name="approve_caption"),
]

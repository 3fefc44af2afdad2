"""Addresses of comments."""

from django.urls import path

from kindling.comments import pages

app_name = "comments"
urlpatterns = [
    path("", pages.inbox, name="list"),
    path("posts/", pages.posts, name="posts"),
    path("templates/", pages.templates, name="templates"),
    path("templates/<str:category>/<str:language>/", pages.template, name="template"),
    path("words/", pages.words, name="words"),
    path("words/add/", pages.block, name="block"),
    path("words/remove/", pages.unblock, name="unblock"),
    path("<str:comment_id>/", pages.one, name="one"),
    path("<str:comment_id>/reply/", pages.reply, name="reply"),
    path("<str:comment_id>/ask/", pages.ask, name="ask"),
    path("<str:comment_id>/hide/", pages.hide, name="hide"),
    path("<str:comment_id>/show/", pages.show, name="show"),
    path("<str:comment_id>/category/", pages.label, name="label"),
    path("<str:comment_id>/assign/", pages.assign, name="assign"),
    path("<str:comment_id>/done/", pages.done, name="done"),
]

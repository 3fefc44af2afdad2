"""Addresses of posts. The page of one post is `profiles:post`: it gathers from every area, and takes its forms in."""

from django.urls import path

from kindling.posts import pages

app_name = "posts"
urlpatterns = [
    path("", pages.library, name="list"),
    path("policy/", pages.post_policy, name="policy"),
    path("back-test/", pages.back_test, name="back_test"),
    path("agreements/", pages.agreements, name="agreements"),
]

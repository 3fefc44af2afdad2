"""The URL map: one line per area."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
]

"""The one address of outreach that is open to the world: opting out."""

from django.urls import path

from kindling.creators import public_pages

urlpatterns = [path("<str:signed>/", public_pages.opt_out, name="opt_out")]

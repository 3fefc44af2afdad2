"""Addresses of authorizations and of the intake of codes."""

from django.urls import path

from kindling.authorizations import pages

app_name = "authorizations"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("paste/", pages.paste, name="paste"),
    path("look/", pages.look, name="look"),
    path("make/<str:item_id>/", pages.make_code, name="make_code"),
    path("intakes/<int:pk>/", pages.intake, name="intake"),
    path("intakes/<int:pk>/again/", pages.try_again, name="try_again"),
    path("<int:pk>/", pages.one, name="one"),
    path("<int:pk>/renew/", pages.renew, name="renew"),
    path("<int:pk>/release/", pages.release, name="release"),
]

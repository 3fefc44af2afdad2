"""Addresses of authorizations and of the batches of video codes."""

from django.urls import path

from kindling.authorizations import pages

app_name = "authorizations"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("risk/", pages.risk, name="risk"),
    path("errors/", pages.diagnosis, name="diagnosis"),
    path("waiting/", pages.waiting, name="waiting"),
    path("waiting/renewals/", pages.waiting_renewals, name="renewals"),
    path("calendar/", pages.make_feed, name="make_feed"),
    path("calendar/end/", pages.end_feeds, name="end_feeds"),
    path("ask/<str:item_id>/", pages.ask, name="ask"),
    path("add/", pages.paste, name="paste"),
    path("check/", pages.look, name="look"),
    path("batches/<int:pk>/", pages.intake, name="intake"),
    path("batches/<int:pk>/account/", pages.choose_account, name="choose_account"),
    path("batches/<int:pk>/retry/", pages.try_again, name="try_again"),
    path("<int:pk>/", pages.one, name="one"),
    path("<int:pk>/renew/", pages.renew, name="renew"),
    path("<int:pk>/renew/withdraw/", pages.withdraw_renewal, name="withdraw_renewal"),
    path("<int:pk>/consent/end/", pages.end_consent, name="end_consent"),
    path("<int:pk>/release/", pages.release, name="release"),
]

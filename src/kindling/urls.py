"""The URL map: one line per area."""

from django.urls import include, path, re_path

from kindling.access import urls as access_urls
from kindling.api import api
from kindling.authorizations.pages import feed as calendar_feed
from kindling.outreach import urls as outreach_urls
from kindling.workspaces import web

urlpatterns = [
    path("", web.home, name="home"),
    path("workspaces/", web.choose, name="choose"),
    path("theme/", web.set_theme, name="theme"),
    path("api/v1/", api.urls),
    path("calendar/<str:key>.ics", calendar_feed, name="calendar"),
    # Accounts have no mail flows: owners and the operator manage addresses and passwords, so no mail can open an
    # account. (Kindling sends notices and creators' mails when KINDLING_MAIL_URL is set.)
    re_path(
        r"^accounts/(?:signup|email|confirm-email|password/reset|login/code)/", web.not_offered
    ),
    path("accounts/", include("allauth.urls")),
    path("join/", include(access_urls.public)),
    path("portal/", include("kindling.portal.urls")),
    path("out/", include(outreach_urls.public)),
    path("w/<slug:slug>/creators/outreach/", include("kindling.outreach.urls")),
    path("w/<slug:slug>/creators/tracker/", include("kindling.tracker.urls")),
    path("w/<slug:slug>/creators/", include("kindling.access.urls")),
    path("w/<slug:slug>/creators/", include("kindling.creators.urls")),
    path("w/<slug:slug>/agreements/", include("kindling.agreements.urls")),
    path("w/<slug:slug>/payments/", include("kindling.agreements.payments.urls")),
    path("w/<slug:slug>/briefs/", include("kindling.briefs.urls")),
    path("w/<slug:slug>/lists/", include("kindling.lists.urls")),
    path("w/<slug:slug>/posts/", include("kindling.posts.urls")),
    path("w/<slug:slug>/authorizations/", include("kindling.authorizations.urls")),
    path("w/<slug:slug>/", include("kindling.launches.urls")),
    path("w/<slug:slug>/live/", include("kindling.delivery.urls")),
    path("w/<slug:slug>/comments/", include("kindling.comments.urls")),
    path("w/<slug:slug>/profit/", include("kindling.money.urls")),
    path("w/<slug:slug>/orders/", include("kindling.conversions.urls")),
    path("w/<slug:slug>/workspace/products/", include("kindling.products.urls")),
    path("w/<slug:slug>/workspace/notices/", include("kindling.notices.urls")),
    path("w/<slug:slug>/workspace/members/", include(access_urls.members)),
    path("w/<slug:slug>/workspace/", include("kindling.audit.urls")),
    path("w/<slug:slug>/workspace/", include("kindling.workspaces.urls")),
    path("w/<slug:slug>/", include("kindling.profiles.urls")),
    path("w/<slug:slug>/", include("kindling.today.urls")),
]

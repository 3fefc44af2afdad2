"""Addresses of the portal. No workspace stands in them: a creator has one, by the link they were sent."""

from django.urls import path

from kindling.portal import pages

app_name = "portal"
urlpatterns = [
    path("", pages.home, name="home"),
    path("open/<str:key>/", pages.open_link, name="open"),
    path("leave/", pages.leave, name="leave"),
    path("language/", pages.language, name="language"),
    path("ads/", pages.ads, name="ads"),
    path("posts/<str:item_id>/still/", pages.still, name="still"),
    path("posts/<str:item_id>/clip/", pages.clip, name="clip"),
    path("approvals/", pages.approvals, name="approvals"),
    path("approvals/<int:pk>/", pages.answer_ad, name="answer_ad"),
    path("comments/", pages.comments, name="comments"),
    path("comments/<int:pk>/", pages.answer_comment, name="answer_comment"),
    path("payments/", pages.payments, name="payments"),
    path("consents/", pages.consents, name="consents"),
    path("agreements/<int:pk>/", pages.agreement, name="agreement"),
    path("tasks/<int:pk>/", pages.deliverable, name="deliverable"),
    path("tasks/<int:pk>/post/", pages.post_link, name="post_link"),
    path("notes/<int:pk>/", pages.answer_note, name="answer_note"),
    path("drafts/<int:pk>/film/", pages.film, name="film"),
    path("codes/<int:pk>/", pages.code, name="code"),
    path("renewals/<int:pk>/", pages.renewal, name="renewal"),
    path("connect/", pages.connect, name="connect"),
    path("connect/callback", pages.callback, name="callback"),
    path("disconnect/", pages.disconnect, name="disconnect"),
]

"""Addresses of inventory and plans."""

from django.urls import path

from kindling.launches import pages
from kindling.launches.drafts import pages as draft_pages

app_name = "launches"
urlpatterns = [
    path("inventory/", pages.inventory, name="inventory"),
    path("plans/", pages.plans, name="plans"),
    path("plans/new/", pages.new, name="new"),
    path("plans/templates/", draft_pages.templates, name="templates"),
    path(
        "plans/templates/<int:template>/delete/",
        draft_pages.delete_template,
        name="delete_template",
    ),
    path("plans/videos/", draft_pages.video_list, name="videos"),
    path("plans/videos/new/", draft_pages.upload_video, name="upload_video"),
    path("plans/videos/<int:video>/look/", draft_pages.look_again, name="look_again"),
    path("plans/<int:pk>/", pages.plan, name="plan"),
    path("plans/<int:pk>/compare/", draft_pages.compare, name="compare"),
    path("plans/<int:pk>/copy/", draft_pages.copy, name="copy"),
    path("plans/<int:pk>/campaigns/new/", draft_pages.add_campaign, name="add_campaign"),
    path(
        "plans/<int:pk>/campaigns/<int:number>/",
        draft_pages.change_campaign,
        name="change_campaign",
    ),
    path(
        "plans/<int:pk>/campaigns/<int:number>/remove/",
        draft_pages.remove_campaign,
        name="remove_campaign",
    ),
    path(
        "plans/<int:pk>/campaigns/<int:number>/template/",
        draft_pages.save_template,
        name="save_template",
    ),
    path("plans/<int:pk>/posts/<str:item_id>/remove/", draft_pages.remove_post, name="remove_post"),
    path("plans/<int:pk>/posts/<str:item_id>/swap/", draft_pages.swap_post, name="swap_post"),
    path("plans/<int:pk>/check/", pages.check, name="check"),
    path("plans/<int:pk>/ask-creators/", pages.ask_creators, name="ask_creators"),
    path("plans/<int:pk>/approve/", pages.approve, name="approve"),
    path("plans/<int:pk>/apply/", pages.apply, name="apply"),
    path("plans/<int:pk>/cancel/", pages.cancel, name="cancel"),
]

"""Addresses of briefs, the pipeline, deliverables and reviews."""

from django.urls import path

from kindling.briefs import desk, pages

app_name = "briefs"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("add/", pages.add, name="add"),
    path("pipeline/", pages.pipeline, name="pipeline"),
    path("reviews/", desk.queue, name="reviews"),
    path("deliverables/<int:pk>/", desk.deliverable, name="deliverable"),
    path("deliverables/<int:pk>/hand-in/", desk.hand_in, name="hand_in"),
    path("deliverables/<int:pk>/link/", desk.link_post, name="link_post"),
    path("deliverables/<int:pk>/days/", desk.change_due, name="change_due"),
    path("deliverables/<int:pk>/agreement/", desk.name_agreement, name="name_agreement"),
    path("deliverables/<int:pk>/call-off/", desk.cancel, name="cancel"),
    path("deliverables/<int:pk>/brand-back/", desk.brand_back, name="brand_back"),
    path("deliverables/<int:pk>/legal-back/", desk.legal_back, name="legal_back"),
    path("drafts/<int:pk>/", desk.review, name="review"),
    path("drafts/<int:pk>/file/", desk.file, name="file"),
    path("drafts/<int:pk>/note/", desk.note, name="note"),
    path("drafts/<int:pk>/brand/", desk.decide_brand, name="decide_brand"),
    path("drafts/<int:pk>/legal/", desk.decide_legal, name="decide_legal"),
    path("notes/<int:pk>/answer/", desk.answer, name="answer"),
    path("notes/<int:pk>/settle/", desk.settle, name="settle"),
    path("<int:pk>/", pages.one, name="one"),
    path("<int:pk>/change/", pages.change, name="change"),
    path("<int:pk>/give-out/", pages.give_out, name="give_out"),
    path("<int:pk>/ready/", pages.ready, name="ready"),
    path("<int:pk>/copy/", pages.copy, name="copy"),
    path("<int:pk>/archive/", pages.archive, name="archive"),
    path("<int:pk>/take-back/", pages.take_back, name="take_back"),
]

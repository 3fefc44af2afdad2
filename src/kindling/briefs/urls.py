"""Addresses of briefs, the pipeline, deliverables and reviews."""

from django.urls import path

from kindling.briefs import pages
from kindling.briefs.reviews import pages as review_pages

app_name = "briefs"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("add/", pages.add, name="add"),
    path("pipeline/", pages.pipeline, name="pipeline"),
    path("reviews/", review_pages.queue, name="reviews"),
    path("deliverables/", pages.listing_of_deliverables, name="deliverables"),
    path("deliverables/<int:pk>/", review_pages.deliverable, name="deliverable"),
    path("deliverables/<int:pk>/submit/", review_pages.hand_in, name="hand_in"),
    path("deliverables/<int:pk>/link/", review_pages.link_post, name="link_post"),
    path("deliverables/<int:pk>/days/", review_pages.change_due, name="change_due"),
    path("deliverables/<int:pk>/agreement/", review_pages.name_agreement, name="name_agreement"),
    path("deliverables/<int:pk>/cancel/", review_pages.cancel, name="cancel"),
    path("deliverables/<int:pk>/withdraw-brand/", review_pages.brand_back, name="brand_back"),
    path("deliverables/<int:pk>/withdraw-legal/", review_pages.legal_back, name="legal_back"),
    path("drafts/<int:pk>/", review_pages.review, name="review"),
    path("drafts/<int:pk>/file/", review_pages.file, name="file"),
    path("drafts/<int:pk>/note/", review_pages.note, name="note"),
    path("drafts/<int:pk>/brand/", review_pages.decide_brand, name="decide_brand"),
    path("drafts/<int:pk>/legal/", review_pages.decide_legal, name="decide_legal"),
    path("notes/<int:pk>/answer/", review_pages.answer, name="answer"),
    path("notes/<int:pk>/done/", review_pages.settle, name="settle"),
    path("<int:pk>/", pages.one, name="one"),
    path("<int:pk>/change/", pages.change, name="change"),
    path("<int:pk>/assign/", pages.give_out, name="give_out"),
    path("<int:pk>/ready/", pages.ready, name="ready"),
    path("<int:pk>/template/", pages.save_template, name="save_template"),
    path("templates/<int:template>/", pages.change_template, name="template"),
    path("templates/<int:template>/delete/", pages.delete_template, name="delete_template"),
    path("<int:pk>/copy/", pages.copy, name="copy"),
    path("<int:pk>/archive/", pages.archive, name="archive"),
    path("<int:pk>/restore/", pages.take_back, name="take_back"),
]

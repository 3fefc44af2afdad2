"""Forms of posts: status, product, caption, a refusal overruled, a file of agreements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html

from kindling.kit.forms import Form, ReasonField, UploadField
from kindling.posts.models import LANES


class StatusForm(Form):
    """The lane that a person chooses."""

    lane = forms.ChoiceField(label="Status", choices=LANES)
    reason = ReasonField(
        max_length=500,
        help_text="Saved in the history. A status set by hand overrides the automatic one.",
    )


class ProductForm(Form):
    """The product that a post shows; "" for none."""

    sku = forms.ChoiceField(
        label="SKU", required=False, help_text="Sets the landing page and the costs."
    )

    def __init__(
        self, request: HttpRequest | None = None, *, skus: Iterable[str], **options: Any
    ) -> None:
        super().__init__(request, **options)
        self.offer("sku", [("", "None"), *((each, each) for each in skus)])


class ApproveCaptionForm(Form):
    """The version of the caption that somebody has read."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)


class AllowAgainForm(Form):
    reason = ReasonField(
        label="What has changed",
        max_length=500,
        help_text="Saved in the audit trail. If TikTok refuses the post again, that is remembered again.",
    )


class ImportAgreementsForm(Form):
    file = UploadField(
        label="CSV file",
        accept=".csv,text/csv",
        help_text=format_html(
            "Required columns: <code>{}</code>. Optional: <code>{}</code>. An empty item_id covers all posts of the "
            "creator.",
            "handle, item_id, currency, paid_allowed, rights_start, rights_end",
            "hold_until, territory, content_fee, commission_percent, sku",
        ),
    )

"""Forms of agreements: a live post, a consent given elsewhere, an offer taken back, the end."""

from __future__ import annotations

from django import forms

from kindling.agreements.consent import documents
from kindling.kit.forms import DayField, Form, ReasonField, TextField, UploadField


class LivePostForm(Form):
    item_id = TextField(label="Post id", attrs={"inputmode": "numeric"})
    live_on = DayField(label="Live since (leave empty for now)", required=False)


class RecordConsentForm(Form):
    """A consent given elsewhere, with the signed PDF where there is one."""

    as_name = TextField(label="Name of the signer", max_length=120)
    document = UploadField(
        label="Signed PDF (optional)",
        accept=".pdf,application/pdf",
        most=documents.MOST_BYTES,
        if_larger="Save it with smaller pictures and choose it again.",
        required=False,
    )
    reason = ReasonField(
        label="How consent was given", attrs={"placeholder": "Signed on paper, sent by e-mail"}
    )


class TakeBackForm(Form):
    """Why an offer is withdrawn, or was declined."""

    reason = ReasonField()


class EndAgreementForm(Form):
    reason = ReasonField()
    with_kill_fee = forms.BooleanField(
        label="The brand cancels: usage rights stop, open fees are cancelled, the kill fee is due",
        required=False,
    )

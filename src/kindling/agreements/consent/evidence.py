"""The evidence pack of one agreement: a PDF to read, the files behind it, and a list of their hashes.

Areas to the right (posts, authorizations) hand in what they know as extra sections. No code and no token is in it:
sections are made of the audit trail and of what pages show, both of which never hold one.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fpdf import FPDF

from kindling.agreements import service
from kindling.agreements.consent import documents
from kindling.agreements.contract.wording import describe
from kindling.agreements.models import Agreement, AgreementVersion, Breach, UsageRight
from kindling.kit.money import Money
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record


@dataclass(frozen=True, slots=True)
class ExtraSection:
    """A section from another area: what is known, line by line, and files to lay beside it (name, bytes)."""

    title: str
    lines: Sequence[str]
    files: Sequence[tuple[str, bytes]] = ()


def evidence_pack(
    actor: Actor, agreement: Agreement, *, extra_sections: Sequence[ExtraSection] = (), at: datetime
) -> bytes:
    """A ZIP: evidence.pdf, evidence.txt (the same, in full Unicode), terms, documents, extra files, MANIFEST."""
    actor.require(Action.MANAGE_AGREEMENTS)
    versions = list(
        agreement.versions.select_related("agreement", "document", "offered_by", "recorded_by")
    )
    sections = [
        *_versions(versions),
        ExtraSection("Usage rights", _rights(agreement)),
        ExtraSection("Payments", _payables(agreement)),
        ExtraSection("Samples", _samples(agreement)),
        ExtraSection("Breaches", [_breach(each) for each in agreement.breaches.all()]),
        *extra_sections,
        ExtraSection("Audit trail", _audit(agreement)),
    ]
    head = [
        f"{agreement.title}, with @{agreement.creator.handle}",
        f"State: {agreement.get_state_display()}, since {_time(agreement.state_since)}",
        f"Made {_time(at)} by {actor.label}",
    ]
    files = {"evidence.pdf": _pdf(head, sections), "evidence.txt": _text(head, sections)}
    for version in versions:
        files.update(_files_of(version))
    for section in extra_sections:
        for name, data in section.files:
            files[f"more/{_plain_name(name)}"] = data
    record(
        actor, "created evidence pack", agreement.subject, at=at, after={"files": len(files) + 1}
    )
    return _zip(files)


def _versions(versions: Sequence[AgreementVersion]) -> list[ExtraSection]:
    found = []
    for version in versions:
        lines = [f"State: {version.state}", f"SHA-256 of the terms: {version.terms_hash}"]
        lines.append(
            "The stored terms have this hash."
            if version.is_unaltered
            else "THE STORED TERMS DO NOT HAVE THIS HASH."
        )
        if version.offered_at:
            lines.append(f"Offered {_time(version.offered_at)} by {version.offered_by or '-'}")
        if version.declined_at:
            lines.append(f"Declined {_time(version.declined_at)}: {version.declined_because}")
        if version.withdrawn_at:
            lines.append(f"Withdrawn {_time(version.withdrawn_at)}")
        if version.consented_at:
            lines.append(f"Consent {_time(version.consented_at)} as {version.consented_as}")
            if version.recorded_by:
                lines.append(
                    f"Recorded by {version.recorded_by}, because: {version.recorded_because}"
                )
            else:
                lines.append(f"Given from {version.consent_ip or '-'}, {version.consent_agent}")
        if version.document:
            lines.append(f"Document {version.document.name}, SHA-256 {version.document.sha256}")
        for section in describe(version.content, "en"):
            lines += [f"{section.title}:", *(f"  {line}" for line in section.lines)]
        found.append(ExtraSection(f"Version {version.number}", lines))
    return found


def _rights(agreement: Agreement) -> list[str]:
    rows = UsageRight.objects.filter(version__agreement=agreement).select_related("version")
    return [
        f"{right.item_id or 'All posts'}: {_time(right.starts_at)} to {_time(right.ends_at)}, "
        f"post stays up until {_time(right.hold_until)}, "
        f"paid use {'allowed' if right.paid_allowed else 'not allowed'}"
        + (f", version {right.version.number}" if right.version else "")
        + (f", replaced {_time(right.superseded_at)}" if right.superseded_at else "")
        for right in rows.order_by("pk")
    ]


def _payables(agreement: Agreement) -> list[str]:
    return [
        f"{each.what}: {Money(each.amount_minor, each.currency)}, {each.state}"
        + (f", due {_time(each.due_at)}" if each.due_at else "")
        + (f", invoice {each.invoice_number}" if each.invoice_number else "")
        + (f", paid {_time(each.paid_at)}, reference {each.reference}" if each.paid_at else "")
        for each in agreement.payables.order_by("pk")
    ]


def _samples(agreement: Agreement) -> list[str]:
    return [
        f"{each}: {each.state}, planned {_time(each.planned_at)}"
        + (
            f", sent {_time(each.sent_at)} {each.carrier} {each.tracking_number}"
            if each.sent_at
            else ""
        )
        + (f", delivered {_time(each.delivered_at)}" if each.delivered_at else "")
        for each in agreement.samples.order_by("pk")
    ]


def _breach(breach: Breach) -> str:
    text = (
        f"{'Suspected: ' if breach.is_suspected else ''}"
        f"{breach.get_kind_display()} {breach.item_id}, {_time(breach.happened_at)}: "
        f"{breach.evidence}"
    )
    if breach.resolved_at:
        text += (
            f" | {breach.get_remedy_display()}, {_time(breach.resolved_at)}: {breach.resolution}"
        )
    return text


def _audit(agreement: Agreement) -> list[str]:
    return [
        f"{_time(entry.at)} {entry.actor_label}: {entry.action}"
        + (f", because: {entry.reason}" if entry.reason else "")
        + (f", after: {json.dumps(entry.after, ensure_ascii=False)}" if entry.after else "")
        for entry in service.history(agreement).reverse()
    ]


def _files_of(version: AgreementVersion) -> dict[str, bytes]:
    terms = json.dumps(version.terms, ensure_ascii=False, sort_keys=True, indent=2)
    # Byte for byte what was hashed, so that anybody can check the hash with a tool of their own.
    exact = json.dumps(version.terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    found = {
        f"versions/{version.number}/terms.json": exact.encode(),
        f"versions/{version.number}/terms-readable.json": terms.encode(),
    }
    if version.document:
        name = f"versions/{version.number}/{documents.clean_name(version.document.name)}"
        found[name] = documents.read(version.document)
    return found


def _plain_name(name: str) -> str:
    kept = "".join(each if each.isalnum() or each in "._- " else "_" for each in name)
    return kept.strip(" .")[:120] or "file"


def _text(head: Sequence[str], sections: Sequence[ExtraSection]) -> bytes:
    lines = list(head)
    for section in sections:
        lines += ["", section.title, "-" * len(section.title), *(section.lines or ["None."])]
    return ("\n".join(_one_line(line) for line in lines) + "\n").encode()


def _one_line(text: str) -> str:
    """What people typed stays on its line: a reason with line breaks must not read like an entry of ours."""
    return " | ".join(text.splitlines())


def _pdf(head: Sequence[str], sections: Sequence[ExtraSection]) -> bytes:
    pdf = FPDF(format="A4")
    pdf.set_margin(18)
    pdf.set_auto_page_break(auto=True, margin=18)
    pdf.add_page()
    pdf.set_font("helvetica", "B", 16)
    _line(pdf, "Evidence pack", height=9)
    pdf.set_font("helvetica", size=10)
    for line in head:
        _line(pdf, line)
    for section in sections:
        pdf.ln(4)
        pdf.set_font("helvetica", "B", 12)
        _line(pdf, section.title, height=7)
        pdf.set_font("helvetica", size=9)
        for line in section.lines or ["None."]:
            _line(pdf, line)
    return bytes(pdf.output())


def _line(pdf: FPDF, text: str, *, height: float = 5) -> None:
    # The fonts every PDF reader has know Latin letters only; evidence.txt holds the text in full.
    shown = _one_line(text).encode("latin-1", "replace").decode("latin-1")
    pdf.multi_cell(0, height, shown, new_x="LMARGIN", new_y="NEXT")


def _zip(files: dict[str, bytes]) -> bytes:
    manifest = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in sorted(files.items()):
            pack.writestr(name, content)
        pack.writestr("MANIFEST", manifest)
    return data.getvalue()


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "-"

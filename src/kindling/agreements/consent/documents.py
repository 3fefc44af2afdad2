"""Signed documents: checked, stored under a random name, read back only by who may see the workspace."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from kindling.agreements.models import Document
from kindling.errors import InvalidInputError, NotFoundError
from kindling.workspaces.models import User, Workspace

MOST_BYTES = 20 * 1024 * 1024
PDF = b"%PDF-"


def keep(
    workspace: Workspace, *, name: str, data: bytes, by: User | None, at: datetime
) -> Document:
    """Store a signed PDF. Raises InvalidInputError when it is none, empty or too large."""
    if len(data) > MOST_BYTES:
        raise InvalidInputError(
            f"The document is larger than {MOST_BYTES // 1024 // 1024} MB.",
            next_step="Save it with smaller pictures and choose it again.",
            field="document",
        )
    if not data.startswith(PDF):
        raise InvalidInputError(
            "The document is not a PDF.",
            next_step="Save it as PDF and choose it again.",
            field="document",
        )
    stored = default_storage.save(f"agreements/{secrets.token_hex(16)}.pdf", ContentFile(data))
    return Document.objects.create(
        workspace=workspace,
        file=stored,
        name=clean_name(name),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        uploaded_by=by,
        uploaded_at=at,
    )


def clean_name(name: str) -> str:
    """A file's name that is safe to show and to send in a header: no folder, plain letters, ends in .pdf."""
    stem = PurePath(name.replace("\\", "/")).stem
    kept = re.sub(r"[^A-Za-z0-9 _.-]", "_", stem).strip(" .")[:100]
    return f"{kept or 'agreement'}.pdf"


def find(workspace: Workspace, pk: int) -> Document:
    found = Document.objects.filter(workspace=workspace, pk=pk).first()
    if found is None:
        raise NotFoundError("This document was not found.", next_step="Open Agreements to see all.")
    return found


def read(document: Document) -> bytes:
    """The document's bytes. Raises NotFoundError when the file is gone from the storage."""
    try:
        with default_storage.open(str(document.file.name)) as stored:
            data: bytes = stored.read()
    except FileNotFoundError:
        raise NotFoundError(
            "The file of this document is missing from the storage.",
            next_step="Restore the media folder from the backup.",
        ) from None
    return data

"""Reading `multipart/form-data` bodies, whole and in memory. Source: RFC 7578, RFC 2046 §5.1."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from tiktok_sandbox.wire.protocol.errors import INVALID, WireError


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A file of a form. `name` is what the sender called it."""

    name: str
    content: bytes


def read_form(content_type: str, body: bytes) -> dict[str, object]:
    """Field name → text or UploadedFile; the last of a repeated name wins. Raises WireError."""
    head = Message()
    head["Content-Type"] = content_type
    boundary = head.get_boundary()
    if not boundary:
        raise WireError(INVALID, "The multipart body names no boundary.")
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise WireError(INVALID, "The multipart body is not complete.")
    return dict(_read_part(part) for part in parts[1:-1])


def _read_part(part: bytes) -> tuple[str, object]:
    lines, gap, content = part.partition(b"\r\n\r\n")
    if not gap:
        raise WireError(INVALID, "A part of the multipart body has no end of headers.")
    head = HeaderParser().parsestr(lines.strip().decode("utf-8", "replace"))
    name = head.get_param("name", header="Content-Disposition")
    if not isinstance(name, str):
        raise WireError(INVALID, "A part of the multipart body has no name.")
    file_name = head.get_filename()
    if file_name is not None:
        return name, UploadedFile(name=file_name, content=content)
    return name, content.decode("utf-8", "replace")

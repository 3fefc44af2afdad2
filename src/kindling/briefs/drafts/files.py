"""Uploaded drafts: judged by their content, stored under a name of ours, streamed in and out."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import filetype
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

from kindling.errors import InvalidInputError
from kindling.kit.media import Film, read_film

# R5 (TikTok's own specification of uploads): containers and size. Photos are those a photo post takes.
MOST_BYTES = 500 * 1024 * 1024
VIDEO_TYPES = {
    "video/mp4": ".mp4",
    "video/x-m4v": ".mp4",
    "video/quicktime": ".mov",
    "video/mpeg": ".mpeg",
    "video/3gpp": ".3gp",
    "video/x-msvideo": ".avi",
}
PHOTO_TYPES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
SERVED_AS = {
    **{ending: kind for kind, ending in PHOTO_TYPES.items()},
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".mpeg": "video/mpeg",
    ".3gp": "video/3gpp",
    ".avi": "video/x-msvideo",
}
PLAYS_IN_BROWSERS = frozenset({"video/mp4", "video/quicktime", "video/3gpp"})
HEAD = 8_192
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """An upload that may be kept: its type by content, and what its header tells."""

    content_type: str
    ending: str
    name: str
    size: int
    sha256: str
    film: Film


def judge(upload: UploadedFile[bytes], *, is_video: bool) -> AcceptedFile:
    """Check an upload by its content. Raises InvalidInputError; nothing is stored."""
    size = upload.size or 0
    if size == 0:
        raise InvalidInputError(
            "The file is empty.", next_step="Choose the video again.", field="file"
        )
    if size > MOST_BYTES:
        raise InvalidInputError(
            f"The file has {size // 1024 // 1024:,} MB; TikTok allows 500 MB.",
            next_step="Export a smaller file, or submit a link.",
            field="file",
        )
    upload.seek(0)
    found = filetype.guess(upload.read(HEAD))
    wanted = VIDEO_TYPES if is_video else PHOTO_TYPES
    mime = "" if found is None else str(found.mime)
    if mime not in wanted:
        endings = ", ".join(dict.fromkeys(wanted.values()))
        is_told = "the file type is unknown" if not mime else f"the file type is {mime}"
        raise InvalidInputError(
            f"TikTok does not accept this {'video' if is_video else 'photo'}: {is_told}.",
            next_step=f"Use one of {endings}.",
            field="file",
        )
    ending = wanted[mime]
    return AcceptedFile(
        content_type=SERVED_AS[ending],
        ending=ending,
        name=clean_name(upload.name or "draft", ending),
        size=size,
        sha256=_digest(upload),
        film=read_film(_raw(upload)) if is_video else Film(),
    )


def _raw(upload: UploadedFile[bytes]) -> Any:
    upload.seek(0)
    return upload.file


def _digest(upload: UploadedFile[bytes]) -> str:
    digest = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def clean_name(given: str, ending: str) -> str:
    """A name to show: no folders, nothing unprintable, the ending of the content.

    >>> clean_name("../../etc/My  Clip.exe", ".mp4")
    'My Clip.mp4'
    """
    name = re.split(r"[\\/]", unicodedata.normalize("NFC", given))[-1]
    name = "".join(each for each in name if each.isprintable() and each not in '<>:"|?*')
    stem = " ".join(name.rpartition(".")[0].split() or name.split()).strip(". ")
    return (stem[: LONGEST_NAME - len(ending)] or "draft") + ending


def keep(upload: UploadedFile[bytes], judged: AcceptedFile) -> str:
    """Store the upload under a random name and return it."""
    upload.seek(0)
    return default_storage.save(f"drafts/{uuid.uuid4().hex}{judged.ending}", upload)


def drop(stored: str) -> None:
    """Take a stored upload away again: what it was for did not come about."""
    default_storage.delete(stored)


def open_stored(stored: str) -> Any:
    """The stored file, open for reading. Raises FileNotFoundError."""
    return default_storage.open(stored, "rb")


def clean_link(given: str, *, field: str = "link") -> str:
    """A link to something kept elsewhere: https, with a host, without a name and password. Never fetched.

    field : the field it was typed into, named by the InvalidInputError
    """
    link = given.strip()
    try:
        parts = urlsplit(link)
        host, has_login = parts.hostname or "", bool(parts.username or parts.password)
    except ValueError:
        host, has_login = "", False
        parts = urlsplit("")
    is_clean = len(link) <= 1_000 and link.isprintable() and not re.search(r"\s", link)
    if parts.scheme != "https" or "." not in host or has_login or not is_clean:
        raise InvalidInputError(
            "The link must be an https:// address.",
            next_step="Copy the share link of the video, without a password in it.",
            field=field,
        )
    return link

"""Answers in fewer bytes: pages compressed as they go out, style sheets and scripts once when the server starts."""

from __future__ import annotations

import gzip
import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

TEXTS = frozenset(
    {"text/html", "text/css", "text/csv", "text/calendar", "application/json", "image/svg+xml"}
)
COMPRESSIBLE = frozenset({".css", ".js", ".svg"})


class CompressedPages(GZipMiddleware):
    """Texts of more than a few lines, gzipped. Files that are sent in pieces, as videos, go as they are.

    Django adds some random bytes to each, so that its length tells nobody what is in it (BREACH).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.get("Content-Type", "").partition(";")[0].strip()
        if response.streaming or kind not in TEXTS:
            return response
        return super().process_response(request, response)


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # it publishes no types
    """Whitenoise, which finds a gzipped copy of each text beside it; ours lie in the data folder."""

    def get_static_file(
        self, path: str, url: str, stat_cache: dict[str, os.stat_result] | None = None
    ) -> StaticFile:
        plain = super().get_static_file(path, url, stat_cache=stat_cache)
        if Path(path).suffix not in COMPRESSIBLE:
            return plain
        copy = compressed_copy(Path(path), Path(settings.DATA_DIR) / "compressed")
        _, _, headers = plain.alternatives[-1]  # of the file itself, which is the largest
        kept = [(name, value) for name, value in headers if name != "Content-Length"]
        return StaticFile(path, kept, encodings={"gzip": str(copy)})


def compressed_copy(file: Path, folder: Path) -> Path:
    """The gzipped copy of a file in `folder`, named after its size and time of change; made where it is not there."""
    told = file.stat()
    copy = folder / f"{file.stem}-{told.st_size:x}-{told.st_mtime_ns:x}{file.suffix}.gz"
    if not copy.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
            part.write(gzip.compress(file.read_bytes()))
        Path(part.name).replace(copy)  # whole at once, whoever else starts at this moment
    return copy

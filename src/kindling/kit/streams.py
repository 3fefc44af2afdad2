"""A stored file as an answer, in ranges: a film can be sought in before it is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte a Range header asks for; None for the whole file. Source: RFC 9110, 14.1.2.

    Several ranges at once are answered with the whole file, which the RFC allows. Raises ValueError for a
    range outside the file.
    """
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        length = int(last)
        if length == 0 or size == 0:
            raise ValueError("an empty range")
        return max(0, size - length), size - 1
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    if start >= size:
        raise ValueError("a range outside the file")
    return None if end < start else (start, end)


def stream(
    request: HttpRequest,
    file: Any,
    *,
    size: int,
    content_type: str,
    name: str,
    mark: str,
    as_download: bool = False,
) -> HttpResponseBase:
    """The open file, whole (200) or the part that was asked for (206). The file is closed when it is sent.

    content_type : ours, never what an uploader claimed. name : shown when saved. mark : changes with the content
    """
    tag = f'"{mark}"'
    header = request.headers.get("Range", "")
    if request.headers.get("If-Range", tag) != tag:
        header = ""
    try:
        part = asked_range(header, size)
    except ValueError:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, end = part or (0, size - 1)
    kind = "attachment" if as_download else "inline"
    headers = {
        "Content-Type": content_type,
        "Content-Length": str(end - start + 1),
        "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(name, safe='')}",
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=3600",
    }
    if part:
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return StreamingHttpResponse(
        _Part(file, start, end), status=206 if part else 200, headers=headers
    )


class _Part:
    """The bytes from `start` to `end` in chunks. Django closes it with the answer, read or not (HEAD)."""

    def __init__(self, file: Any, start: int, end: int) -> None:
        self._file, self._left = file, end - start + 1
        file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (chunk := self._file.read(min(CHUNK, self._left))):
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self._file.close()

"""Sending files to the sandbox as a browser would, with the standard library alone."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from typing import Any

from sandbox_team import Team

from ads_manager import PREFIX

BOUNDARY = "sample-boundary-7d1"


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def send_form(
    team: Team, path: str, fields: dict[str, str], files: dict[str, tuple[str, bytes]]
) -> dict[str, Any]:
    """The whole envelope of a multipart POST. files : field → (file name, content)."""
    lines: list[bytes] = []
    for name, value in fields.items():
        lines += [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n'.encode(),
            value.encode(),
        ]
    for name, (file_name, content) in files.items():
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; '
            f'filename="{file_name}"\r\nContent-Type: application/octet-stream\r\n'
        )
        lines += [head.encode(), content]
    body = b"\r\n".join([*lines, f"--{BOUNDARY}--\r\n".encode()])
    request = urllib.request.Request(  # noqa: S310 - our own http server
        team.sandbox.url + PREFIX + path,
        data=body,
        headers={
            "Access-Token": team.token,
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310 - our own http server
        answer: dict[str, Any] = json.loads(reply.read())
    return answer


def upload_video(team: Team, content: bytes = b"sample video", **given: str) -> dict[str, Any]:
    fields = {
        "advertiser_id": team.advertiser_id,
        "file_name": f"{md5(content)}.mp4",
        "upload_type": "UPLOAD_BY_FILE",
        "video_signature": md5(content),
    }
    answer = send_form(
        team, "/file/video/ad/upload/", fields | given, {"video_file": ("own.mp4", content)}
    )
    assert answer["code"] == 0, answer
    video: dict[str, Any] = answer["data"][0]
    return video


def upload_image(team: Team, url: str = "https://shop.example/cover.jpeg") -> str:
    made = team.post("/file/image/ad/upload/", upload_type="UPLOAD_BY_URL", image_url=url)
    return str(made["image_id"])


def push_creative(team: Team, video_id: str, image_id: str, **given: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "ad_name": "Sample push",
        "identity_type": "TT_USER",
        "identity_id": team.world["brand"]["identity_id"],
        "ad_format": "SINGLE_VIDEO",
        "video_id": video_id,
        "image_ids": [image_id],
        "ad_text": "A sample text",
        "call_to_action": "SHOP_NOW",
        "landing_page_url": "https://shop.example/p/TRAIL-FLASK",
    }
    return fields | given


def push(team: Team, adgroup_id: str, creative: dict[str, object]) -> dict[str, Any]:
    """The ad that a push creative became."""
    made = team.post("/ad/create/", adgroup_id=adgroup_id, creatives=[creative])
    ad: dict[str, Any] = made["creatives"][0]
    return ad

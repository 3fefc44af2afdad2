"""Logs as structured lines, with secrets taken out before anything is written."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(
    r"(?i)token|secret|password|auth_?code|authorization_code|(^|_)code$|cookie|salt"
)
# Spark codes start with # and run on; TikTok tokens and ours are long runs of the same alphabet.
SECRET_SHAPES = re.compile(
    r"#[A-Za-z0-9+/=_-]{20,}|%23[A-Za-z0-9%+/=_.-]{20,}|kd_[A-Za-z0-9_-]{20,}"
    # Addresses that open something by themselves: magic links and calendars.
    r"|(?<=portal/open/)[A-Za-z0-9_-]{20,}|(?<=calendar/)[A-Za-z0-9_-]{20,}"
)
SECRET_PAIRS = re.compile(
    r"(?i)((?:access|refresh)[-_]token|auth_code|app_secret|client_secret|password)([\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+"
)


def redact_text(text: str) -> str:
    """The text without anything that looks like a Spark code, a token or a password."""
    return SECRET_SHAPES.sub(HIDDEN, SECRET_PAIRS.sub(rf"\1\2{HIDDEN}", text))


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """structlog processor: hide values by name, and shapes of secrets inside any text."""
    for key, value in list(event.items()):
        if key not in {"event", "status_code", "wire_code"} and SECRET_NAMES.search(key):
            event[key] = HIDDEN
        elif isinstance(value, str):
            event[key] = redact_text(value)
    return event


def configure(level: str = "") -> None:
    """Set logging up once per process; standard logging and structlog come out the same way."""
    from django.conf import settings

    wanted = level or getattr(settings, "KINDLING_LOG_LEVEL", "INFO")
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(wanted)
    for noisy in ("dbos", "aiohttp.access", "stamina", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )

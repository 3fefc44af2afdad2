"""All an operator can set, read once from `KINDLING_*`. `docs/reference/settings.md` is checked against it."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SettingError(Exception):
    """A `KINDLING_*` variable cannot be read; the message names it and what is accepted."""


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    name: str
    parse: Callable[[str], T]
    default: str
    meaning: str

    def read(self, environ: Mapping[str, str]) -> T:
        raw = environ.get(self.name, self.default)
        try:
            return self.parse(raw)
        except ValueError as error:
            raise SettingError(f"{self.name}={raw!r}: {error}. {self.meaning}") from None


def _flag(raw: str) -> bool:
    values = {
        "1": True,
        "true": True,
        "yes": True,
        "0": False,
        "false": False,
        "no": False,
        "": False,
    }
    if raw.lower() not in values:
        raise ValueError("use 1 or 0")
    return values[raw.lower()]


def _words(raw: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in raw.split(",") if word.strip())


def _positive(raw: str) -> float:
    value = float(raw)
    if value <= 0:
        raise ValueError("needs a number above 0")
    return value


def _whole_number(raw: str) -> int:
    value = int(raw)
    if value < 1:
        raise ValueError("needs a whole number of 1 or more")
    return value


def _rates(raw: str) -> tuple[tuple[int, str], ...]:
    """Times and spans: "6/10m,30/d" is (6, "10m") and (30, "d")."""
    found = [
        re.fullmatch(r"([1-9]\d{0,5})/((?:[1-9]\d{0,2})?[smhd])", each.strip())
        for each in raw.split(",")
    ]
    rates = tuple((int(each[1]), each[2]) for each in found if each)
    if len(rates) < len(found):
        raise ValueError("write times/span, as 30/m or 6/10m,30/d")
    return rates


def _days(raw: str) -> tuple[int, ...]:
    """Days in ascending order: "7,30,60"."""
    days = tuple(sorted({int(each) for each in raw.split(",")}))
    if not 1 <= days[0] <= days[-1] <= 3_650:
        raise ValueError("write days from 1 to 3650, as 7,30,60")
    return days


def _proxies(raw: str) -> str:
    """How many, as "1", or networks, as "10.0.0.0/8,127.0.0.1"; `kit.client_address` reads them."""
    words = _words(raw)
    if len(words) == 1 and words[0].isdecimal():
        return raw
    for word in words:
        ip_network(word)
    return raw


def _clock(raw: str) -> str:
    if raw == "system" or raw.startswith(("http://127.0.0.1:", "http://localhost:")):
        return raw
    raise ValueError("use system, or the http address of a sandbox on this machine")


DATA_DIR = Setting("KINDLING_DATA_DIR", Path, "var", "Folder for databases, lake, keys and logs.")
SECRET_KEY = Setting(
    "KINDLING_SECRET_KEY",
    str,
    "",
    "Signs sessions. Empty: generated into the data folder, mode 0600.",
)
FIELD_KEYS = Setting(
    "KINDLING_FIELD_KEYS",
    _words,
    "",
    "Keys that encrypt video codes and tokens, newest first. Empty: generated into the data folder, mode 0600.",
)
DATABASE_URL = Setting(
    "KINDLING_DATABASE_URL",
    str,
    "",
    "postgresql://user:password@host/name. Empty: SQLite in the data folder.",
)
JOBS_URL = Setting(
    "KINDLING_JOBS_URL",
    str,
    "",
    "postgresql://… for the job engine. Empty: SQLite in the data folder.",
)
LAKE_URL = Setting(
    "KINDLING_LAKE_URL", str, "", "Folder of the fact tables. Empty: lake/ in the data folder."
)
HOSTS = Setting(
    "KINDLING_HOSTS", _words, "127.0.0.1,localhost,[::1]", "Host names this server answers to."
)
ORIGINS = Setting(
    "KINDLING_ORIGINS",
    _words,
    "",
    "Origins trusted for form posts behind a proxy, as https://host.",
)
HTTPS = Setting(
    "KINDLING_HTTPS", _flag, "0", "1 behind https: secure cookies, HSTS, trust X-Forwarded-Proto."
)
TRUSTED_PROXIES = Setting(
    "KINDLING_TRUSTED_PROXIES",
    _proxies,
    "",
    "Proxies whose X-Forwarded-For is believed: how many stand in front (1), or their networks "
    "(10.0.0.0/8,127.0.0.1). Empty: none.",
)
DEBUG = Setting(
    "KINDLING_DEBUG", _flag, "0", "1 shows error pages for developers. Never on a public address."
)
CLOCK = Setting(
    "KINDLING_CLOCK",
    _clock,
    "system",
    "system, or the address of a sandbox whose simulated time Kindling uses.",
)
TIKTOK_HOSTS = Setting(
    "KINDLING_TIKTOK_HOSTS",
    _words,
    "business-api.tiktok.com,sandbox-ads.tiktok.com",
    "Allowed hosts of TikTok connections. A sandbox on this machine is allowed while it provides the time "
    "(KINDLING_CLOCK); otherwise add 127.0.0.1.",
)
TIKTOK_TIER = Setting(
    "KINDLING_TIKTOK_TIER",
    str,
    "basic",
    "Rate tier of your TikTok app: basic, advanced, premium, ultimate, off.",
)
TIKTOK_TIMEOUT = Setting(
    "KINDLING_TIKTOK_TIMEOUT_SECONDS", _positive, "20", "Timeout of one call to TikTok."
)
SETTLE = Setting(
    "KINDLING_SETTLE_SECONDS",
    _positive,
    "5",
    "Wait before checking whether a call without a reply took effect.",
)
PULSE = Setting(
    "KINDLING_PULSE_SECONDS", _whole_number, "15", "How often the worker checks for due jobs."
)
WORKER_ID = Setting(
    "KINDLING_WORKER_ID",
    str,
    "worker-1",
    "Name of this worker in logs and in the job store; each process adds a part of its own.",
)
BASE_URL = Setting(
    "KINDLING_BASE_URL",
    str,
    "http://127.0.0.1:8000",
    "Public address of this server; e-mails and magic links start with it.",
)
MAIL_URL = Setting(
    "KINDLING_MAIL_URL",
    str,
    "",
    "Outgoing mail: smtp://user:password@host:port, smtps:// for TLS from the start, ?starttls=1 to switch "
    "to it. Empty: e-mail is off, links are copied manually.",
)
MAIL_FROM = Setting(
    "KINDLING_MAIL_FROM", str, "kindling@localhost", "Sender address of outgoing mail."
)
WEBHOOK_HOST = Setting(
    "KINDLING_WEBHOOK_HOST",
    str,
    "",
    "A chat server of your own that webhooks may reach although it is in a private network or without TLS, as "
    "http://chat.internal:8065. Every other webhook is https and public.",
)
INBOX_URL = Setting(
    "KINDLING_INBOX_URL",
    str,
    "",
    "Mailbox that receives the answers to outreach: imaps://user:password@host/INBOX. Empty: replies are "
    "marked manually.",
)
RECORD_DAYS = Setting(
    "KINDLING_RECORD_DAYS",
    _whole_number,
    "90",
    "How many days finished jobs, syncs, and readings of a post's numbers more than one a day stay on record.",
)
LEARNING_CONVERSIONS = Setting(
    "KINDLING_LEARNING_CONVERSIONS",
    _whole_number,
    "50",
    "Conversions after which an ad group has learned, as TikTok says; rules leave one that learns alone.",
)
LEARNING_DAYS = Setting(
    "KINDLING_LEARNING_DAYS",
    _whole_number,
    "7",
    "Days after which an ad group without these conversions counts as limited instead of learning.",
)
AUTHORIZATION_DAYS = Setting(
    "KINDLING_AUTHORIZATION_DAYS",
    _days,
    "7,30,60,180,365",
    "Days that TikTok offers for an ad authorization; change it if your TikTok app shows others.",
)
LANDING_PAGE_HOURS = Setting(
    "KINDLING_LANDING_PAGE_HOURS",
    _whole_number,
    "24",
    "How many hours preflight goes by what a landing page last said; then it is read again.",
)
ADS_PER_IDENTITY = Setting(
    "KINDLING_ADS_PER_IDENTITY",
    _whole_number,
    "10000",
    "How many ads TikTok allows per identity (TikTok's help says 10,000; an older page 2,000).",
)
NARROWED_BY = Setting(
    "KINDLING_NARROWED_BY",
    _whole_number,
    "2",
    "From how many restrictions (age, gender, language, interests, audiences) on an audience counts as narrow.",
)
COMMENT_BACKLOG = Setting(
    "KINDLING_COMMENT_BACKLOG",
    _whole_number,
    "10",
    "From how many overdue comments on under a post preflight warns before more people see it.",
)
PORTAL_LIMIT = Setting(
    "KINDLING_PORTAL_LIMIT",
    _rates,
    "30/m,300/h",
    "Rate limit of portal forms per device, as times/span (s, m, h, d). A creator with several devices has "
    "twice as much.",
)
PORTAL_CODE_LIMIT = Setting(
    "KINDLING_PORTAL_CODE_LIMIT",
    _rates,
    "6/10m,30/d",
    "Rate limit of video codes and connections in the portal; each needs a call to TikTok.",
)
LOG_LEVEL = Setting("KINDLING_LOG_LEVEL", str, "INFO", "DEBUG, INFO, WARNING or ERROR.")

SETTINGS: tuple[Setting[Any], ...] = tuple(
    each for each in list(globals().values()) if isinstance(each, Setting)
)


def data_dir(environ: Mapping[str, str] = os.environ, *, make: bool = True) -> Path:
    """The data folder as an absolute path; made, for this user alone, when it is not there and `make`."""
    folder = DATA_DIR.read(environ).expanduser().absolute()
    if make:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def secret_from_file(path: Path) -> str:
    """The secret in `path`; generated with mode 0600 the first time. Two starts at once agree on one."""
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600 from the start
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # another process was first: its secret counts
            os.link(draft, path)
        Path(draft).unlink()
    secret = path.read_text().strip()
    if not secret:
        raise SettingError(
            f"{path.name} in the data folder is empty. Restore it from your backup: "
            "without it stored video codes and tokens cannot be read."
        )
    return secret

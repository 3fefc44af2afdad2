"""Django's settings, derived from `config.py`. Nothing here reads the environment by itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from kindling import config
from kindling.kit.client_address import TrustedProxies

HERE = Path(__file__).resolve().parent
DATA_DIR = config.data_dir()


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "app.db",
            "CONN_MAX_AGE": 300,  # a new connection reads what jobs.sample_tables found
            "OPTIONS": {
                # IMMEDIATE takes the write lock first, so two writers queue instead of failing.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
                    "PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY; "
                    "PRAGMA journal_size_limit=67108864;"
                ),
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise config.SettingError(
            "KINDLING_DATABASE_URL: write postgresql://user:password@host/name, or leave it empty for SQLite."
        )
    from kindling.kit import postgres_text  # brings the driver, which SQLite need not load

    postgres_text.leave_out_nul()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
    }


def _mail_server(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise config.SettingError(
            "KINDLING_MAIL_URL: write smtp://user:password@host:port, or leave it empty."
        )
    is_tls = parts.scheme == "smtps"
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if is_tls else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": is_tls,
        "EMAIL_USE_TLS": not is_tls and "starttls=1" in parts.query,
    }


SECRET_KEY = config.SECRET_KEY.read(os.environ) or config.secret_from_file(DATA_DIR / "secret.key")
KINDLING_RECORD_DAYS = config.RECORD_DAYS.read(os.environ)
KINDLING_LEARNING_CONVERSIONS = config.LEARNING_CONVERSIONS.read(os.environ)
KINDLING_LEARNING_DAYS = config.LEARNING_DAYS.read(os.environ)
KINDLING_AUTHORIZATION_DAYS = config.AUTHORIZATION_DAYS.read(os.environ)
KINDLING_FIELD_KEYS = list(config.FIELD_KEYS.read(os.environ)) or [
    config.secret_from_file(DATA_DIR / "field.key")
]
DEBUG = config.DEBUG.read(os.environ)
HTTPS = config.HTTPS.read(os.environ)
KINDLING_TRUSTED_PROXIES = TrustedProxies.parse(config.TRUSTED_PROXIES.read(os.environ))
ALLOWED_HOSTS = list(config.HOSTS.read(os.environ))
CSRF_TRUSTED_ORIGINS = list(config.ORIGINS.read(os.environ))
DATABASES = {"default": _database(config.DATABASE_URL.read(os.environ))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

KINDLING_CLOCK = config.CLOCK.read(os.environ)
# A sandbox that provides the time also stands in for the sample shop, whose name is on no network.
KINDLING_SAMPLE_SHOP = KINDLING_CLOCK if KINDLING_CLOCK != "system" else ""
KINDLING_LANDING_PAGE_HOURS = config.LANDING_PAGE_HOURS.read(os.environ)
KINDLING_ADS_PER_IDENTITY = config.ADS_PER_IDENTITY.read(os.environ)
KINDLING_NARROWED_BY = config.NARROWED_BY.read(os.environ)
KINDLING_WEBHOOK_HOST = config.WEBHOOK_HOST.read(os.environ)
KINDLING_COMMENT_BACKLOG = config.COMMENT_BACKLOG.read(os.environ)
KINDLING_TIKTOK_HOSTS = config.TIKTOK_HOSTS.read(os.environ)
KINDLING_TIKTOK_TIER = config.TIKTOK_TIER.read(os.environ)
KINDLING_TIKTOK_TIMEOUT = config.TIKTOK_TIMEOUT.read(os.environ)
KINDLING_SETTLE_SECONDS = config.SETTLE.read(os.environ)
KINDLING_PULSE_SECONDS = config.PULSE.read(os.environ)
KINDLING_WORKER_ID = config.WORKER_ID.read(os.environ)
KINDLING_JOBS_URL = config.JOBS_URL.read(os.environ) or f"sqlite:///{DATA_DIR / 'jobs.db'}"
KINDLING_BASE_URL = config.BASE_URL.read(os.environ)
KINDLING_MAIL_URL = config.MAIL_URL.read(os.environ)
KINDLING_INBOX_URL = config.INBOX_URL.read(os.environ)
KINDLING_LAKE_URL = config.LAKE_URL.read(os.environ) or str(DATA_DIR / "lake")

AREAS = [
    "workspaces",
    "lists",
    "notices",
    "products",
    "creators",
    "access",
    "outreach",
    "agreements",
    "briefs",
    "posts",
    "authorizations",
    "launches",
    "delivery",
    "comments",
    "conversions",
    "money",
    "tracker",
    "portal",
    "profiles",
    "audit",
    "today",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "kindling.jobs",
    "kindling.facts",
    *(f"kindling.{area}" for area in AREAS),
]
MIDDLEWARE = [
    "kindling.kit.client_address.ClientAddress",
    "kindling.kit.compression.CompressedPages",
    "django.middleware.security.SecurityMiddleware",
    "kindling.kit.compression.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "kindling.kit.clean_forms.CleanForms",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kindling.workspaces.web.ErrorPages",
]
FORM_RENDERER = "kindling.kit.forms.Renderer"
ROOT_URLCONF = "kindling.urls"
WSGI_APPLICATION = "kindling.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "kindling.workspaces.web.chrome",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django_htmx.templatetags.django_htmx",
                "kindling.kit.templatetags.kit",
                "kindling.posts.templatetags.covers",
            ],
        },
    }
]
COTTON_DIR = "components"

AUTH_USER_MODEL = "workspaces.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "kindling.access.sign_in.InvitedOnly"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
PORTAL_RATES = {
    "portal": config.PORTAL_LIMIT.read(os.environ),
    "portal_code": config.PORTAL_CODE_LIMIT.read(os.environ),
}
ACCOUNT_RATE_LIMITS = {
    # Of wrong passwords (access.sign_in): the key is account and address, or account and known device.
    "login_failed": "10/m/ip,5/5m/key",
    "login_failed_device": "10/5m/key",
    "login": None,  # all tries of an address: it would shut a known device out together with others behind it
    "portal_open": "20/m/ip",
    **{
        f"{what}_{whose}": ",".join(f"{times * share}/{span}/key" for times, span in rates)
        for what, rates in PORTAL_RATES.items()
        for whose, share in (("session", 1), ("creator", 2))
    },
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]  # the portal's; the team's own pages are English
LOCALE_PATHS = [HERE / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns about a folder that is not there
STATICFILES_DIRS = [HERE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = DATA_DIR / "media"  # drafts and signed documents; served by pages that ask who reads
DATA_UPLOAD_MAX_NUMBER_FIELDS = (
    1_100  # a thousand selected rows of a list, and what is asked about them
)
FILE_UPLOAD_HANDLERS = [
    "kindling.kit.uploads.SizeLimitHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # no mail, also not into the log
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = config.MAIL_FROM.read(os.environ)
if KINDLING_MAIL_URL:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    globals().update(_mail_server(KINDLING_MAIL_URL))
# Of one process. The counts of sign-in and portal limits live here; Django's 300 entries would forget them.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

LOGGING_CONFIG = None  # kindling.logs configures logging once, with redaction, at every entry point
SILENCED_SYSTEM_CHECKS: list[str] = []

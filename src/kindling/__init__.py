"""Kindling: an operating system for TikTok Spark Ads. Start at `docs/explanation/architecture.md`."""

from kindling import _sqlite

__version__ = "0.1.0"

_sqlite.use_safe_sqlite()

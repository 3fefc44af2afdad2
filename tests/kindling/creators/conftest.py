"""The sample workspace of `desk`, for every test here."""

from desk import browser, desk

__all__ = ["browser", "desk"]

"""Ads as people manage them: budgets, files, reviews, statuses, pixel events."""

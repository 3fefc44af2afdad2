"""Drafts of plans: changed, copied, planned from templates, and videos for their uploads."""

"""Briefs, deliverables, drafts and their reviews."""

"""Outreach: templates, sequences, sending, answers, the log of what was sent."""

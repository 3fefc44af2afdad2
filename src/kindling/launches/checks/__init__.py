"""Preflight: the checks, by subject, and what asks them of posts and plans."""

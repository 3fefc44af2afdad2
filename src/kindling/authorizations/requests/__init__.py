"""Asking creators: for an authorization, for its renewal, and at what price."""

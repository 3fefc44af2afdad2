"""Codes, bindings, the authorization life cycle, spend at risk."""

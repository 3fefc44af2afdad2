"""Pixels and the events that arrive for them."""

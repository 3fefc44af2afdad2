"""Whose post an ad can use: codes, identities, requests through the marketplace."""

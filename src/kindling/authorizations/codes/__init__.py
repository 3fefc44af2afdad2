"""Video codes: added in batches, verified, bound."""

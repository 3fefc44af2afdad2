"""Video codes: taken in by the batch, verified, bound."""

"""Counter-based randomness: the same seed, purpose and key always draw the same."""

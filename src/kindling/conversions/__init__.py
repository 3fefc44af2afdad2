"""Orders, and the post each one belongs to."""

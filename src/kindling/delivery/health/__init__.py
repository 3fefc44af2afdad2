"""Whether an ad still learns, and whether its audience is tired of it."""

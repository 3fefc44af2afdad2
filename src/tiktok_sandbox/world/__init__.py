"""State and mechanisms of the simulated TikTok. Knows no HTTP."""

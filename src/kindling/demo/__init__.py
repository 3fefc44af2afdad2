"""The demonstration: a fresh simulated TikTok, sample people, and the whole path walked through the real product."""

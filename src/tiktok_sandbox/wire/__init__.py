"""TikTok's HTTP surface: one module per resource; parse, check, act on the world, answer."""

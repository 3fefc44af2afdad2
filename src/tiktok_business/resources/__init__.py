"""TikTok's resources: one module each, wire names only in `from_wire` and `to_wire`."""

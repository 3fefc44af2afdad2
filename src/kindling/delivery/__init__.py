"""What runs: synced campaigns and ads, daily reports, the last-safe-day guard."""

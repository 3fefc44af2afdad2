"""What runs: synced campaigns and ads, daily reports, the guard that stops ads in time."""

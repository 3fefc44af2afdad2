"""Usage rights, hold, fees, and the permission clocks that bind paid spend."""

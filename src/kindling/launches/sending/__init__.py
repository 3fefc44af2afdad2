"""A plan brought to TikTok: applied exactly once, looked up after lost replies, its flights ended in time."""

"""The TikTok Shop Partner API: orders, returns, products, stock, collaborations."""

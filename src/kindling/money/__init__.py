"""Profit per product, creator and post."""

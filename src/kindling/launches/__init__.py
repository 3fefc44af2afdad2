"""Inventory, preflight, plan, review and apply."""

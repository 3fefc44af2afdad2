"""Families of worlds: every number a world is drawn from, read from YAML."""

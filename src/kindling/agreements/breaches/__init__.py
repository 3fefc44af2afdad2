"""Breaches and how they are made good."""

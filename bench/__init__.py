"""Ratios, side by side in one run: what we promise to be fast, against something named."""

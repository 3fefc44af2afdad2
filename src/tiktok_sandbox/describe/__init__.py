"""Descriptions made from the sandbox itself: coverage table, OpenAPI, calibration."""

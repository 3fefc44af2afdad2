"""Campaigns, ad groups, ads, their files and split tests."""

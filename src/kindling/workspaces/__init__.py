"""Brands, members and roles, connections to TikTok, ad accounts, the audit trail."""

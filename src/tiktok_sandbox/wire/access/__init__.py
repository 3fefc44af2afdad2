"""Grants, consent pages, ad accounts and the terms they confirm."""

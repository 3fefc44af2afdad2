"""Drafts: handed in, checked without watching them, stored and streamed."""

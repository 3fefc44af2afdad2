"""The creators' own pages: by magic link, phone-first, in their language."""

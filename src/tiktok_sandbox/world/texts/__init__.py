"""What people write: grammars, captions, and what a product is called in everyday speech."""

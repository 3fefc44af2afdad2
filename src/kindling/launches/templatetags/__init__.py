"""Template filters of launches."""

"""Comments under a creator's own posts and those that came through ads; blocked words."""

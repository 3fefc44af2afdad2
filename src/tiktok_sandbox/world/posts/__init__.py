"""What a post is like and how viewers respond to it."""

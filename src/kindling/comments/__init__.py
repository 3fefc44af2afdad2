"""Comments under posts and ads: read, sorted into categories, answered, hidden, learned from."""

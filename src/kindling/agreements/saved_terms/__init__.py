"""Terms kept as templates: those that come with Kindling, and a workspace's own."""

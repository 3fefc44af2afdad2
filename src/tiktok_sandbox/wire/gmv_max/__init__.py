"""GMV Max: campaigns, what can be promoted, sessions, reports."""

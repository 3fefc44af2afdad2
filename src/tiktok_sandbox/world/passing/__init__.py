"""How time passes: every hour simulated once, in order."""

"""How creators get in without a password: magic links and the sessions they open."""

"""Tell people: notices to who owns the next step, and e-mail out."""

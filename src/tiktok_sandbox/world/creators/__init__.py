"""What creators give, refuse and do by themselves."""

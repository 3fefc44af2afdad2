"""Rules of a workspace that pause ads or lower budgets by themselves, and never raise anything."""

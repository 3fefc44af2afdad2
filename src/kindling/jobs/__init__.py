"""The only package that knows the job engine (DBOS)."""

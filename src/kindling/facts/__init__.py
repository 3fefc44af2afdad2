"""The only package that knows the lake (Delta) and the query engine (DuckDB through Ibis)."""

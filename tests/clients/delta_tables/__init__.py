"""Delta tables between huitong, delta-rs, DuckDB and Spark: each reads what the others wrote."""

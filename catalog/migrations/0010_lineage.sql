-- Which columns of tables and views come from which columns of which others. An empty column of a target means its rows: which of them
-- there are, and in every column; an empty column of a source, its rows. Rows of a dropped table whose files are kept have an empty
-- schema and the directory as their name.
CREATE TABLE lineage (
    target_schema TEXT NOT NULL,
    target_name   TEXT NOT NULL,
    target_column TEXT NOT NULL,
    source_schema TEXT NOT NULL,
    source_name   TEXT NOT NULL,
    source_column TEXT NOT NULL,
    kind          TEXT NOT NULL,
    query_id      TEXT NOT NULL,
    written_at    BIGINT NOT NULL,
    written_by    TEXT NOT NULL,
    PRIMARY KEY (target_schema, target_name, target_column, source_schema, source_name, source_column)
);

-- The names of the lake. The rows decide what exists; files without a row are rubbish that a later cleaning removes.
CREATE TABLE schemas (
    name       TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- `kind` is `table`, `view`, `parquet` or `delta` (the last two: files that lie elsewhere). `definition` is a
-- table's location or a view's query.
CREATE TABLE objects (
    schema_name TEXT NOT NULL REFERENCES schemas (name),
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    definition  TEXT NOT NULL,
    owner       TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (schema_name, name)
);

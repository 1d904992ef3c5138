-- What wrote rows into tables, and what checks of their rows found. A table is its directory, since a name may be given again.
CREATE TABLE loads (
    query_id    TEXT PRIMARY KEY,
    location    TEXT NOT NULL,
    command     TEXT NOT NULL,
    door        TEXT NOT NULL,
    loaded_by   TEXT NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL,
    row_count   BIGINT,
    error_code  TEXT
);
CREATE INDEX loads_by_end ON loads (ended_at);

-- Of each check of a contract what it found last; no number where it could not be asked.
CREATE TABLE check_results (
    location    TEXT NOT NULL,
    name        TEXT NOT NULL,
    checked_at  BIGINT NOT NULL,
    checked_by  TEXT NOT NULL,
    violations  BIGINT,
    PRIMARY KEY (location, name)
);

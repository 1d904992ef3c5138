-- Directories of the lake that no name refers to. `state` is `making` while a table is written that has no name yet, `dropped` while
-- the files of a dropped one are kept, and `leaving` while files are removed. `epoch` is that of the coordinator that wrote the row,
-- `since` when the state began, `until` how long a dropped one is kept. An owner who is no user any more is empty.
CREATE TABLE directories (
    location    TEXT PRIMARY KEY,
    state       TEXT NOT NULL,
    schema_name TEXT NOT NULL,
    name        TEXT NOT NULL,
    owner       TEXT NOT NULL,
    epoch       BIGINT NOT NULL,
    since       BIGINT NOT NULL,
    until       BIGINT
);

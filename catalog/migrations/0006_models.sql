-- The city's models, compiled: what was in force, and from when. `hash` is the SHA-256 of `body`; the row with the highest number
-- is in force.
CREATE TABLE models (
    hash TEXT PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE applied_models (
    number     BIGINT PRIMARY KEY,
    hash       TEXT NOT NULL REFERENCES models (hash),
    applied_by TEXT NOT NULL,
    applied_at BIGINT NOT NULL
);

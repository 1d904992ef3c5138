-- Portable subset: runs on SQLite and on PostgreSQL alike. Times are milliseconds since 1970 in UTC.

-- A user's name is stored folded, so that one person has one row however the name is typed.
CREATE TABLE users (
    name           TEXT PRIMARY KEY,
    admin          BIGINT NOT NULL,
    password_hash  TEXT NOT NULL,
    scram_verifier TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    disabled_at    BIGINT
);

-- Only the SHA-256 of a token is kept; `kind` is `session` or `personal`.
CREATE TABLE tokens (
    hash         TEXT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    user_name    TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    kind         TEXT NOT NULL,
    label        TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT
);

CREATE INDEX tokens_by_user ON tokens (user_name);

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

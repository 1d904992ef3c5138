-- Who may act alone, and until when by the clock of the database. A row stays when its holder goes: an epoch is never given
-- twice.
CREATE TABLE leases (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    epoch  BIGINT NOT NULL,
    until  BIGINT NOT NULL
);

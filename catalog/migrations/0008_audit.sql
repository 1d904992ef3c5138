-- Audit records that are chained and not yet in a segment; `line` is what will stand there.
CREATE TABLE audit_tail (
    seq  BIGINT PRIMARY KEY,
    line TEXT NOT NULL
);

-- The segments that were made. `hash` is that of the whole object, `chain` that of its last record, `root` that of the tree over all.
CREATE TABLE audit_segments (
    number    BIGINT PRIMARY KEY,
    last_seq  BIGINT NOT NULL,
    chain     TEXT NOT NULL,
    hash      TEXT NOT NULL,
    root      TEXT NOT NULL,
    sealed_at BIGINT NOT NULL
);

-- The end of the chain, one row: the number and the hash of the newest record.
CREATE TABLE audit_head (
    id   BIGINT PRIMARY KEY,
    seq  BIGINT NOT NULL,
    hash TEXT NOT NULL
);

INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- The times of a segment's records, in milliseconds since 1970, so that whoever asks for some reads those segments alone. Segments that
-- were made before this have none, and are read.
ALTER TABLE audit_segments ADD COLUMN oldest BIGINT;
ALTER TABLE audit_segments ADD COLUMN newest BIGINT;

CREATE INDEX audit_segments_by_last_seq ON audit_segments (last_seq);

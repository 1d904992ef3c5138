-- Offices instead of one kind of administrator, and what policies ask of a user.

-- `office` is `system`, `security`, `audit`, or empty for users without one. `roles` is a JSON list of keys.
ALTER TABLE users ADD COLUMN office TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN department TEXT;
ALTER TABLE users ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN clearance TEXT NOT NULL DEFAULT '1';

UPDATE users SET office = 'system' WHERE admin = 1;

ALTER TABLE users DROP COLUMN admin;

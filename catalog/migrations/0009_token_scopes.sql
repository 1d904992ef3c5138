-- What a token is limited to, as JSON: `{}` for nothing, else any of `"read":true`, `"purpose":"…"` and `"schemas":["…"]`.
ALTER TABLE tokens ADD COLUMN scope TEXT NOT NULL DEFAULT '{}';

-- Scripts that run under their owner's name. One without `cron` runs once. `params` is a JSON object of texts; `catchup` is `none`,
-- `last` or `all`: which of the ticks run that nobody was there for.
CREATE TABLE jobs (
    name          TEXT PRIMARY KEY,
    owner         TEXT NOT NULL,
    sql           TEXT NOT NULL,
    params        TEXT NOT NULL,
    cron          TEXT,
    zone          TEXT NOT NULL,
    catchup       TEXT NOT NULL,
    retries       BIGINT NOT NULL,
    retry_wait_ms BIGINT NOT NULL,
    timeout_ms    BIGINT,
    created_at    BIGINT NOT NULL,
    enabled       BIGINT NOT NULL,
    next_tick     BIGINT
);

CREATE INDEX jobs_by_tick ON jobs (next_tick);

-- One run per tick, whatever two coordinators believe. `cause` is `submit`, `schedule` or `retry`, `state` is `waiting`, `running`,
-- `done`, `failed` or `cancelled`. `attempts` were begun; `failures` count against the job's retries. `epoch` is that of the
-- coordinator that claimed the run last.
CREATE TABLE runs (
    id               TEXT PRIMARY KEY,
    job              TEXT NOT NULL REFERENCES jobs (name) ON DELETE CASCADE,
    tick             BIGINT NOT NULL,
    cause            TEXT NOT NULL,
    state            TEXT NOT NULL,
    steps_total      BIGINT NOT NULL,
    steps_done       BIGINT NOT NULL,
    attempts         BIGINT NOT NULL,
    failures         BIGINT NOT NULL,
    not_before       BIGINT NOT NULL,
    epoch            BIGINT,
    cancel_requested BIGINT NOT NULL,
    log_lines        BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    started_at       BIGINT,
    ended_at         BIGINT,
    rows             BIGINT,
    error            TEXT,
    UNIQUE (job, tick)
);

-- Runs of one job never overlap.
CREATE UNIQUE INDEX runs_running ON runs (job) WHERE state = 'running';

CREATE INDEX runs_waiting ON runs (tick) WHERE state = 'waiting';

CREATE INDEX runs_by_tick ON runs (tick);

-- `outcome` is `done`, `failed`, `cancelled`, or `lost` when the coordinator of the attempt went away.
CREATE TABLE attempts (
    run        TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    no         BIGINT NOT NULL,
    epoch      BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT,
    outcome    TEXT,
    error      TEXT,
    PRIMARY KEY (run, no)
);

-- The last lines of each run.
CREATE TABLE run_log (
    run  TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    no   BIGINT NOT NULL,
    at   BIGINT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (run, no)
);

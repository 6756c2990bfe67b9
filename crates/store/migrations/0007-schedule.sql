-- Scheduled jobs and what became of their runs.
CREATE TABLE cron_job (
    job_id        TEXT NOT NULL PRIMARY KEY,
    created_at_ms INTEGER NOT NULL,
    next_run_ms   INTEGER,                    -- NULL: none is planned
    body          TEXT NOT NULL               -- JSON: the job as its owner wrote it, and its state
) STRICT;

CREATE TABLE cron_run (
    id        INTEGER PRIMARY KEY,
    run_id    TEXT NOT NULL UNIQUE,
    job_id    TEXT NOT NULL,
    at_ms     INTEGER NOT NULL,
    ended     INTEGER NOT NULL,               -- 0: begun, and nobody knows of its end
    body      TEXT NOT NULL                   -- JSON
) STRICT;

CREATE INDEX cron_run_job ON cron_run (job_id, id);

-- What waits for nodes that sleep, and how calls to nodes ended.
CREATE TABLE node_queue (
    device_id TEXT NOT NULL PRIMARY KEY REFERENCES device (device_id) ON DELETE CASCADE,
    revision  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE node_work (
    work_id       TEXT NOT NULL,
    device_id     TEXT NOT NULL REFERENCES device (device_id) ON DELETE CASCADE,
    kind          TEXT NOT NULL,     -- JSON text, one piece of each kind
    is_high       INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    PRIMARY KEY (device_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE node_action (
    action_id     TEXT NOT NULL PRIMARY KEY,
    device_id     TEXT NOT NULL REFERENCES device (device_id) ON DELETE CASCADE,
    call_key      TEXT NOT NULL,     -- the caller's idempotency key
    command       TEXT NOT NULL,
    params        TEXT,              -- JSON text as the caller gave it
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    UNIQUE (device_id, call_key)
) STRICT;

CREATE TABLE call_outcome (
    fingerprint BLOB NOT NULL PRIMARY KEY CHECK (length(fingerprint) = 16),
    at_ms       INTEGER NOT NULL,
    outcome     TEXT NOT NULL        -- JSON
) STRICT;
CREATE INDEX call_outcome_age ON call_outcome (at_ms);

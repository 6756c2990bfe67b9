-- Channels: what came in, what is to go out, and who may talk.
CREATE TABLE inbox (
    id             INTEGER PRIMARY KEY,       -- the order of arrival
    channel        TEXT NOT NULL,
    account        TEXT NOT NULL,
    update_id      TEXT NOT NULL,             -- the channel's own id of the update
    received_at_ms INTEGER NOT NULL,
    body           TEXT,                      -- JSON; NULL once it is settled
    run_id         TEXT,                      -- the run that answers it
    settled_at_ms  INTEGER,
    UNIQUE (channel, account, update_id)
) STRICT;

CREATE INDEX inbox_open ON inbox (id) WHERE settled_at_ms IS NULL;
CREATE INDEX inbox_run ON inbox (run_id) WHERE run_id IS NOT NULL;

CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY,        -- the order of sending to one target
    delivery_id   TEXT NOT NULL UNIQUE,
    channel       TEXT NOT NULL,
    account       TEXT NOT NULL,
    target        TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'unknown')),
    attempts      INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    ended_at_ms   INTEGER,
    body          TEXT NOT NULL,              -- JSON: what to send
    result        TEXT                        -- JSON: what the channel said
) STRICT;

CREATE INDEX outbox_open ON outbox (id) WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_age ON outbox (ended_at_ms) WHERE ended_at_ms IS NOT NULL;

CREATE TABLE channel_peer (
    channel        TEXT NOT NULL,
    account        TEXT NOT NULL,
    peer           TEXT NOT NULL,             -- the channel's own id of the sender
    code           TEXT,                      -- of a request that waits; NULL for an approved peer
    facts          TEXT NOT NULL,             -- JSON: names, for a person
    asked_at_ms    INTEGER NOT NULL,
    approved_at_ms INTEGER,
    PRIMARY KEY (channel, account, peer)
) STRICT, WITHOUT ROWID;

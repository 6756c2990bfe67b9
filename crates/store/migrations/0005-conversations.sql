-- Conversations: sessions, what was said in them, and runs of the agent.
CREATE TABLE session (
    key           TEXT NOT NULL PRIMARY KEY,  -- `agent:main:main`
    session_id    TEXT NOT NULL UNIQUE,       -- the transcript under way
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    entry         TEXT NOT NULL               -- JSON object: settings, counts, where replies go
) STRICT;

-- Rows of a transcript are numbered from 1; compaction removes the first ones.
CREATE TABLE transcript (
    session_id TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    entry_id   TEXT NOT NULL,
    run_id     TEXT,
    at_ms      INTEGER NOT NULL,
    body       TEXT NOT NULL,                 -- JSON: a message, a summary, a note
    PRIMARY KEY (session_id, seq),
    UNIQUE (session_id, entry_id)
) STRICT, WITHOUT ROWID;

-- Runs that wait, are under way, or ended a short while ago.
CREATE TABLE run (
    run_id        TEXT NOT NULL PRIMARY KEY,
    session_key   TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'ended')),
    queued_at_ms  INTEGER NOT NULL,
    started_at_ms INTEGER,
    ended_at_ms   INTEGER,
    request       TEXT NOT NULL,              -- JSON: what is asked, by whom, where the reply goes
    outcome       TEXT                        -- JSON: how it ended
) STRICT;

CREATE INDEX run_state ON run (state, queued_at_ms);

-- What a run set in motion outside of the Gateway: a step that began and did not end is
-- one whose effect nobody knows.
CREATE TABLE run_step (
    run_id      TEXT NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
    seq         INTEGER NOT NULL,
    begun_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    body        TEXT NOT NULL,                -- JSON: what was about to be done
    result      TEXT,                         -- JSON: what came of it
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- Lines that the next run of a session is told.
CREATE TABLE system_event (
    id          INTEGER PRIMARY KEY,
    session_key TEXT NOT NULL,
    at_ms       INTEGER NOT NULL,
    text        TEXT NOT NULL
) STRICT;

CREATE INDEX system_event_session ON system_event (session_key, id);

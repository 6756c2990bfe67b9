-- Answers already given to keyed requests. Rows leave in the order of `id`.
CREATE TABLE idempotency (
    id            INTEGER PRIMARY KEY,
    kind          TEXT NOT NULL,
    key           TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    result        TEXT NOT NULL,
    UNIQUE (kind, key)
) STRICT;

CREATE INDEX idempotency_age ON idempotency (created_at_ms);

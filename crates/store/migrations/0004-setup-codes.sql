-- Setup codes: waiting ones, and what became of used ones. A code that ends unused is removed.
CREATE TABLE setup_code (
    setup_id        TEXT NOT NULL PRIMARY KEY,
    digest          BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),  -- SHA-256, never the token
    access          TEXT NOT NULL,
    roles           TEXT NOT NULL,
    scopes          TEXT NOT NULL,
    maker           TEXT NOT NULL,  -- JSON array: the scopes of the one who made it
    made_by         TEXT,           -- the device it was made on
    created_at_ms   INTEGER NOT NULL,
    expires_at_ms   INTEGER NOT NULL,
    used_by         TEXT,           -- the device that used it
    device_name     TEXT,
    used_at_ms      INTEGER,
    delivered_at_ms INTEGER
) STRICT;

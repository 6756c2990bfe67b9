-- Who may connect, and who asked to.
CREATE TABLE device (
    device_id        TEXT NOT NULL PRIMARY KEY,
    public_key       TEXT NOT NULL,
    operator_label   TEXT,
    facts            TEXT NOT NULL,  -- JSON: what the client says of itself
    roles            TEXT NOT NULL,  -- JSON array
    scopes           TEXT NOT NULL,  -- JSON array, as approved
    approved_via     TEXT,
    surface          TEXT,           -- JSON: approved caps, commands, permissions
    created_at_ms    INTEGER NOT NULL,
    approved_at_ms   INTEGER NOT NULL,
    last_seen_at_ms  INTEGER,
    last_seen_reason TEXT
) STRICT;

CREATE TABLE device_token (
    device_id       TEXT NOT NULL REFERENCES device (device_id) ON DELETE CASCADE,
    role            TEXT NOT NULL,
    digest          BLOB NOT NULL CHECK (length(digest) = 32),  -- SHA-256, never the token
    scopes          TEXT NOT NULL,
    created_at_ms   INTEGER NOT NULL,
    rotated_at_ms   INTEGER,
    revoked_at_ms   INTEGER,
    last_used_at_ms INTEGER,
    PRIMARY KEY (device_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE pending (
    request_id TEXT NOT NULL PRIMARY KEY,
    kind       TEXT NOT NULL CHECK (kind IN ('device', 'surface', 'legacy-node')),
    subject    TEXT NOT NULL,  -- device id, or node id of a legacy node
    public_key TEXT,
    roles      TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    access_key TEXT NOT NULL,  -- roles and scopes in one order, for uniqueness
    declared   TEXT NOT NULL,
    facts      TEXT NOT NULL,
    silent     INTEGER NOT NULL,
    is_repair  INTEGER NOT NULL,
    ts_ms      INTEGER NOT NULL,
    UNIQUE (subject, kind, access_key)
) STRICT;

-- Nodes of the February `node.pair.*` family, which have no device key.
CREATE TABLE legacy_node (
    node_id        TEXT NOT NULL PRIMARY KEY,
    token_digest   BLOB NOT NULL CHECK (length(token_digest) = 32),
    facts          TEXT NOT NULL,
    declared       TEXT NOT NULL,
    created_at_ms  INTEGER NOT NULL,
    approved_at_ms INTEGER NOT NULL
) STRICT;

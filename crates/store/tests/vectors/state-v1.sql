-- A state database as schema version 1 left it. Never change this file: it stands for files
-- that exist.
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

INSERT INTO device VALUES (
    '0707070707070707070707070707070707070707070707070707070707070707', 'key-7', 'desk',
    '{"displayName":"old laptop","platform":"linux","clientId":"cli","clientMode":"cli"}',
    '["operator","node"]', '["operator.read","operator.write"]', 'owner',
    '{"surface":{"caps":["system"],"commands":["system.which"]},"createdAtMs":3,"approvedAtMs":4}',
    1, 2, 5, 'connect');
INSERT INTO device_token VALUES (
    '0707070707070707070707070707070707070707070707070707070707070707', 'operator',
    -- SHA-256 of `abc`
    x'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    '["operator.read"]', 2, 6, NULL, 7);
INSERT INTO pending VALUES (
    'r1', 'device', '0808080808080808080808080808080808080808080808080808080808080808', 'key-8',
    '["node"]', '[]', '[["node"],[]]', '{"commands":["camera.snap"]}', '{"platform":"ios"}',
    1, 0, 9);
INSERT INTO legacy_node VALUES (
    'porch', x'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    '{"displayName":"Porch"}', '{"caps":["camera"]}', 10, 11);

PRAGMA application_id = 1329809239;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;

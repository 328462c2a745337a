-- What only this device knows; a rebuild leaves it alone.

-- Own changes the province has not confirmed, one row per record.
CREATE TABLE own_change (
  record TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  scope BLOB NOT NULL,
  last_seq INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  is_sent INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX own_change_by_scope ON own_change (scope, last_seq);

-- The province's receipts, one per own log.
CREATE TABLE receipt (
  scope BLOB PRIMARY KEY,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  signature BLOB NOT NULL,
  received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Own entries the province refused; it keeps them with the reason, and so do we.
CREATE TABLE refused (
  entry BLOB PRIMARY KEY,
  reason INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Typing that was not saved.
CREATE TABLE typing (
  record TEXT PRIMARY KEY,
  contents TEXT NOT NULL,
  typed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

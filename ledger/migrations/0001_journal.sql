-- The journal is the truth; `record` is a cache of it that `rebuild` makes again.
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;

-- Provinces this store takes part in, with the key whose log is their roster.
CREATE TABLE province (
  code BLOB PRIMARY KEY,
  authority BLOB NOT NULL
) STRICT;

CREATE TABLE scope (
  id INTEGER PRIMARY KEY,
  code BLOB NOT NULL UNIQUE,
  province BLOB NOT NULL,
  -- 0 roster, 1 province, 2 unit, 3 delegation
  place INTEGER NOT NULL,
  -- Sum of all entry hashes, modulo 2^256.
  digest BLOB NOT NULL,
  entries INTEGER NOT NULL
) STRICT;

CREATE TABLE log (
  id INTEGER PRIMARY KEY,
  device BLOB NOT NULL,
  incarnation INTEGER NOT NULL,
  scope INTEGER NOT NULL REFERENCES scope (id),
  head_seq INTEGER NOT NULL,
  head_hash BLOB NOT NULL,
  UNIQUE (device, incarnation, scope)
) STRICT;

CREATE TABLE record (
  id INTEGER PRIMARY KEY,
  code BLOB NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  scope INTEGER NOT NULL REFERENCES scope (id),
  -- All zero while every entry of the record is set aside: then kind and scope are not settled either.
  first_author BLOB NOT NULL,
  -- Entries of this record that are held, applied or not.
  entries INTEGER NOT NULL,
  -- Absent while no entry of the record is applied.
  saved BLOB,
  state TEXT NOT NULL,
  -- JSON list of the properties with differing content.
  differing TEXT NOT NULL,
  -- BLAKE3 over saved, state and differing, checked on every read.
  row_hash BLOB NOT NULL
) STRICT;
CREATE INDEX record_by_kind ON record (kind, code);

-- Rows in the order of arrival: the position is what cursors count.
CREATE TABLE entry (
  position INTEGER PRIMARY KEY,
  log INTEGER NOT NULL REFERENCES log (id),
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  scope INTEGER NOT NULL,
  record INTEGER,
  kind INTEGER NOT NULL,
  claimed_at INTEGER NOT NULL,
  payload BLOB,
  signature BLOB,
  -- 0 applied, 1 waiting for what it follows, 2 set aside, 3 withheld by the sender
  standing INTEGER NOT NULL,
  reason INTEGER,
  -- Hash over the arrival order up to here.
  chain BLOB NOT NULL,
  UNIQUE (log, seq)
) STRICT;
CREATE INDEX entry_by_scope ON entry (scope, position);
CREATE INDEX entry_by_record ON entry (record, position);
CREATE INDEX entry_not_applied ON entry (standing, position) WHERE standing <> 0;

-- Runs that begin after a gap in their log, as packs of their own, until the gap is filled.
CREATE TABLE detached (
  id INTEGER PRIMARY KEY,
  device BLOB NOT NULL,
  incarnation INTEGER NOT NULL,
  scope BLOB NOT NULL,
  first_seq INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  -- Of these, entries that are not withheld.
  whole INTEGER NOT NULL,
  pack BLOB NOT NULL,
  UNIQUE (device, incarnation, scope, first_seq)
) STRICT;

-- Two different entries at one place of a log: the proof is kept, neither is applied beyond it.
CREATE TABLE fork (
  log INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  held_hash BLOB NOT NULL,
  other_hash BLOB NOT NULL,
  pack BLOB NOT NULL,
  PRIMARY KEY (log, seq, other_hash)
) STRICT;

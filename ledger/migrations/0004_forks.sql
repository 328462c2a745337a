-- The lives of this store's own author, in their order.
CREATE TABLE life (
  id INTEGER PRIMARY KEY,
  incarnation INTEGER NOT NULL UNIQUE,
  -- By this device's clock; absent for a life begun before lives were noted.
  began_at INTEGER,
  reason TEXT NOT NULL,
  -- A person has seen that it began.
  is_told INTEGER NOT NULL
) STRICT;

-- Places of a log at which two different signed entries are known.
DROP TABLE fork;
CREATE TABLE fork (
  log INTEGER NOT NULL REFERENCES log (id),
  seq INTEGER NOT NULL,
  -- Hash of the entry that counts, once somebody has chosen; nothing from there on counts before.
  settled BLOB,
  -- This device chose among its own entries; nobody else knows of the fork.
  is_own_choice INTEGER NOT NULL,
  PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;

-- Runs of a forked log that are not part of its order here, each as a pack of its own: the proof.
CREATE TABLE branch (
  id INTEGER PRIMARY KEY,
  log INTEGER NOT NULL REFERENCES log (id),
  first_seq INTEGER NOT NULL,
  prev BLOB NOT NULL,
  last_seq INTEGER NOT NULL,
  last_hash BLOB NOT NULL,
  pack BLOB NOT NULL,
  -- Own entries from here on are still to be written again in a new life; zero when none is.
  owed_from INTEGER NOT NULL
) STRICT;
CREATE INDEX branch_by_log ON branch (log, first_seq);
CREATE INDEX branch_owed ON branch (id) WHERE owed_from <> 0;

-- Records as they were before own entries were taken back, until their edits are written again.
CREATE TABLE owed_record (
  code BLOB PRIMARY KEY,
  saved BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Places in the order of arrival whose entries were taken back: the chain over that order goes on.
CREATE TABLE vacated (
  position INTEGER PRIMARY KEY,
  chain BLOB NOT NULL
) STRICT;

-- Two runs that begin at one place of a log may be of different branches: both wait.
CREATE TABLE waiting_run (
  id INTEGER PRIMARY KEY,
  device BLOB NOT NULL,
  incarnation INTEGER NOT NULL,
  scope BLOB NOT NULL,
  first_seq INTEGER NOT NULL,
  last_hash BLOB NOT NULL,
  entries INTEGER NOT NULL,
  whole INTEGER NOT NULL,
  pack BLOB NOT NULL,
  UNIQUE (device, incarnation, scope, first_seq, last_hash)
) STRICT;
INSERT INTO waiting_run SELECT id, device, incarnation, scope, first_seq, randomblob(32), entries, whole, pack FROM detached;
DROP TABLE detached;
ALTER TABLE waiting_run RENAME TO detached;

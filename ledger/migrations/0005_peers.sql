-- Remotes of this store by a name that the store's owner gives them: the province's server, hubs, sticks.
CREATE TABLE peer (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- How far a peer is known to hold a log.
CREATE TABLE holds (
  peer INTEGER NOT NULL REFERENCES peer (id),
  log INTEGER NOT NULL REFERENCES log (id),
  seq INTEGER NOT NULL,
  PRIMARY KEY (peer, log)
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_by_log ON holds (log, seq);

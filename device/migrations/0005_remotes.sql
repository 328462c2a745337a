-- What the province has confirmed and what it has not, by log: a device has more than one after a restore, and
-- carries receipts for others.

CREATE TABLE receipt_of_log (
  log INTEGER PRIMARY KEY REFERENCES log (id),
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  media_complete INTEGER NOT NULL,
  signature BLOB NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;
INSERT INTO receipt_of_log (log, seq, hash, media_complete, signature, received_at)
  SELECT entry.log, receipt.seq, receipt.hash, 1, receipt.signature, receipt.received_at
  FROM receipt JOIN scope ON scope.code = receipt.scope JOIN entry ON entry.scope = scope.id AND entry.seq = receipt.seq
    AND entry.hash = receipt.hash;
DROP TABLE receipt;
ALTER TABLE receipt_of_log RENAME TO receipt;

-- Own changes the province has not confirmed, one row per record and log.
CREATE TABLE own_change_of_log (
  record TEXT NOT NULL,
  log INTEGER NOT NULL REFERENCES log (id),
  kind TEXT NOT NULL,
  last_seq INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  is_sent INTEGER NOT NULL,
  PRIMARY KEY (record, log)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO own_change_of_log (record, log, kind, last_seq, entries, bytes, is_sent)
  SELECT own_change.record, entry.log, own_change.kind, own_change.last_seq, own_change.entries, own_change.bytes,
    own_change.is_sent
  FROM own_change JOIN scope ON scope.code = own_change.scope
    JOIN entry ON entry.scope = scope.id AND entry.seq = own_change.last_seq AND entry.signature IS NOT NULL;
DROP TABLE own_change;
ALTER TABLE own_change_of_log RENAME TO own_change;
CREATE INDEX own_change_by_log ON own_change (log, last_seq);

-- Until now everything foreign came from the province, and the province confirmed the rest.
INSERT OR IGNORE INTO peer (name) VALUES ('province');
INSERT OR IGNORE INTO holds (peer, log, seq)
  SELECT (SELECT id FROM peer WHERE name = 'province'), receipt.log, receipt.seq FROM receipt;
INSERT OR IGNORE INTO holds (peer, log, seq)
  SELECT (SELECT id FROM peer WHERE name = 'province'), log.id, log.head_seq FROM log
  WHERE log.head_seq > 0 AND log.id NOT IN (SELECT log FROM own_change) AND log.id NOT IN (SELECT log FROM receipt);

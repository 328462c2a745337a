-- Where a refused entry stands and which record it belongs to: lists say it of the record, and a later receipt
-- takes it back.
CREATE TABLE refused_at_place (
  entry BLOB PRIMARY KEY,
  scope BLOB NOT NULL,
  seq INTEGER NOT NULL,
  -- The province for roster acts.
  record TEXT NOT NULL,
  reason INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO refused_at_place (entry, scope, seq, record, reason, at)
  SELECT entry, scope, seq,
    substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || '-' || substr(id, 17, 4) || '-' || substr(id, 21),
    reason, at
  FROM (
    SELECT refused.entry AS entry, scope.code AS scope, entry.seq AS seq, refused.reason AS reason, refused.at AS at,
      lower(hex(coalesce(record.code, scope.province))) AS id
    FROM refused JOIN entry ON entry.hash = refused.entry JOIN log ON log.id = entry.log
      JOIN scope ON scope.id = log.scope LEFT JOIN record ON record.id = entry.record
  );
DROP TABLE refused;
ALTER TABLE refused_at_place RENAME TO refused;
CREATE INDEX refused_by_record ON refused (record, at);
CREATE INDEX refused_by_place ON refused (scope, seq);

-- Entries refused there or set aside here that a person has looked at; another reason asks again.
CREATE TABLE acknowledged (
  entry BLOB PRIMARY KEY,
  reason INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

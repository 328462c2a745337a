-- What the applied attachment entries say; `rebuild` makes these three tables again. The bytes themselves, and
-- which chunks of them are held, are in a file of their own (media.db).
CREATE TABLE attachment (
  -- Position of the entry that adds or removes it.
  entry INTEGER PRIMARY KEY REFERENCES entry (position),
  log INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  record INTEGER NOT NULL REFERENCES record (id),
  code BLOB NOT NULL,
  is_removal INTEGER NOT NULL,
  -- It is added, and no entry of its record removes it.
  is_live INTEGER NOT NULL,
  -- Of its renditions, those whose bytes are not held whole; none when it is not live.
  lacking INTEGER NOT NULL
) STRICT;
CREATE INDEX attachment_of_record ON attachment (record, code);
CREATE INDEX attachment_lacking ON attachment (log, seq) WHERE lacking > 0;

-- A blob as one chunk list describes it. Honest manifests of the same bytes have the same list.
CREATE TABLE blob (
  id INTEGER PRIMARY KEY,
  code BLOB NOT NULL,
  list BLOB NOT NULL,
  length INTEGER NOT NULL,
  -- 0 thumbnail, 1 original: the first in which a live attachment needs it.
  lane INTEGER NOT NULL,
  -- 0 missing, 1 held whole, 2 the list is proven not to be that of the blob, 3 missing and no longer needed
  state INTEGER NOT NULL,
  -- The chunk list.
  chunks BLOB NOT NULL,
  UNIQUE (code, list)
) STRICT;
CREATE INDEX blob_by_state ON blob (state, lane, id, length);

CREATE TABLE rendition (
  entry INTEGER NOT NULL REFERENCES attachment (entry),
  role INTEGER NOT NULL,
  blob INTEGER NOT NULL REFERENCES blob (id),
  PRIMARY KEY (entry, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX rendition_of_blob ON rendition (blob);

-- Attachments that wait for the entry that begins their record.
CREATE INDEX entry_attachment_waiting ON entry (record) WHERE standing = 1 AND kind = 3;

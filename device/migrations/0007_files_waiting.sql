-- Photos and files that wait at the province for the change that begins their record, as it said with its last
-- receipt of the log. With `but_waiting` it has every other file of the log up to the receipt, although that does not say
-- that all are there.
ALTER TABLE receipt ADD COLUMN but_waiting INTEGER NOT NULL DEFAULT 0;
CREATE TABLE file_waiting (
  log INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (log, seq)
) WITHOUT ROWID;

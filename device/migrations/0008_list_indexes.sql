-- Indexes of lists that are away while much comes in, as they were made; they are made again from this. A later script
-- drops an index of registrations IF EXISTS, and with it the row here: a program may have ended while it was away.
CREATE TABLE list_index_away (
  name TEXT PRIMARY KEY,
  made_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

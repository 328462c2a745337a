-- Indexes of lists that are away while much comes in, as they were made; they are made again from this. A later script
-- that changes an index of registrations changes the row here too, if there is one.
CREATE TABLE list_index_away (
  name TEXT PRIMARY KEY,
  made_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The file of bytes. A chunk is stored once it is verified; which are held is said beside them, in the same
-- transaction.
CREATE TABLE blob (
  -- Never given twice: what could not be read of a damaged blob stays behind under its old one.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code BLOB NOT NULL,
  list BLOB NOT NULL,
  -- 0 not whole, 1 whole and proven to be the blob, 2 proven to be something else: nothing of it is kept
  state INTEGER NOT NULL,
  held_bytes INTEGER NOT NULL,
  -- A bit for every chunk, the first one lowest.
  held BLOB NOT NULL,
  -- The chunk list: a chunk is verified by it whenever it is read.
  chunks BLOB NOT NULL,
  UNIQUE (code, list)
) STRICT;
CREATE INDEX blob_partly ON blob (state) WHERE state = 0;

CREATE TABLE chunk (
  -- 256 times the id of the blob, and the index of the chunk.
  place INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;

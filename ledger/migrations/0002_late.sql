-- What became of an entry after it had been handed on by its hash alone: it stands a second time in the
-- order of arrival, so that whoever has read past it is told. Positions are those of `entry`, counted on.
CREATE TABLE late (
  position INTEGER PRIMARY KEY,
  -- Position of the entry.
  entry INTEGER NOT NULL REFERENCES entry (position),
  scope INTEGER NOT NULL,
  -- Hash over the arrival order up to here.
  chain BLOB NOT NULL
) STRICT;

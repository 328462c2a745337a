-- Tables made from records; `rebuild` makes them again.
CREATE TABLE model (
  code TEXT PRIMARY KEY,
  unit TEXT NOT NULL,
  model_kind TEXT NOT NULL,
  closed INTEGER NOT NULL,
  closure_reason TEXT NOT NULL,
  demonstration INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE review (
  registration TEXT PRIMARY KEY,
  state TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE registration (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  model TEXT NOT NULL,
  unit TEXT NOT NULL,
  cycle TEXT,
  year INTEGER NOT NULL,
  name TEXT NOT NULL,
  -- Sorts by the Vietnamese alphabet when compared byte by byte.
  name_key BLOB NOT NULL,
  -- Folded name, for finding possible duplicates.
  name_fold TEXT NOT NULL,
  place TEXT NOT NULL,
  field TEXT NOT NULL,
  kind TEXT NOT NULL,
  model_kind TEXT NOT NULL,
  status TEXT NOT NULL,
  -- Counted by totals: submitted or active.
  counted INTEGER NOT NULL,
  submission INTEGER NOT NULL,
  demonstration INTEGER NOT NULL,
  differs INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  state_hash BLOB NOT NULL
) STRICT;
CREATE INDEX registration_by_name ON registration (name_key, id);
CREATE INDEX registration_by_cycle ON registration (cycle, name_key, id);
CREATE INDEX registration_by_status ON registration (status, name_key, id);
CREATE INDEX registration_by_field ON registration (cycle, field, name_key, id);
CREATE INDEX registration_by_unit ON registration (unit, name_key, id);
CREATE INDEX registration_by_model ON registration (model);
CREATE INDEX registration_duplicates ON registration (unit, cycle, name_fold);
CREATE INDEX registration_facets ON registration (cycle, status, field, kind, unit, counted);
-- Each of the three answers one part of a total without touching the rows themselves.
CREATE INDEX registration_totals ON registration (cycle, counted, model, code, unit, field, kind, demonstration);
CREATE INDEX registration_twins ON registration (cycle, counted, unit, name_fold);
CREATE INDEX registration_states ON registration (cycle, counted, unit, state_hash);

-- Folded words of name and place.
CREATE VIRTUAL TABLE registration_words USING fts5 (words, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0', prefix='2 3');

CREATE TABLE unit (
  code TEXT PRIMARY KEY,
  state TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Differing content, open and decided.
CREATE TABLE difference (
  record TEXT NOT NULL,
  property TEXT NOT NULL,
  kind TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  PRIMARY KEY (record, property)
) STRICT, WITHOUT ROWID;
CREATE INDEX difference_open ON difference (is_open, seen);

-- Registrations whose contents the unit changed after the province had accepted them; `rebuild` makes it again.
CREATE TABLE changed_since_accepted (
  registration TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- By what the keys are known under which this database was written; nothing of the keys themselves.
CREATE TABLE key_checks (name TEXT PRIMARY KEY, digest BYTEA NOT NULL);

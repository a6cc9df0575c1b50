-- A cabinet's broker password as a broker elsewhere checks it. Empty for cabinets that joined before this version.
ALTER TABLE cabinets ADD COLUMN broker_hash TEXT NOT NULL DEFAULT '';

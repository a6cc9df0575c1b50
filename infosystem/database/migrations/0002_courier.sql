-- What a member's badge says: it is scanned in place of typing the number, and the secret is asked all the same.
ALTER TABLE staff ADD COLUMN badge TEXT NOT NULL DEFAULT '';

-- Whether a recipient agreed to the locker: of a person once for all, of a parcel as it stands.
ALTER TABLE people ADD COLUMN agreed TEXT NOT NULL DEFAULT '';
ALTER TABLE parcels ADD COLUMN consent TEXT NOT NULL DEFAULT '';

-- Parcels that a courier announced at a cabinet: by the cabinet's request, so that one request makes one parcel.
ALTER TABLE cabinets ADD COLUMN walk_up BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cabinets ADD COLUMN consent TEXT NOT NULL DEFAULT '';
CREATE TABLE announcements (
	cabinet    TEXT NOT NULL REFERENCES cabinets (id),
	request    BYTEA NOT NULL,
	parcel     TEXT NOT NULL,
	at         BIGINT NOT NULL,
	PRIMARY KEY (cabinet, request)
);
CREATE INDEX announcements_parcel ON announcements (parcel);

-- What the pages of a large business are read by, and what goes when a parcel's life ends.
DROP INDEX events_parcel;
CREATE INDEX events_parcel ON events (parcel, number);
CREATE INDEX events_cabinet ON events (cabinet, number);
CREATE INDEX parcels_order ON parcels ((CASE WHEN phase IN ('collected', 'missing', 'returned') THEN 1 ELSE 0 END), assigned DESC, id);
CREATE INDEX commands_cabinet ON commands (cabinet, at);
CREATE INDEX commands_state ON commands (state, expires);
CREATE INDEX notices_parcel ON notices (parcel);
CREATE INDEX notices_recipient ON notices (recipient);
CREATE INDEX invitations_recipient ON invitations (recipient);

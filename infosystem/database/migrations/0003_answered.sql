-- Whether a parcel's consent was said about that parcel. Then it stands above what its recipient says once for all.
ALTER TABLE parcels ADD COLUMN answered BIGINT NOT NULL DEFAULT 0;
UPDATE parcels SET answered = 1 WHERE consent IN ('given', 'refused')
	AND NOT EXISTS (SELECT 1 FROM people WHERE people.id = parcels.recipient AND people.agreed = parcels.consent);

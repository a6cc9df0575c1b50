CREATE TABLE counters (name TEXT PRIMARY KEY, n BIGINT NOT NULL);

-- Identification information: who somebody is. The id is the opaque reference that everything else uses.
CREATE TABLE people (
	id         TEXT PRIMARY KEY,
	name       TEXT NOT NULL,
	phone      TEXT NOT NULL,          -- E.164
	language   TEXT NOT NULL,          -- BCP 47, empty for the cabinet's
	low_slot   BIGINT NOT NULL,
	policy     TEXT NOT NULL,          -- empty adds nothing to the cabinet's
	created    BIGINT NOT NULL
);
CREATE INDEX people_phone ON people (phone);

CREATE TABLE consents (
	person     TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	kind       TEXT NOT NULL,
	given      BIGINT NOT NULL,
	text       TEXT NOT NULL,          -- version of the text that was consented to
	withdrawn  BIGINT NOT NULL,        -- 0 while it holds
	PRIMARY KEY (person, kind, given)
);

-- Verification information: what somebody verifies with, sealed, apart from the tables above.
CREATE TABLE verification (
	id         TEXT PRIMARY KEY,
	reference  TEXT NOT NULL,
	kind       TEXT NOT NULL,
	sealed     BYTEA NOT NULL,
	stored     BIGINT NOT NULL,
	used       BIGINT NOT NULL         -- when it was stored or matched last
);
CREATE INDEX verification_reference ON verification (reference);

CREATE TABLE cabinets (
	id         TEXT PRIMARY KEY,
	name       TEXT NOT NULL,
	slots      BIGINT NOT NULL,        -- 0 until it joined
	software   TEXT NOT NULL,
	sign_key   BYTEA,
	seal_key   BYTEA,
	password   BYTEA,                  -- SHA-256 of the broker password
	joined     BIGINT NOT NULL,
	seen       BIGINT NOT NULL,
	boot       TEXT NOT NULL,          -- of the last hello: boot id, nonce, uptime in ms
	nonce      BYTEA NOT NULL,
	uptime     BIGINT NOT NULL,
	met        BIGINT NOT NULL,        -- when that hello came
	policy     TEXT NOT NULL,
	codes      TEXT NOT NULL,
	kinds_off  TEXT NOT NULL,
	version    BIGINT NOT NULL,        -- of its desired state
	root       BYTEA NOT NULL,
	reported   BIGINT NOT NULL         -- version that it said it has
);

CREATE TABLE join_codes (
	hash       BYTEA PRIMARY KEY,
	cabinet    TEXT NOT NULL REFERENCES cabinets (id),
	expires    BIGINT NOT NULL,
	used       BIGINT NOT NULL
);

CREATE TABLE epochs (
	cabinet    TEXT NOT NULL REFERENCES cabinets (id),
	epoch      BYTEA NOT NULL,
	acked      BIGINT NOT NULL,
	begun      BIGINT NOT NULL,
	PRIMARY KEY (cabinet, epoch)
);

-- Everything that happened; number orders the lines of all cabinets. Lines with seq 0 are the system's own.
CREATE TABLE events (
	number     BIGINT PRIMARY KEY,
	cabinet    TEXT NOT NULL,
	epoch      BYTEA NOT NULL,
	seq        BIGINT NOT NULL,
	at         BIGINT NOT NULL,
	received   BIGINT NOT NULL,
	what       TEXT NOT NULL,
	slot       BIGINT NOT NULL,
	parcel     TEXT NOT NULL,
	who        TEXT NOT NULL,
	kinds      TEXT NOT NULL,
	detail     TEXT NOT NULL,
	command    TEXT NOT NULL,
	prev       BYTEA NOT NULL,
	problem    TEXT NOT NULL           -- why its effect could not be carried out
);
CREATE INDEX events_seq ON events (cabinet, epoch, seq);
CREATE INDEX events_parcel ON events (parcel);

CREATE TABLE slots (
	cabinet    TEXT NOT NULL REFERENCES cabinets (id),
	slot       BIGINT NOT NULL,
	door       TEXT NOT NULL,          -- last event about the door
	service    TEXT NOT NULL,          -- last word about its service, empty when in service
	at         BIGINT NOT NULL,
	PRIMARY KEY (cabinet, slot)
);

CREATE TABLE parcels (
	id         TEXT PRIMARY KEY,
	cabinet    TEXT NOT NULL REFERENCES cabinets (id),
	recipient  TEXT NOT NULL,
	size       BIGINT NOT NULL,
	due        BIGINT NOT NULL,
	phase      TEXT NOT NULL,
	recalled   BIGINT NOT NULL,
	specific   BIGINT NOT NULL,
	slot       BIGINT NOT NULL,
	assigned   BIGINT NOT NULL,
	stored     BIGINT NOT NULL,
	ended      BIGINT NOT NULL
);
CREATE INDEX parcels_cabinet ON parcels (cabinet, phase);
CREATE INDEX parcels_recipient ON parcels (recipient);

CREATE TABLE invitations (
	id         TEXT PRIMARY KEY,
	recipient  TEXT NOT NULL,
	cabinet    TEXT NOT NULL REFERENCES cabinets (id),
	sealed     BYTEA NOT NULL,         -- the code
	expires    BIGINT NOT NULL,
	used       BIGINT NOT NULL
);

CREATE TABLE staff (
	number     TEXT PRIMARY KEY,
	name       TEXT NOT NULL,
	role       TEXT NOT NULL,
	secret     BYTEA NOT NULL,         -- the passcode matcher's template
	one_time   BIGINT NOT NULL,
	created    BIGINT NOT NULL
);

-- Desired state as it is sent: sealed to the cabinet. The digest tells, without opening, whether it is current.
CREATE TABLE desired (
	cabinet    TEXT NOT NULL REFERENCES cabinets (id),
	kind       TEXT NOT NULL,
	id         TEXT NOT NULL,
	version    BIGINT NOT NULL,
	gone       BIGINT NOT NULL,
	sealed     BYTEA,
	hash       BYTEA,
	digest     BYTEA,
	PRIMARY KEY (cabinet, kind, id)
);
CREATE INDEX desired_version ON desired (cabinet, version);

CREATE TABLE commands (
	id         TEXT PRIMARY KEY,
	cabinet    TEXT NOT NULL,
	action     TEXT NOT NULL,
	slot       BIGINT NOT NULL,
	parcel     TEXT NOT NULL,
	operator   TEXT NOT NULL,
	reason     TEXT NOT NULL,
	at         BIGINT NOT NULL,
	expires    BIGINT NOT NULL,
	state      TEXT NOT NULL,
	detail     TEXT NOT NULL
);

CREATE TABLE notices (
	number     BIGINT PRIMARY KEY,
	recipient  TEXT NOT NULL,
	kind       TEXT NOT NULL,
	parcel     TEXT NOT NULL,
	cabinet    TEXT NOT NULL,
	sealed     BYTEA,                  -- phone and text; nothing once it is delivered and forgotten
	at         BIGINT NOT NULL,
	state      TEXT NOT NULL,
	attempts   BIGINT NOT NULL,
	next       BIGINT NOT NULL,
	problem    TEXT NOT NULL
);
CREATE INDEX notices_state ON notices (state, next);

CREATE TABLE operators (
	name       TEXT PRIMARY KEY,
	password   BYTEA NOT NULL,
	created    BIGINT NOT NULL
);

CREATE TABLE sessions (
	hash       BYTEA PRIMARY KEY,
	operator   TEXT NOT NULL REFERENCES operators (name) ON DELETE CASCADE,
	csrf       TEXT NOT NULL,
	expires    BIGINT NOT NULL
);

-- Whose verification information a record is, so that it can be told which cabinets have not erased it yet.
ALTER TABLE desired ADD COLUMN person TEXT NOT NULL DEFAULT '';
CREATE INDEX desired_person ON desired (person, gone);
UPDATE desired SET person = (SELECT reference FROM verification WHERE verification.id = desired.id)
	WHERE kind = 'verification' AND EXISTS (SELECT 1 FROM verification WHERE verification.id = desired.id);

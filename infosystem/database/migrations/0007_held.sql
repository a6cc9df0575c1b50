-- The last line of the cabinet's journal at its last hello. Until it is here nobody is told what the lines before it say.
ALTER TABLE epochs ADD COLUMN journal_end BIGINT NOT NULL DEFAULT 0;

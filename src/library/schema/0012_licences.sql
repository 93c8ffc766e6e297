-- Under which licence the sound is, as its source names it; NULL where it names none.
ALTER TABLE origins ADD COLUMN licence TEXT;

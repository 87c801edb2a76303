-- Who was asked to charge, by name: what it left in doubt, and what it charged, is resolved and given back by nobody else.
-- Null where nobody was asked, and in rows of the version before, which may still be serving while this is applied.
ALTER TABLE `payments` ADD COLUMN `provider` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL;

-- Reason of a batch's requests, for accounts that work. The previous release leaves it empty.
ALTER TABLE batches ADD COLUMN reason TEXT;

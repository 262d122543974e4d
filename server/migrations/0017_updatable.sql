-- 1 if the account works and its customer shares less than the merchant asks for. Written at each reading; what was last read
-- before this was there, or before the setting was changed, has it after the next one, within a day.
ALTER TABLE accounts ADD COLUMN is_updatable BIGINT;

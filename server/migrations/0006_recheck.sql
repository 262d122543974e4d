-- How often an account is read again although nothing has told of a change: 0 is most often. See `domain::recheck`.
ALTER TABLE accounts ADD COLUMN recheck_class BIGINT NOT NULL DEFAULT 1;
-- The longest unread of each class.
CREATE INDEX accounts_by_recheck_class ON accounts (recheck_class, read_at);

-- Connected account whose customer holds the account, where a platform's server works for connected accounts; NULL for accounts
-- of the platform itself. Written at each reading; what was last read before this was there has it after the next one, within
-- a day.
ALTER TABLE accounts ADD COLUMN stripe_account TEXT;

-- The same of relink requests and of batches' accounts, from now on.
ALTER TABLE requests ADD COLUMN stripe_account TEXT;
ALTER TABLE batch_results ADD COLUMN stripe_account TEXT;

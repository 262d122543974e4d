-- Indexes of tables that may be large, made after the migrations, one by one. Each statement is one line that begins
-- with CREATE INDEX IF NOT EXISTS; on PostgreSQL the index is made CONCURRENTLY, so that servers can go on writing.
CREATE INDEX IF NOT EXISTS mail_turns_by_end ON mail_turns (next_at);
CREATE INDEX IF NOT EXISTS audit_by_account_and_time ON audit (account, at, id);
CREATE INDEX IF NOT EXISTS accounts_by_end ON accounts (state, expires_on, id) WHERE expires_on IS NOT NULL;
CREATE INDEX IF NOT EXISTS accounts_updatable ON accounts (state, changed_at, id) WHERE is_updatable = 1;
CREATE INDEX IF NOT EXISTS accounts_by_stripe_account_and_state ON accounts (stripe_account, state, changed_at, id) WHERE stripe_account IS NOT NULL;
CREATE INDEX IF NOT EXISTS accounts_by_stripe_account ON accounts (stripe_account, id) WHERE stripe_account IS NOT NULL;
CREATE INDEX IF NOT EXISTS accounts_of_connected_accounts ON accounts (state, changed_at, id) WHERE (customer LIKE 'acct_%' AND customer NOT LIKE '%.%' OR customer LIKE '%.acct_%');
CREATE INDEX IF NOT EXISTS accounts_of_customer_accounts ON accounts (state, changed_at, id) WHERE (customer LIKE 'customer_account_%' OR customer LIKE '%.customer_account_%');
CREATE INDEX IF NOT EXISTS requests_by_stripe_account ON requests (stripe_account, id) WHERE stripe_account IS NOT NULL;
CREATE INDEX IF NOT EXISTS batch_results_by_stripe_account ON batch_results (batch, stripe_account, account) WHERE stripe_account IS NOT NULL;

-- Block of one of the account's payment methods, as JSON: Stripe debits it no longer, although the connection works.
ALTER TABLE accounts ADD COLUMN payment_block TEXT;

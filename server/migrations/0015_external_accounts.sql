-- The external account that a connected account is paid out to, `ba_…`, in place of a payment method.
ALTER TABLE payments ADD COLUMN external_account TEXT;

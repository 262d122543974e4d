-- The payment method that was made, its mandate, and how far its setup intent was; told to the merchant.
ALTER TABLE payments ADD COLUMN payment_method TEXT;
ALTER TABLE payments ADD COLUMN mandate TEXT;
-- When it was made the default wherever the replaced account's was, or that failed for good.
ALTER TABLE payments ADD COLUMN default_at BIGINT;

-- Banks as Stripe last had them, and what the merchant was last told of each.
CREATE TABLE institutions (
    id TEXT NOT NULL PRIMARY KEY,
    institution TEXT NOT NULL,
    read_at BIGINT NOT NULL,
    told TEXT
);

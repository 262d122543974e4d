-- Names and email addresses of customers as Stripe last had them, with RELINK_CUSTOMER_NAMES. NULL where Stripe has none, or
-- no longer has the customer.
CREATE TABLE customer_names (
    customer TEXT NOT NULL PRIMARY KEY,
    contact TEXT,
    read_at BIGINT NOT NULL
);
CREATE INDEX customer_names_by_reading ON customer_names (read_at);

-- Words by which customers are found: those of the name, and the email address, in lower case.
CREATE TABLE customer_words (
    word TEXT NOT NULL,
    customer TEXT NOT NULL,
    PRIMARY KEY (word, customer)
);
CREATE INDEX customer_words_by_customer ON customer_words (customer);

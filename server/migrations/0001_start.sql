-- For SQLite and PostgreSQL alike: TEXT and BIGINT only. Times are milliseconds since 1970 (`_at`, `due`, `_until`);
-- Stripe's own times are seconds (`created`, `as_of`, `expires_on`). Flags are 0 or 1. No client secret is ever here.

-- What is known of the store itself: whose it is, and since when it has been kept up to date without a gap.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Customers whose accounts have all been listed.
CREATE TABLE customers (
    id TEXT NOT NULL PRIMARY KEY,
    listed_at BIGINT NOT NULL
);
CREATE INDEX customers_by_listing ON customers (listed_at);

-- Linked accounts as Stripe last had them, and what that means.
CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    customer TEXT,
    authorization_id TEXT,
    institution_name TEXT NOT NULL,
    state TEXT NOT NULL,
    cause TEXT,
    expires_on BIGINT,
    account TEXT NOT NULL,
    as_of BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- When time alone may change the state.
    recheck_at BIGINT,
    -- Goes up with each change that a customer could see.
    revision BIGINT NOT NULL,
    -- What the merchant was last told.
    told TEXT
);
CREATE INDEX accounts_by_customer ON accounts (customer, id);
CREATE INDEX accounts_by_authorization ON accounts (authorization_id);
CREATE INDEX accounts_by_state ON accounts (state, id);
CREATE INDEX accounts_by_recheck ON accounts (recheck_at);
CREATE INDEX accounts_by_reading ON accounts (read_at);

-- Bank logins.
CREATE TABLE authorizations (
    id TEXT NOT NULL PRIMARY KEY,
    can_be_repaired BIGINT NOT NULL,
    read_at BIGINT NOT NULL
);

-- What Stripe has told. The payload goes first, the identifier later, so that a late duplicate is still known.
CREATE TABLE events (
    id TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    subject TEXT,
    api_version TEXT,
    created BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    source TEXT NOT NULL,
    payload TEXT
);
-- With all that is counted, so that counting reads no payloads.
CREATE INDEX events_by_time ON events (received_at, type, api_version);
-- So that forgetting payloads passes over none that is forgotten.
CREATE INDEX events_with_payload ON events (received_at) WHERE payload IS NOT NULL;

-- What is to do, one row for each thing: however many ask for it, it is done once.
CREATE TABLE work (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    urgency BIGINT NOT NULL,
    -- How often it was asked for. What is asked for while it is being done is done again.
    wanted BIGINT NOT NULL,
    -- Of the newest event that asked for it, Stripe's time; the largest number where something else did.
    newest BIGINT NOT NULL,
    due BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    leased_by TEXT,
    lease_until BIGINT NOT NULL,
    parked_at BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX work_by_turn ON work (urgency, due) WHERE parked_at IS NULL;
CREATE INDEX work_parked ON work (id) WHERE parked_at IS NOT NULL;

-- What the merchant is to be told, and was.
CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    leased_by TEXT,
    lease_until BIGINT NOT NULL,
    delivered_at BIGINT,
    failed_at BIGINT,
    last_status BIGINT,
    last_error TEXT
);
CREATE INDEX deliveries_by_turn ON deliveries (due) WHERE delivered_at IS NULL AND failed_at IS NULL;
CREATE INDEX deliveries_pending ON deliveries (id) WHERE delivered_at IS NULL AND failed_at IS NULL;
CREATE INDEX deliveries_failed ON deliveries (id) WHERE failed_at IS NOT NULL;
CREATE INDEX deliveries_by_time ON deliveries (created_at, id);

-- Relink attempts: who began what, what the customer had before, and what came of it.
CREATE TABLE attempts (
    session TEXT NOT NULL PRIMARY KEY,
    customer TEXT NOT NULL,
    sign_in TEXT,
    account TEXT NOT NULL,
    choice TEXT NOT NULL,
    purpose TEXT NOT NULL,
    requested TEXT NOT NULL,
    known_before TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    reported TEXT NOT NULL,
    -- What the page spoke, in which its customer is told what paying means.
    language TEXT NOT NULL,
    settled TEXT,
    settled_at BIGINT,
    -- What it was settled as, and whether that asks the customer what they pay from.
    outcome TEXT,
    offers_payment BIGINT NOT NULL,
    -- The customer's page has been told what came of it.
    is_told BIGINT NOT NULL,
    -- The customer pays as before.
    keeps BIGINT NOT NULL
);
CREATE INDEX attempts_by_customer ON attempts (customer, started_at);
CREATE INDEX attempts_by_time ON attempts (started_at);

-- How far paying from an account that an attempt added is.
CREATE TABLE payments (
    session TEXT NOT NULL,
    account TEXT NOT NULL,
    acceptance TEXT,
    refusals BIGINT NOT NULL,
    made_at BIGINT,
    setup_intent TEXT,
    -- The click that is being answered.
    held_by TEXT,
    held_until BIGINT NOT NULL,
    PRIMARY KEY (session, account)
);

-- What accounts need after a relink, and how far that is.
CREATE TABLE follow_ups (
    account TEXT NOT NULL,
    action TEXT NOT NULL,
    feature TEXT NOT NULL,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (account, action, feature)
);

-- Who did what. Never forgotten: it is the evidence that a customer agreed.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    customer TEXT,
    session TEXT,
    account TEXT,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_customer ON audit (customer, id);
CREATE INDEX audit_by_session ON audit (session, id);
CREATE INDEX audit_by_account ON audit (account, id);

-- When the next call to Stripe may go, for all servers together.
CREATE TABLE budget (
    name TEXT NOT NULL PRIMARY KEY,
    next_at BIGINT NOT NULL
);

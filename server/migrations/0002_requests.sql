-- Asking customers to come back. As in 0001: TEXT and BIGINT only, times in milliseconds since 1970.

-- Keys of the merchant's back ends. The key itself is nowhere.
CREATE TABLE keys (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- The first characters, by which its owner knows it again.
    starts_with TEXT NOT NULL,
    hash TEXT NOT NULL,
    -- Words, separated by blanks.
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX keys_by_hash ON keys (hash);

-- Relink requests: a customer is asked to repair one account.
CREATE TABLE requests (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    customer TEXT NOT NULL,
    delivery TEXT NOT NULL,
    language TEXT NOT NULL,
    return_url TEXT,
    -- Where the merchant named one; otherwise Stripe is asked when the mail goes.
    email TEXT,
    -- Which rule makes the account eligible.
    reason TEXT NOT NULL,
    -- 1: nobody asked for it, RELINK_REMIND did.
    is_automatic BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- SHA-256 of what the link carries, and of what lets its reader say "no more of these".
    link_hash TEXT,
    opt_out_hash TEXT,
    -- At Stripe, where Stripe hosts it.
    session TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    sent_at BIGINT,
    opened_at BIGINT,
    -- When it came to one of its ends.
    ended_at BIGINT,
    -- Why it failed.
    failure TEXT
);
CREATE UNIQUE INDEX requests_by_link ON requests (link_hash);
CREATE UNIQUE INDEX requests_by_opt_out ON requests (opt_out_hash);
CREATE UNIQUE INDEX requests_by_session ON requests (session);
CREATE INDEX requests_by_account ON requests (account, id);
CREATE INDEX requests_by_customer ON requests (customer, id);
CREATE INDEX requests_by_state ON requests (state, id);
CREATE INDEX requests_open_by_end ON requests (expires_at) WHERE ended_at IS NULL;
CREATE INDEX requests_by_time ON requests (created_at);

-- When the next mail about an account may go: one row decides for all servers.
CREATE TABLE mail_turns (
    account TEXT NOT NULL PRIMARY KEY,
    -- Whose mail was the last.
    request TEXT NOT NULL,
    next_at BIGINT NOT NULL
);

-- Mails about requests, at most one for each.
CREATE TABLE mails (
    request TEXT NOT NULL PRIMARY KEY,
    -- waiting, sending, sent, failed; unknown where a server was killed while the mail was on its way.
    state TEXT NOT NULL,
    -- The try that is under way, or was the last.
    attempt TEXT,
    tries BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- In our words: what mail servers say can hold an address.
    error TEXT
);
CREATE INDEX mails_by_state ON mails (state, request);

-- Browsers in which a link was opened.
CREATE TABLE visits (
    hash TEXT NOT NULL PRIMARY KEY,
    request TEXT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX visits_by_end ON visits (until);

-- What was made under an Idempotency-Key.
CREATE TABLE idempotency (
    -- SHA-256 of the API key's name and the Idempotency-Key.
    key TEXT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    request TEXT NOT NULL,
    -- With it and the API key itself the same link is made again.
    salt TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX idempotency_by_request ON idempotency (request);
CREATE INDEX idempotency_by_time ON idempotency (created_at);

-- Customers who want no automatic mails.
CREATE TABLE opt_outs (
    customer TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);

-- Which automatic mail about an account was the last.
CREATE TABLE reminders (
    account TEXT NOT NULL PRIMARY KEY,
    stage TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- The operators' console. As in 0001: TEXT and BIGINT only, times in milliseconds since 1970.

-- One-time codes, one at a time for each operator.
CREATE TABLE codes (
    operator TEXT NOT NULL PRIMARY KEY,
    -- SHA-256 of what only the browser that asked for it has; others' tries are none, so that nobody uses them up.
    asker TEXT NOT NULL,
    -- SHA-256 of that and of the code; empty once it was used.
    hash TEXT NOT NULL,
    tries BIGINT NOT NULL,
    until BIGINT NOT NULL,
    -- How many since then, and when the last: nobody is to be flooded with codes, nor to try many.
    asked BIGINT NOT NULL,
    since BIGINT NOT NULL,
    asked_at BIGINT NOT NULL
);

-- Browsers in which an operator is signed in.
CREATE TABLE operator_sessions (
    hash TEXT NOT NULL PRIMARY KEY,
    operator TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX operator_sessions_by_begin ON operator_sessions (begun_at);

-- Many requests that one operator wanted at once.
CREATE TABLE batches (
    id TEXT NOT NULL PRIMARY KEY,
    operator TEXT NOT NULL,
    -- Which accounts: named, or what they have in common.
    chosen TEXT NOT NULL,
    -- How far it is: the last account that was dealt with.
    place TEXT NOT NULL,
    -- running, done, stopped
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX batches_by_time ON batches (created_at);
CREATE TABLE batch_counts (
    batch TEXT NOT NULL,
    -- `asked`, or the rule that left them out.
    result TEXT NOT NULL,
    accounts BIGINT NOT NULL,
    PRIMARY KEY (batch, result)
);

-- How many accounts of each bank were in which state on a day; the last count of that day.
CREATE TABLE snapshots (
    day TEXT NOT NULL,
    institution_name TEXT NOT NULL,
    state TEXT NOT NULL,
    accounts BIGINT NOT NULL,
    counted_at BIGINT NOT NULL,
    PRIMARY KEY (day, institution_name, state)
);

-- What came of the requests of a day, by bank. No day: the last 30 days; no bank: all.
CREATE TABLE repairs (
    day TEXT NOT NULL,
    institution_name TEXT NOT NULL,
    asked BIGINT NOT NULL,
    completed BIGINT NOT NULL,
    -- From request to repair.
    median BIGINT,
    PRIMARY KEY (day, institution_name)
);

-- Written at each reading; what was last read before this was there has it after the next one, within a day.
ALTER TABLE accounts ADD COLUMN last4 TEXT;

-- What the console narrows its table by, each with the order of its pages: a page costs the same however many accounts
-- there are. All begin with the state, even where none is asked for, since each index is one more thing to write at each
-- reading; those by cause hold broken accounts only.
CREATE INDEX accounts_by_state_and_change ON accounts (state, changed_at, id);
CREATE INDEX accounts_by_bank_and_state ON accounts (institution_name, state, changed_at, id);
CREATE INDEX accounts_by_cause ON accounts (state, cause, changed_at, id) WHERE cause IS NOT NULL;
CREATE INDEX accounts_by_bank_and_cause ON accounts (institution_name, state, cause, changed_at, id) WHERE cause IS NOT NULL;
-- One in ten thousand has the same digits. They do not change, and are no work for SQLite afterwards.
CREATE INDEX accounts_by_digits ON accounts (last4) WHERE last4 IS NOT NULL;

-- For an account's history.
CREATE INDEX events_by_subject ON events (subject, received_at) WHERE subject IS NOT NULL;

-- The audit trail as a chain of hashes, keys with an owner and an end, and codes that belong to a browser. As in 0001:
-- TEXT and BIGINT only, times in milliseconds since 1970.

-- The address of the client; none where the server did it by itself, and for the command line.
ALTER TABLE audit ADD COLUMN ip_address TEXT;
-- From 1 on, without gaps. None: written by an older version, and chained by the next server that starts.
ALTER TABLE audit ADD COLUMN position BIGINT;
-- SHA-256 over the hash before it and over the row: docs/audit.md.
ALTER TABLE audit ADD COLUMN hash TEXT;
CREATE UNIQUE INDEX audit_by_position ON audit (position);

-- The last entry of the chain. One row, which every change that enters something locks until it ends.
CREATE TABLE audit_head (
    name TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    hash TEXT NOT NULL
);

-- The person who answers for the key.
ALTER TABLE keys ADD COLUMN owner TEXT;
ALTER TABLE keys ADD COLUMN expires_at BIGINT;
-- Written once a minute at most.
ALTER TABLE keys ADD COLUMN last_used_at BIGINT;

-- One-time codes, one for each browser that asked for one. They replace `codes`, which stays for servers of the version
-- before this one that still run beside it.
CREATE TABLE sign_in_codes (
    -- SHA-256 of the secret in the cookie of the browser that asked.
    browser TEXT NOT NULL PRIMARY KEY,
    operator TEXT NOT NULL,
    -- SHA-256 of that secret and the code.
    hash TEXT NOT NULL,
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_in_codes_by_end ON sign_in_codes (expires_at);

-- How many codes were mailed to an operator: those of all unknown browsers together, those of each known one by itself.
CREATE TABLE code_limits (
    operator TEXT NOT NULL,
    -- As in `known_browsers`; empty for all others.
    browser TEXT NOT NULL,
    asked BIGINT NOT NULL,
    since BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (operator, browser)
);
CREATE INDEX code_limits_by_time ON code_limits (asked_at);

-- Browsers in which an operator has signed in with a code before.
CREATE TABLE known_browsers (
    -- SHA-256 of the secret in its cookie, and of the operator.
    hash TEXT NOT NULL PRIMARY KEY,
    operator TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX known_browsers_by_end ON known_browsers (expires_at);

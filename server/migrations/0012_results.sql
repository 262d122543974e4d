-- Results of relink requests, and figures of the console's reports. As in 0001: TEXT and BIGINT only, times in
-- milliseconds since 1970.

-- First attempt at the bank while the request was open; NULL for attempts that were begun before this column existed.
ALTER TABLE requests ADD COLUMN began_at BIGINT;

-- Accounts of a batch that were dealt with; the counts by result are in `batch_counts`.
CREATE TABLE batch_results (
    batch TEXT NOT NULL,
    account TEXT NOT NULL,
    -- `asked`, or the rule that left the account out.
    result TEXT NOT NULL,
    -- NULL for an account that was left out.
    request TEXT,
    PRIMARY KEY (batch, account)
);

-- Figures of a day that `snapshots` does not have; the last count of that day.
CREATE TABLE daily_figures (
    day TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Empty for all banks together, where a sum over the banks would count customers twice.
    institution_name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (day, name, institution_name)
);

-- Keys with which something in this database may be encrypted, so that a server which lacks one says so when it starts. The
-- keys themselves are in a file of the servers.
CREATE TABLE data_keys (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    -- When a server or a command last had it as the key that encrypts. Servers renew it while they run.
    used_at BIGINT NOT NULL
);

//! Settings for the database.

use std::path::PathBuf;

use clap::Args;

/// Database connections and their time limits. Times are in seconds.
#[derive(Clone, Debug, Args)]
pub struct DatabaseOptions {
    /// Maximum number of this server's connections to PostgreSQL, 2 to 1000. All servers together must stay below
    /// PostgreSQL's `max_connections`. SQLite has one connection that writes and four that read.
    #[arg(long, global = true, env = "RELINK_DATABASE_CONNECTIONS", default_value_t = Self::default().database_connections)]
    pub database_connections: u32,

    /// Longest time that a request waits for a free connection, 1 to 60 seconds; after that it is answered with 503.
    #[arg(long, global = true, env = "RELINK_DATABASE_ACQUIRE_TIMEOUT", default_value_t = Self::default().database_acquire_timeout)]
    pub database_acquire_timeout: u32,

    /// Longest time for one statement on PostgreSQL (`statement_timeout`), 1 to 3600 seconds. Does not apply to
    /// migrations, exports and backups.
    #[arg(long, global = true, env = "RELINK_DATABASE_STATEMENT_TIMEOUT", default_value_t = Self::default().database_statement_timeout)]
    pub database_statement_timeout: u32,

    /// Longest wait for a lock on PostgreSQL (`lock_timeout`), 1 to 3600 seconds.
    #[arg(long, global = true, env = "RELINK_DATABASE_LOCK_TIMEOUT", default_value_t = Self::default().database_lock_timeout)]
    pub database_lock_timeout: u32,

    /// Pooling mode of a pooler such as PgBouncer in front of PostgreSQL: `session` (or no pooler), `transaction`, or
    /// `auto` to detect it at start. Under load `auto` can mistake `transaction` for `session`, so set it explicitly.
    #[arg(long, global = true, env = "RELINK_DATABASE_POOLING", default_value_t = Self::default().database_pooling)]
    pub database_pooling: String,

    /// Time for which a migration is retried while another connection holds a lock that it needs, 0 to 86400 seconds.
    /// Each try waits up to the lock timeout, because all other queries on the same table queue behind it.
    #[arg(long, global = true, env = "RELINK_MIGRATION_LOCK_WAIT", default_value_t = Self::default().migration_lock_wait)]
    pub migration_lock_wait: u32,

    /// Longest time for one statement of a migration on PostgreSQL, 1 to 86400 seconds; 0 is no limit.
    #[arg(long, global = true, env = "RELINK_MIGRATION_STATEMENT_TIMEOUT", default_value_t = Self::default().migration_statement_timeout)]
    pub migration_statement_timeout: u32,

    /// File with the keys that encrypt personal data in the database, one in each line (`relink-server data-key generate`
    /// prints one): the first encrypts, all decrypt. With the word `plaintext` in the first line, new data is not encrypted;
    /// with `encrypted-only`, clear text is refused. Not every user of the machine may be able to read or change it. Read
    /// again when it changes; every server and command needs the same file. docs/privacy.md has the order of steps for
    /// turning it on and for a rotation.
    #[arg(long, global = true, env = "RELINK_DATA_KEY_FILE")]
    pub data_key_file: Option<PathBuf>,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self {
            database_connections: 12,
            database_acquire_timeout: 5,
            database_statement_timeout: 10,
            database_lock_timeout: 5,
            database_pooling: "auto".to_owned(),
            migration_lock_wait: 60,
            migration_statement_timeout: 0,
            data_key_file: None,
        }
    }
}

//! Commands of the program.

use std::path::PathBuf;

use clap::Subcommand;

use super::{ApiKeyCommand, AuditCommand, CapacityOptions, CustomerCommand, DataKeyCommand};

/// Commands that run instead of the server.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Ask the server that listens on this machine (`--listen`) for its health; fails if it can't serve. For
    /// the health checks of containers.
    Health,
    /// Try the settings out, and print a table with what to do: settings, database, mail server, the permissions of the
    /// Stripe key, the event destination, the clock, and this server's public address. Changes nothing. Needs the same
    /// settings as the server, and a running server for the last part.
    Check,
    /// Write a support bundle, a tar.gz file without secrets: versions, settings, the table of `check`, figures of the
    /// database and its queues, failures, and metrics. Takes the settings of the server, and changes nothing.
    Doctor {
        /// File to write, which must not exist.
        #[arg(default_value = "relink-support.tar.gz")]
        file: PathBuf,
    },
    /// Estimate the calls to Stripe in a year, by what breaks and by the limits that are set: `--stripe-rate`,
    /// `--background-share` and `--recheck-every`. Needs no database and no keys.
    Capacity(CapacityOptions),
    /// Print the reference of all settings as Markdown.
    Settings,
    /// Print the description of the HTTP API, which a server has at `/openapi.json`.
    Openapi,
    #[command(flatten)]
    Task(Task),
}

/// Commands beside the server, which may be running at the same time, except during `import`.
#[derive(Clone, Debug, Subcommand)]
pub enum Task {
    /// Migrate the database before servers of a new version start. A server runs the same migrations when it starts,
    /// but builds indexes on PostgreSQL in the background; this command ends when everything is done. Servers of the
    /// previous version keep working meanwhile. `--migration-lock-wait` and `--migration-statement-timeout` limit it.
    Migrate,
    /// Write a consistent snapshot of the whole database as lines of JSON.
    Export {
        /// File to write, which must not exist; `-` for standard output.
        file: PathBuf,
    },
    /// Fill an empty database from the output of `export`, from either kind of database.
    Import {
        /// File to read; `-` for standard input.
        file: PathBuf,
    },
    /// Read all accounts from Stripe now, and wait until that is done. A server does this itself at its first start;
    /// the command needs the same settings as the server and may run beside it.
    Backfill,
    /// Manage the API keys with which your back ends use this server's API.
    #[command(subcommand)]
    Keys(ApiKeyCommand),
    /// Export or erase everything that is stored about one customer.
    #[command(subcommand)]
    Customer(CustomerCommand),
    /// Make a key for `RELINK_DATA_KEY_FILE`, or encrypt the database with it.
    #[command(subcommand)]
    DataKey(DataKeyCommand),
    /// Verify or export the audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Write a consistent copy of the database: a database file for SQLite, the output of `export` for PostgreSQL.
    Backup {
        /// File to write, which must not exist.
        file: PathBuf,
    },
}

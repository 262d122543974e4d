//! Errors of the database.

use std::time::Duration;

use relink_protocol::SessionId;
use sqlx::migrate::MigrateError;
use thiserror::Error;

use super::database_file::FileLost;

/// Error of the database. The database's own message stays in the log, because it may repeat the content of a row.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// The database could not be reached, or a statement failed.
    #[error("the database fails: {0}")]
    Database(sqlx::Error),
    /// SQLite's file, or a page of PostgreSQL's, is corrupt.
    #[error("the database is damaged, or is no database; restore a backup: {0}")]
    Damaged(sqlx::Error),
    /// SQLite's file is no longer at the path where it was opened.
    #[error(transparent)]
    FileLost(FileLost),
    /// The write lock was not free in time.
    #[error("the database did not take a write within {} seconds", .0.as_secs())]
    Slow(Duration),
    /// PgBouncer refuses a setting that the driver sends on connecting.
    #[error(
        "PgBouncer refuses a setting of the driver; add ignore_startup_parameters = extra_float_digits to its settings: {0}"
    )]
    StartupParameter(sqlx::Error),
    /// The connection has prepared statements of another client.
    #[error(
        "a pooler in front of PostgreSQL shares connections between clients; set RELINK_DATABASE_POOLING=transaction: {0}"
    )]
    SharedConnection(sqlx::Error),
    /// Stripe gave a session the identifier of an earlier one. Real identifiers never repeat; those of a sandbox that
    /// is reset or restarted with `--repeatable-ids` do.
    #[error(
        "the session id {0} is that of an earlier attempt; was the sandbox reset, or restarted with --repeatable-ids, \
         beside a kept database?"
    )]
    DuplicateSession(SessionId),
    /// Another version of the program, or another program, wrote this value.
    #[error("the database has something in {0} that this version does not understand")]
    Unreadable(&'static str),
    /// A value is encrypted with a key that the key file does not have.
    #[error("{column} needs the data key {key}, which is not in the file of RELINK_DATA_KEY_FILE")]
    NoDataKey {
        /// Table and column.
        column: &'static str,
        /// Identifier of the key.
        key: String,
    },
    /// Keys that the database needs are not in the key file.
    #[error(
        "the database has data that is encrypted with the data key {}, which is not in the file of \
         RELINK_DATA_KEY_FILE; put it there, below the key that encrypts new data", .0.join(" and ")
    )]
    MissingDataKeys(Vec<String>),
    /// An encrypted value was changed, or copied from another row or column.
    #[error(
        "a value of {0} can't be decrypted: it was changed, or copied from another row; restore the row from a backup"
    )]
    Forged(&'static str),
    /// A value is in clear text, which the key file refuses.
    #[error(
        "a value of {0} is in clear text, which the file of RELINK_DATA_KEY_FILE refuses (encrypted-only): somebody wrote it \
         there, or not everything is encrypted yet; `relink-server data-key status` counts such values"
    )]
    ClearText(&'static str),
    /// A migration failed.
    #[error("the database can't be brought up to date: {0}")]
    Migration(MigrateError),
    /// The program was rolled back by more than one release.
    #[error(
        "the database belongs to relink-server's schema generation {generation} and this version works with {ours} and the \
         next one; use a newer version of relink-server, or restore a backup from before the update"
    )]
    TooNew {
        /// Generation of the database.
        generation: i64,
        /// Generation of this program.
        ours: i64,
    },
    /// Older versions can corrupt the file (the WAL-reset bug).
    #[error("SQLite {0} is too old: 3.51.3 is the first that is safe here")]
    OldSqlite(String),
    /// The directory does not exist or is not writable.
    #[error("the database's file, or the lock beside it, can't be made: {0}; DATABASE_URL says where")]
    File(std::io::Error),
}

impl StoreError {
    /// True if one value can't be decrypted, and others can.
    pub(crate) fn is_of_encryption(&self) -> bool {
        matches!(self, Self::NoDataKey { .. } | Self::Forged(_) | Self::ClearText(_))
    }

    /// True if the content of a row caused the error, so that other rows may succeed.
    pub(crate) fn is_of_a_row(&self) -> bool {
        let Self::Database(error) = self else { return false };
        match Code::of(error) {
            // Constraint, too big, mismatch.
            Some(Code::Sqlite(number)) => matches!(number, 18..=20),
            // Data, integrity, limits.
            Some(Code::Postgres(code)) => ["22", "23", "54"].iter().any(|class| code.starts_with(class)),
            None => false,
        }
    }

    /// True if the error is about a NUL character, which PostgreSQL can't store in a text.
    pub(crate) fn is_of_a_character(&self) -> bool {
        let Self::Database(error) = self else { return false };
        matches!(Code::of(error), Some(Code::Postgres(code)) if ["22021", "22P05"].contains(&code.as_str()))
    }
}

/// Error code of a database.
enum Code {
    /// First byte of SQLite's result code; the others are details.
    Sqlite(u32),
    /// PostgreSQL's SQLSTATE.
    Postgres(String),
}

const SQLSTATE_LENGTH: usize = 5;

impl Code {
    fn of(error: &sqlx::Error) -> Option<Self> {
        let code = error.as_database_error()?.code()?;
        match code.parse::<u32>() {
            Ok(number) if code.len() < SQLSTATE_LENGTH => Some(Self::Sqlite(number & 0xff)),
            _ => Some(Self::Postgres(code.into_owned())),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if let Some(lost) = file_lost(&error) {
            return Self::FileLost(lost);
        }
        match Code::of(&error) {
            // Corrupt, not a database.
            Some(Code::Sqlite(11 | 26)) => Self::Damaged(error),
            Some(Code::Postgres(code)) => match code.as_str() {
                "XX001" | "XX002" => Self::Damaged(error),
                "42P05" | "26000" => Self::SharedConnection(error),
                "08P01" if error.to_string().contains("startup parameter") => Self::StartupParameter(error),
                _ => Self::Database(error),
            },
            Some(Code::Sqlite(_)) | None => Self::Database(error),
        }
    }
}

fn file_lost(error: &sqlx::Error) -> Option<FileLost> {
    let sqlx::Error::Io(error) = error else { return None };
    error.get_ref()?.downcast_ref().copied()
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        Self::Migration(error)
    }
}

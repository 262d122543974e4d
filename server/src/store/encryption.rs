//! Encrypted columns: which they are, and their values.

mod registry;
pub(crate) mod rotation;
pub(super) mod sign_ins;
#[cfg(test)]
mod tests;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::StoreError;
use crate::domain::data_keys::{DataKeys, OpenError, Place};

/// Encrypted and indexed columns of one table.
#[derive(Debug)]
pub(super) struct EncryptedTable {
    pub(super) table: &'static str,
    /// Columns that identify a row, in the order in which they are authenticated.
    pub(super) key: &'static [&'static str],
    /// Columns with an encrypted value, as `table.column`.
    pub(super) encrypted: &'static [&'static str],
    /// Columns with a blind index, likewise.
    pub(super) indexed: &'static [&'static str],
}

/// Every table with something encrypted. docs/privacy.md has the reasons for what is not, and a test compares both with the
/// schema.
pub(super) const TABLES: &[EncryptedTable] = &[
    EncryptedTable {
        table: "accounts",
        key: &["id"],
        encrypted: &["accounts.account"],
        indexed: &["accounts.last4"],
    },
    encrypted("attempts", &["session"], &["attempts.known_before", "attempts.settled"]),
    encrypted("audit", &["id"], &["audit.actor", "audit.ip_address", "audit.detail"]),
    encrypted("batches", &["id"], &["batches.operator", "batches.chosen"]),
    encrypted("customer_names", &["customer"], &["customer_names.contact"]),
    indexed("customer_words", &["word", "customer"], &["customer_words.word"]),
    encrypted("deliveries", &["id"], &["deliveries.payload"]),
    encrypted("events", &["id"], &["events.payload"]),
    encrypted("keys", &["id"], &["keys.owner"]),
    encrypted("operator_sessions", &["hash"], &["operator_sessions.operator", "operator_sessions.id_token"]),
    encrypted("payments", &["session", "account"], &["payments.acceptance"]),
    encrypted("requests", &["id"], &["requests.return_url", "requests.email"]),
    indexed("sign_in_codes", &["browser"], &["sign_in_codes.operator"]),
    EncryptedTable {
        table: "code_limits",
        key: &["operator", "browser"],
        encrypted: &["code_limits.address"],
        indexed: &["code_limits.operator"],
    },
    EncryptedTable {
        table: "known_browsers",
        key: &["hash"],
        encrypted: &["known_browsers.address"],
        indexed: &["known_browsers.operator"],
    },
];

const fn encrypted(
    table: &'static str,
    key: &'static [&'static str],
    encrypted: &'static [&'static str],
) -> EncryptedTable {
    EncryptedTable { table, key, encrypted, indexed: &[] }
}

const fn indexed(
    table: &'static str,
    key: &'static [&'static str],
    indexed: &'static [&'static str],
) -> EncryptedTable {
    EncryptedTable { table, key, encrypted: &[], indexed }
}

impl EncryptedTable {
    /// Returns the encrypted columns, and then the indexed ones.
    pub(super) fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.encrypted.iter().chain(self.indexed).copied()
    }
}

/// Returns the name of a column without its table.
pub(super) fn bare(column: &'static str) -> &'static str {
    column.split_once('.').map_or(column, |(_, name)| name)
}

/// Row of a list that can't be decrypted.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// Primary key of the row.
    pub(crate) id: String,
    /// Reason, and what to do.
    pub(crate) error: StoreError,
}

/// Rows of a list for people. One that can't be decrypted is shown as such, and does not hide the others.
pub(crate) type Listed<T> = Vec<Result<T, Unreadable>>;

/// Reads the rows of a list, whose primary key is in the column `key`.
pub(super) fn listed<T>(
    rows: &[AnyRow],
    key: &str,
    read: impl Fn(&AnyRow) -> Result<T, StoreError>,
) -> Result<Listed<T>, StoreError> {
    let one = |row| match read(row) {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.is_of_encryption() => Ok(Err(Unreadable { id: row.try_get(key)?, error })),
        Err(error) => Err(error),
    };
    rows.iter().map(one).collect()
}

/// Encrypts and decrypts the columns of one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowCipher<'a> {
    keys: &'a DataKeys,
    row: &'a [&'a str],
}

impl<'a> RowCipher<'a> {
    /// `row` has the values of the primary key.
    pub(super) fn new(keys: &'a DataKeys, row: &'a [&'a str]) -> Self {
        Self { keys, row }
    }

    /// True if what is sealed is encrypted.
    pub(super) fn is_encrypting(&self) -> bool {
        self.keys.current_id().is_some()
    }

    /// Returns what is stored for this text in `column`, which is `table.column`.
    pub(super) fn seal(&self, column: &'static str, text: &str) -> Result<String, StoreError> {
        let place = Place { column, row: self.row };
        self.keys.seal(place, text, crate::clock::nonce()).ok_or(StoreError::Unreadable(column))
    }

    pub(super) fn seal_optional(
        &self,
        column: &'static str,
        text: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        text.map(|text| self.seal(column, text)).transpose()
    }

    /// Returns the text of what is stored.
    pub(super) fn open(&self, column: &'static str, stored: &str) -> Result<String, StoreError> {
        match self.keys.open(Place { column, row: self.row }, stored) {
            Ok(text) => Ok(text.into_owned()),
            Err(OpenError::NoKey(key)) => Err(StoreError::NoDataKey { column, key }),
            Err(OpenError::Forged) => Err(StoreError::Forged(column)),
            Err(OpenError::ClearText) => Err(StoreError::ClearText(column)),
        }
    }

    pub(super) fn open_optional(
        &self,
        column: &'static str,
        stored: Option<String>,
    ) -> Result<Option<String>, StoreError> {
        stored.map(|stored| self.open(column, &stored)).transpose()
    }
}

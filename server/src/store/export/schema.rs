//! Exported tables and their columns.

use sqlx::{AnyConnection, Row};

use crate::config::database::Engine;
use crate::store::StoreError;

/// Tables with the columns that order their rows. `budget` is left out: its rows are only valid for a moment.
pub(super) const TABLES: [(&str, &[&str]); 35] = [
    ("meta", &["name"]),
    ("data_keys", &["id"]),
    ("customers", &["id"]),
    ("customer_names", &["customer"]),
    ("customer_words", &["word", "customer"]),
    ("accounts", &["id"]),
    ("authorizations", &["id"]),
    ("institutions", &["id"]),
    ("events", &["id"]),
    ("work", &["id"]),
    ("deliveries", &["id"]),
    ("attempts", &["session"]),
    ("payments", &["session", "account"]),
    ("follow_ups", &["account", "action", "feature"]),
    ("audit", &["id"]),
    ("audit_head", &["name"]),
    ("keys", &["id"]),
    ("requests", &["id"]),
    ("mail_turns", &["account"]),
    ("mails", &["request"]),
    ("visits", &["hash"]),
    ("idempotency", &["key"]),
    ("opt_outs", &["customer"]),
    ("reminders", &["account"]),
    ("codes", &["operator"]),
    ("sign_in_codes", &["browser"]),
    ("code_limits", &["operator", "browser"]),
    ("known_browsers", &["hash"]),
    ("operator_sessions", &["hash"]),
    ("batches", &["id"]),
    ("batch_counts", &["batch", "result"]),
    ("batch_results", &["batch", "account"]),
    ("snapshots", &["day", "institution_name", "state"]),
    ("repairs", &["day", "institution_name"]),
    ("daily_figures", &["day", "name", "institution_name"]),
];

/// An exported table.
#[derive(Debug)]
pub(in crate::store) struct Table {
    pub(super) name: &'static str,
    pub(in crate::store) columns: Vec<Column>,
    key: &'static [&'static str],
}

/// A column of a table.
#[derive(Debug)]
pub(in crate::store) struct Column {
    pub(in crate::store) name: String,
    pub(in crate::store) kind: Kind,
}

/// Type of a column, which may also be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    Text,
    Number,
}

impl Table {
    /// Returns a query for all rows, in the same order on either database.
    pub(super) fn everything(&self, engine: Engine) -> String {
        // PostgreSQL's default collation depends on the locale.
        let order = match engine {
            Engine::Sqlite => "",
            Engine::Postgres => " COLLATE \"C\"",
        };
        let key: Vec<String> = self.key.iter().map(|column| format!("\"{column}\"{order}")).collect();
        format!("SELECT {} FROM {} ORDER BY {}", self.names(), self.name, key.join(", "))
    }

    /// Returns the column names as a list for SQL.
    pub(in crate::store) fn names(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        names.join(", ")
    }
}

/// Reads the table's columns from this database and sorts them by name.
pub(in crate::store) async fn table(
    engine: Engine,
    connection: &mut AnyConnection,
    name: &'static str,
    key: &'static [&'static str],
) -> Result<Table, StoreError> {
    let question = match engine {
        Engine::Sqlite => "SELECT CAST(name AS TEXT), CAST(type AS TEXT) FROM pragma_table_info($1)",
        Engine::Postgres => {
            "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1"
        }
    };
    let mut columns = Vec::new();
    for row in sqlx::query(question).bind(name).fetch_all(connection).await? {
        let kind: String = row.try_get(1)?;
        let kind = match kind.to_ascii_lowercase().as_str() {
            "text" => Kind::Text,
            "bigint" => Kind::Number,
            _ => return Err(StoreError::Unreadable(name)),
        };
        columns.push(Column { name: row.try_get(0)?, kind });
    }
    if columns.is_empty() {
        return Err(StoreError::Unreadable(name));
    }
    columns.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Table { name, columns, key })
}

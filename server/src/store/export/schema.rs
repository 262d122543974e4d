//! What there is to export: our tables, with the columns that they have.

use sqlx::{AnyConnection, Row};

use crate::store::{Engine, StoreError};

/// Each table with what orders its rows. A moment's budget of calls is no one's to keep.
pub(super) const TABLES: [(&str, &[&str]); 29] = [
    ("meta", &["name"]),
    ("customers", &["id"]),
    ("accounts", &["id"]),
    ("authorizations", &["id"]),
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
    ("snapshots", &["day", "institution_name", "state"]),
    ("repairs", &["day", "institution_name"]),
];

/// A table of ours.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    key: &'static [&'static str],
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// What a column can hold, beside nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
}

impl Table {
    /// Asks for all rows, in the same order whatever the database.
    pub(super) fn everything(&self, engine: Engine) -> String {
        // PostgreSQL sorts as people of some country do.
        let order = match engine {
            Engine::Sqlite => "",
            Engine::Postgres => " COLLATE \"C\"",
        };
        let key: Vec<String> = self.key.iter().map(|column| format!("\"{column}\"{order}")).collect();
        format!("SELECT {} FROM {} ORDER BY {}", self.names(), self.name, key.join(", "))
    }

    /// The names of its columns.
    pub(super) fn names(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        names.join(", ")
    }
}

/// The table as it is in this database, its columns in the order of their names.
pub(super) async fn table(
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

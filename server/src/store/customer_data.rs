//! Everything that is stored about one customer: found, exported and erased.

mod erase;
mod holdings;
#[cfg(test)]
pub(super) mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use relink_protocol::HolderId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use self::holdings::{Erasure, HOLDINGS, Holding};
use super::encryption::{RowCipher, TABLES, bare};
use super::export::{ExportError, Table, table, values};
use super::{Store, StoreError};
use crate::domain::data_keys::{DataKeys, ENCRYPTED};
use crate::domain::erasure::Subject;

/// Identifiers per statement.
const PIECE: usize = 50;

/// Row with the names of its columns.
pub(super) type Values = Map<String, Value>;

/// Everything about a customer, by table.
#[derive(Debug, Serialize)]
pub(crate) struct CustomerData {
    customer: String,
    /// The customer's identifier and those of their accounts, bank logins, sessions, requests and payment methods.
    identifiers: Vec<String>,
    tables: BTreeMap<&'static str, Vec<Values>>,
}

impl CustomerData {
    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.tables.values().map(Vec::len).sum()
    }
}

/// Rows of one table that are about the customer.
#[derive(Debug)]
struct Found {
    holding: &'static Holding,
    rows: Vec<Values>,
}

/// Queries for identifiers: of the columns of a customer's rows, those that name something that is theirs.
const IDENTIFIERS: [(&str, &[&str]); 5] = [
    ("SELECT id, authorization_id FROM accounts WHERE customer = $1", &["id", "authorization_id"]),
    ("SELECT session, account FROM attempts WHERE customer = $1", &["session", "account"]),
    ("SELECT id, account, session FROM requests WHERE customer = $1", &["id", "account", "session"]),
    ("SELECT session, account FROM audit WHERE customer = $1", &["session", "account"]),
    (
        "SELECT p.account, p.payment_method, p.setup_intent, p.mandate FROM payments p \
         JOIN attempts a ON a.session = p.session WHERE a.customer = $1",
        &["account", "payment_method", "setup_intent", "mandate"],
    ),
];

impl Store {
    /// Returns everything that is stored about a customer. Texts of rows that are about others as well are left out.
    pub(crate) async fn customer_data(&self, customer: &HolderId) -> Result<CustomerData, ExportError> {
        let subject = self.subject(customer, String::new()).await?;
        let mut tables = BTreeMap::new();
        for Found { holding, rows } in self.about(&subject).await? {
            let shown = rows.into_iter().map(|row| shown(holding, row)).collect();
            tables.insert(holding.table, shown);
        }
        Ok(CustomerData { customer: customer.to_string(), identifiers: subject.identifiers, tables })
    }

    /// Finds the identifiers of everything that is the customer's.
    async fn subject(&self, customer: &HolderId, pseudonym: String) -> Result<Subject, StoreError> {
        let mut subject = Subject::new(customer, pseudonym);
        for (question, columns) in IDENTIFIERS {
            let rows = sqlx::query(question).bind(customer.to_string()).fetch_all(self.reader()).await?;
            for row in &rows {
                for column in columns {
                    subject.add(row.try_get(*column)?);
                }
            }
        }
        Ok(subject)
    }

    /// Finds all rows that name one of the identifiers.
    async fn about(&self, subject: &Subject) -> Result<Vec<Found>, ExportError> {
        let mut moment = self.reader.begin("BEGIN").await?;
        let mut all = Vec::new();
        for holding in HOLDINGS.iter().filter(|holding| holding.erasure != Erasure::Nothing) {
            let table = table(self.engine, &mut moment, holding.table, holding.key).await?;
            let mut rows: Vec<Values> = Vec::new();
            for identifiers in subject.identifiers.chunks(PIECE) {
                // What is encrypted is looked through once, for all identifiers.
                let is_first = rows.is_empty() && identifiers.first() == subject.identifiers.first();
                let search = Search { holding, table: &table, identifiers, all_encrypted: is_first };
                for row in search.run(&mut moment, self.data_keys(), subject).await? {
                    if !rows.contains(&row) {
                        rows.push(row);
                    }
                }
            }
            if !rows.is_empty() {
                all.push(Found { holding, rows });
            }
        }
        moment.rollback().await?;
        Ok(all)
    }
}

/// Search of one table.
struct Search<'a> {
    holding: &'static Holding,
    table: &'a Table,
    identifiers: &'a [String],
    /// True if every encrypted text in which an identifier may be is decrypted and looked through.
    all_encrypted: bool,
}

impl Search<'_> {
    /// Returns the rows about the customer, decrypted.
    async fn run(
        &self,
        moment: &mut AnyConnection,
        keys: &DataKeys,
        subject: &Subject,
    ) -> Result<Vec<Values>, StoreError> {
        let statement = self.statement();
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for identifier in self.identifiers {
            query = query.bind(identifier.clone());
        }
        let mut found = Vec::new();
        let mut rows = query.fetch(moment);
        while let Some(row) = rows.try_next().await? {
            let mut row = values(&row, self.table)?;
            open_row(keys, self.holding.table, &mut row)?;
            if is_about(self.holding, &row, subject) {
                found.push(row);
            }
        }
        Ok(found)
    }

    /// Returns the query for rows that may name one of the identifiers: in a pattern `_` stands for any character.
    fn statement(&self) -> String {
        let Self { holding, table, identifiers, .. } = self;
        let places: Vec<String> = (1..=identifiers.len()).map(|place| format!("${place}")).collect();
        let equal = holding.named.iter().map(|column| format!("{column} IN ({})", places.join(", ")));
        let within = holding.within.iter().flat_map(|column| {
            places.iter().map(move |place| format!("{column} LIKE '%' || {place} || '%'"))
        });
        let encrypted = holding.within.iter().filter(|_| self.all_encrypted);
        let encrypted = encrypted.map(|column| format!("{column} LIKE '{ENCRYPTED}%'"));
        let conditions: Vec<String> = equal.chain(within).chain(encrypted).collect();
        format!("SELECT {} FROM {} WHERE {}", table.names(), holding.table, conditions.join(" OR "))
    }
}

/// Decrypts the columns of a row that are encrypted.
fn open_row(keys: &DataKeys, name: &str, row: &mut Values) -> Result<(), StoreError> {
    let Some(table) = TABLES.iter().find(|table| table.table == name) else { return Ok(()) };
    let text = |row: &Values, column: &str| row.get(column).and_then(Value::as_str).map(str::to_owned);
    let key: Vec<String> = table.key.iter().filter_map(|column| text(row, column)).collect();
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    for column in table.encrypted {
        if let Some(stored) = text(row, bare(column)) {
            let opened = RowCipher::new(keys, &key).open(column, &stored)?;
            row.insert(bare(column).to_owned(), opened.into());
        }
    }
    Ok(())
}

fn is_about(holding: &Holding, row: &Values, subject: &Subject) -> bool {
    let text = |column: &&str| {
        row.get(*column).and_then(Value::as_str).map(|text| without_stripe_account(holding, column, text))
    };
    holding.named.iter().chain(holding.within).filter_map(text).any(|text| subject.is_in(&text))
}

/// Leaves the connected account out of a merchant event: there it names whose customer the event is about, and is no payee.
fn without_stripe_account<'a>(holding: &Holding, column: &str, text: &'a str) -> Cow<'a, str> {
    if (holding.table, column) == ("deliveries", "payload")
        && let Ok(mut event) = serde_json::from_str::<Values>(text)
        && event.remove("account").is_some()
    {
        return Value::Object(event).to_string().into();
    }
    text.into()
}

/// Returns the row as the customer gets it: JSON in place of its text, and nothing about others.
fn shown(holding: &Holding, mut row: Values) -> Values {
    if holding.erasure == Erasure::Replace {
        for column in holding.within {
            row.insert((*column).to_owned(), json!("names other customers, too"));
        }
    }
    for value in row.values_mut() {
        let parsed = value
            .as_str()
            .filter(|text| text.starts_with(['{', '[']))
            .and_then(|text| serde_json::from_str(text).ok());
        if let Some(parsed) = parsed {
            *value = parsed;
        }
    }
    row
}

//! Search of connections for operators. Each filter has an index, and pages use cursor pagination, so a page costs the
//! same for any number of accounts.

use sqlx::AssertSqlSafe;
use strum::IntoEnumIterator;

use super::accounts::{COLUMNS, kept};
use super::{Store, StoreError};
use crate::domain::connection::StoredAccount;
use crate::domain::filter::{Filter, Identifier, State};

/// Order of the rows by time of change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    #[default]
    NewestFirst,
    OldestFirst,
}

/// Cursor: the row after which a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageCursor {
    pub(crate) changed_at: i64,
    pub(crate) id: String,
}

impl PageCursor {
    /// Returns the cursor after this account.
    pub(crate) fn behind(kept: &StoredAccount) -> Self {
        Self { changed_at: kept.changed_at.as_millisecond(), id: kept.account.id.to_string() }
    }

    /// Parses a cursor from a URL.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (changed_at, id) = text.split_once('.')?;
        let is_name = (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_name.then_some(Self { changed_at: changed_at.parse().ok()?, id: id.to_owned() })
    }
}

impl std::fmt::Display for PageCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.changed_at, self.id)
    }
}

/// Value of a placeholder such as `$1`.
enum Value {
    Text(String),
    Number(i64),
}

impl Store {
    /// Returns a page of the matching accounts.
    pub(crate) async fn table(
        &self,
        filter: &Filter,
        order: Order,
        after: Option<&PageCursor>,
        most: i64,
    ) -> Result<Vec<StoredAccount>, StoreError> {
        let (statement, values) = question(filter, order, after, most);
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for value in values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
            };
        }
        query.fetch_all(self.reader()).await?.iter().map(kept).collect()
    }
}

/// Returns the statement and the values of its placeholders. The limit is part of the text: without knowing it,
/// PostgreSQL plans for a tenth of the table.
fn question(filter: &Filter, order: Order, after: Option<&PageCursor>, most: i64) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let (sign, way) = match order {
        Order::NewestFirst => ("<", "DESC"),
        Order::OldestFirst => (">", "ASC"),
    };
    let mut rows = |state: Option<State>, columns: &str| {
        let mut all = Conditions { values: &mut values, texts: Vec::new() };
        all.narrow(&Filter { state, ..filter.clone() });
        if let Some(place) = after {
            let changed_at = all.value(Value::Number(place.changed_at));
            let id = all.value(Value::Text(place.id.clone()));
            all.texts.push(format!("(changed_at, id) {sign} ({changed_at}, {id})"));
        }
        // Few rows match, so they are sorted after the look-up; `+ 0` keeps the planner from choosing an index for the
        // order.
        let by = if filter.who.is_some() { "changed_at + 0" } else { "changed_at" };
        let conditions = all.texts.join(" AND ");
        format!(
            "SELECT {columns} FROM accounts WHERE {conditions} ORDER BY {by} {way}, id {way} LIMIT {most}"
        )
    };
    if filter.state.is_some() || filter.who.is_some() {
        let statement = rows(filter.state, COLUMNS);
        return (statement, values);
    }
    // Every index begins with the state, so that webhooks need not maintain one without it. The page is among the first
    // rows of each state.
    let of_state = |state| format!("SELECT * FROM ({}) AS s", rows(Some(state), "id, changed_at"));
    let parts: Vec<String> = State::iter().map(of_state).collect();
    let parts = parts.join(" UNION ALL ");
    let statement = format!(
        "SELECT {COLUMNS} FROM accounts WHERE id IN \
         (SELECT id FROM ({parts}) AS s ORDER BY changed_at {way}, id {way} LIMIT {most}) \
         ORDER BY changed_at + 0 {way}, id {way}"
    );
    (statement, values)
}

struct Conditions<'a> {
    texts: Vec<String>,
    values: &'a mut Vec<Value>,
}

impl Conditions<'_> {
    /// Adds a value and returns its placeholder.
    fn value(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn add(&mut self, what: &str, value: Value) {
        let place = self.value(value);
        self.texts.push(format!("{what} {place}"));
    }

    fn narrow(&mut self, filter: &Filter) {
        // The narrowest condition is to select the index; `|| ''` keeps the planner from using the others.
        let aside = if filter.who.is_some() { " || ''" } else { "" };
        match &filter.who {
            Some(Identifier::Customer(id)) => self.add("customer =", Value::Text(id.clone())),
            Some(Identifier::Account(id)) => self.add("id =", Value::Text(id.clone())),
            Some(Identifier::LastDigits(digits)) => self.add("last4 =", Value::Text(digits.clone())),
            None => (),
        }
        for (column, value) in [
            ("institution_name", filter.bank.as_deref()),
            ("state", filter.state.map(State::as_str)),
            ("cause", filter.cause.as_deref()),
        ] {
            if let Some(value) = value {
                self.add(&format!("{column}{aside} ="), Value::Text(value.to_owned()));
            }
        }
        if let Some(from) = filter.from {
            self.add("changed_at >=", Value::Number(from));
        }
        if let Some(until) = filter.until {
            self.add("changed_at <", Value::Number(until));
        }
    }
}

#[cfg(test)]
mod tests;

//! Search of connections for operators. Each filter has an index, and pages use cursor pagination, so a page costs the
//! same for any number of accounts.

use relink_protocol::{AccountId, HolderKind, StripeAccountId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use strum::IntoEnumIterator;

use super::accounts::{COLUMNS, LAST4, kept};
use super::encryption::{Unreadable, listed};
use super::{Store, StoreError, requests};
use crate::domain::connection::StoredAccount;
use crate::domain::data_keys::DataKeys;
use crate::domain::filter::{Filter, Identifier, State};
use crate::domain::request_result::RequestResult;

/// Order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// Latest change first.
    #[default]
    NewestFirst,
    OldestFirst,
    /// By state, the most urgent first, and by the latest change within each.
    MostUrgentFirst,
    LeastUrgentFirst,
    /// By end. Only connections with a known end are listed.
    EndsSoonest,
    EndsLatest,
}

impl Order {
    /// Returns the column within each state, and whether its values ascend.
    fn column(self) -> (&'static str, bool) {
        match self {
            Self::NewestFirst | Self::MostUrgentFirst => ("changed_at", false),
            Self::OldestFirst | Self::LeastUrgentFirst => ("changed_at", true),
            Self::EndsSoonest => ("expires_on", true),
            Self::EndsLatest => ("expires_on", false),
        }
    }

    /// Returns the rank of a state, by which rows are sorted first. All are equal unless the order is by state.
    fn rank(self, state: State) -> i64 {
        let urgency = State::iter().position(|other| other == state);
        let urgency = urgency.and_then(|rank| i64::try_from(rank).ok()).unwrap_or_default();
        match self {
            Self::MostUrgentFirst => urgency,
            Self::LeastUrgentFirst => -urgency,
            Self::NewestFirst | Self::OldestFirst | Self::EndsSoonest | Self::EndsLatest => 0,
        }
    }
}

/// Row of the table, with the cursor after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableRow {
    pub(crate) kept: StoredAccount,
    pub(crate) place: PageCursor,
}

/// Row of the table for people, with the cursor after it. An account that can't be decrypted has its place, too.
#[derive(Debug)]
pub(crate) struct ListedRow {
    pub(crate) kept: Result<StoredAccount, Unreadable>,
    pub(crate) place: PageCursor,
}

/// Cursor: the row after which a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageCursor {
    rank: i64,
    key: i64,
    id: String,
}

impl PageCursor {
    /// Returns the cursor after this row of `accounts`, by columns that are not encrypted.
    fn behind(row: &AnyRow, order: Order) -> Result<Self, StoreError> {
        let state: String = row.try_get("state")?;
        let key: Option<i64> = row.try_get(order.column().0)?;
        Ok(Self {
            rank: order.rank(state.parse().unwrap_or(State::Unrecognized)),
            key: key.unwrap_or_default(),
            id: row.try_get("id")?,
        })
    }

    /// Parses a cursor from a URL, or from a batch; those of earlier versions have no rank.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (first, rest) = text.split_once('.')?;
        // An identifier may have a dot, too, but is no number before it.
        let behind_rank = rest.split_once('.').and_then(|(key, id)| Some((key.parse().ok()?, id)));
        let (rank, key, id) = match behind_rank {
            Some((key, id)) => (first.parse().ok()?, key, id),
            None => (0, first.parse().ok()?, rest),
        };
        AccountId::try_from(id).is_ok().then(|| Self { rank, key, id: id.to_owned() })
    }
}

impl std::fmt::Display for PageCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rank, key, id } = self;
        if *rank == 0 { write!(f, "{key}.{id}") } else { write!(f, "{rank}.{key}.{id}") }
    }
}

/// Value of a placeholder such as `$1`.
enum Value {
    Text(String),
    Number(i64),
}

impl Store {
    /// Returns a page of the matching accounts. Fails if one can't be decrypted.
    pub(crate) async fn table(
        &self,
        filter: &Filter,
        order: Order,
        after: Option<&PageCursor>,
        most: i64,
    ) -> Result<Vec<TableRow>, StoreError> {
        let rows = self.table_rows(filter, order, after, most).await?;
        rows.into_iter()
            .map(|ListedRow { kept, place }| Ok(TableRow { kept: kept.map_err(|lost| lost.error)?, place }))
            .collect()
    }

    /// Returns a page of the matching accounts for people.
    pub(crate) async fn table_rows(
        &self,
        filter: &Filter,
        order: Order,
        after: Option<&PageCursor>,
        most: i64,
    ) -> Result<Vec<ListedRow>, StoreError> {
        let (statement, values) = question(self.data_keys(), filter, order, after, most);
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for value in values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
            };
        }
        let rows = query.fetch_all(self.reader()).await?;
        let all = listed(&rows, "id", |row| kept(self.data_keys(), row))?;
        let places = rows.iter().map(|row| PageCursor::behind(row, order));
        all.into_iter().zip(places).map(|(kept, place)| Ok(ListedRow { kept, place: place? })).collect()
    }
}

/// Returns the statement and the values of its placeholders. The limit is part of the text: without knowing it,
/// PostgreSQL plans for a tenth of the table.
fn question(
    keys: &DataKeys,
    filter: &Filter,
    order: Order,
    after: Option<&PageCursor>,
    most: i64,
) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let (column, ascends) = order.column();
    let (sign, way) = if ascends { (">", "ASC") } else { ("<", "DESC") };
    // Few rows match, so they are sorted after the look-up; `+ 0` keeps the planner from choosing an index for the
    // order.
    let by = if filter.finds_few() { format!("{column} + 0") } else { column.to_owned() };
    let mut rows = |state: Option<State>, columns: &str, place: Option<&PageCursor>| {
        let mut all = Conditions { keys, values: &mut values, texts: Vec::new() };
        all.narrow(&Filter { state, ..filter.clone() });
        if column == "expires_on" {
            all.texts.push("expires_on IS NOT NULL".to_owned());
        }
        if let Some(place) = place {
            let key = all.value(Value::Number(place.key));
            let id = all.value(Value::Text(place.id.clone()));
            all.texts.push(format!("({column}, id) {sign} ({key}, {id})"));
        }
        let conditions = all.texts.join(" AND ");
        format!(
            "SELECT {columns} FROM accounts WHERE {conditions} ORDER BY {by} {way}, id {way} LIMIT {most}"
        )
    };
    let is_by_state = order.rank(State::Broken) != order.rank(State::Healthy);
    if filter.state.is_some() || (filter.finds_few() && !is_by_state) {
        let statement = rows(filter.state, COLUMNS, after);
        return (statement, values);
    }
    // Every index begins with the state, so that webhooks need not maintain one without it. The page is among the first
    // rows of each state.
    let mut parts = Vec::new();
    for state in State::iter() {
        let rank = order.rank(state);
        if after.is_some_and(|place| rank < place.rank) {
            continue;
        }
        let place = after.filter(|place| rank == place.rank);
        let part = rows(Some(state), &format!("id, {column} AS key, {rank} AS rank"), place);
        parts.push(format!("SELECT * FROM ({part}) AS s"));
    }
    let parts = parts.join(" UNION ALL ");
    let rank = rank_of_state(order).map_or_else(String::new, |rank| format!("{rank}, "));
    let statement = format!(
        "SELECT {COLUMNS} FROM accounts WHERE id IN \
         (SELECT id FROM ({parts}) AS s ORDER BY rank, key {way}, id {way} LIMIT {most}) \
         ORDER BY {rank}{column} + 0 {way}, id {way}"
    );
    (statement, values)
}

/// Returns the rank of a row's state as SQL; `None` if all are equal.
fn rank_of_state(order: Order) -> Option<String> {
    let ranks = || State::iter().map(|state| (state.as_str(), order.rank(state)));
    if ranks().all(|(_, rank)| rank == 0) {
        return None;
    }
    let cases: Vec<String> = ranks().map(|(state, rank)| format!("WHEN '{state}' THEN {rank}")).collect();
    Some(format!("CASE state {} ELSE {} END", cases.join(" "), i64::from(i32::MAX)))
}

/// Returns the condition for accounts of holders of this kind, by their identifiers: those of a connected account's customers
/// begin with it and a dot, see [`relink_protocol::HolderId`]. `_` matches any character, which is no harm here. Nearly all
/// holders are customers, so only the other kinds have an index, whose condition is the same text.
fn held_by(kind: HolderKind, column: &str) -> String {
    match kind {
        HolderKind::ConnectedAccount => {
            format!("({column} LIKE 'acct_%' AND {column} NOT LIKE '%.%' OR {column} LIKE '%.acct_%')")
        }
        HolderKind::CustomerAccount => {
            format!("({column} LIKE 'customer_account_%' OR {column} LIKE '%.customer_account_%')")
        }
        HolderKind::Customer => {
            let others = [HolderKind::ConnectedAccount, HolderKind::CustomerAccount];
            others.map(|other| format!("NOT {}", held_by(other, column))).join(" AND ")
        }
    }
}

struct Conditions<'a> {
    keys: &'a DataKeys,
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
        let aside = if filter.finds_few() { " || ''" } else { "" };
        match &filter.who {
            Some(Identifier::Customer(id)) => self.add("customer =", Value::Text(id.clone())),
            Some(Identifier::Account(id)) => self.add("id =", Value::Text(id.clone())),
            Some(Identifier::LastDigits(digits)) => self.add_digits(digits),
            Some(Identifier::Customers(ids)) => {
                let values = ids.iter().map(|id| self.value(Value::Text(id.clone())));
                let places: Vec<String> = values.collect();
                self.texts.push(format!("customer IN ({})", places.join(", ")));
            }
            None => (),
        }
        for (column, value) in [
            ("institution_name", filter.bank.as_deref()),
            ("state", filter.state.map(State::as_str)),
            ("cause", filter.cause.as_deref()),
            ("stripe_account", filter.stripe_account.as_ref().map(StripeAccountId::as_str)),
        ] {
            if let Some(value) = value {
                self.add(&format!("{column}{aside} ="), Value::Text(value.to_owned()));
            }
        }
        if let Some(kind) = filter.holder {
            self.texts.push(held_by(kind, &format!("customer{aside}")));
        }
        for (condition, value) in [("changed_at >=", filter.from), ("changed_at <", filter.until)] {
            if let Some(value) = value {
                self.add(condition, Value::Number(value));
            }
        }
        if filter.is_updatable {
            self.texts.push("is_updatable = 1".to_owned());
        }
        self.narrow_by_request(filter);
    }

    /// Adds the last digits, in each form in which they may be stored.
    fn add_digits(&mut self, digits: &str) {
        let stored = self.keys.indexes(LAST4, digits).into_iter();
        let places: Vec<String> = stored.map(|stored| self.value(Value::Text(stored))).collect();
        self.texts.push(format!("last4 IN ({})", places.join(", ")));
    }

    /// Adds conditions on the latest request about the account.
    fn narrow_by_request(&mut self, filter: &Filter) {
        if filter.result == Some(RequestResult::NeverAsked) {
            let never = "NOT EXISTS (SELECT 1 FROM requests WHERE requests.account = accounts.id)";
            self.texts.push(never.to_owned());
            return;
        }
        if !filter.is_about_requests() {
            return;
        }
        let mut conditions: Vec<String> =
            filter.result.map(|result| requests::results::condition(result, "r")).into_iter().collect();
        for (condition, value) in
            [("r.created_at >=", filter.asked_from), ("r.created_at <", filter.asked_until)]
        {
            if let Some(value) = value {
                let place = self.value(Value::Number(value));
                conditions.push(format!("{condition} {place}"));
            }
        }
        let conditions = conditions.join(" AND ");
        self.texts.push(format!(
            "id IN (SELECT r.account FROM requests AS r WHERE {conditions} AND NOT EXISTS \
             (SELECT 1 FROM requests AS later WHERE later.account = r.account AND later.id > r.id))"
        ));
    }
}

#[cfg(test)]
mod tests;

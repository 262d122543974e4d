//! Relink requests as the merchant's back end lists them.

use std::fmt::Write;

use relink_protocol::StripeAccountId;
use sqlx::AssertSqlSafe;

use super::{COLUMNS, request};
use crate::domain::relink_request::{Request, State};
use crate::store::encryption::{Listed, listed};
use crate::store::{Store, StoreError};

/// Filter of the list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) account: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) stripe_account: Option<StripeAccountId>,
    pub(crate) state: Option<State>,
}

impl Store {
    /// Returns at most `most` requests, newest first, older than `before` if given.
    pub(crate) async fn requests(
        &self,
        filter: &Filter,
        before: Option<&str>,
        most: i64,
    ) -> Result<Listed<Request>, StoreError> {
        let given = [
            ("account", filter.account.as_deref()),
            ("customer", filter.customer.as_deref()),
            ("stripe_account", filter.stripe_account.as_ref().map(StripeAccountId::as_str)),
            ("state", filter.state.map(State::as_str)),
        ];
        let filters: Vec<(&str, &str)> =
            given.into_iter().filter_map(|(column, value)| Some((column, value?))).collect();
        let mut statement = format!("SELECT {COLUMNS} FROM requests WHERE id < $1");
        for (place, (column, _)) in filters.iter().enumerate() {
            // Writing to a string does not fail.
            let _ = write!(statement, " AND {column} = ${}", place + 3);
        }
        statement.push_str(" ORDER BY id DESC LIMIT $2");
        let mut query =
            sqlx::query(AssertSqlSafe(statement)).bind(before.unwrap_or(AFTER_ALL).to_owned()).bind(most);
        for (_, value) in filters {
            query = query.bind(value.to_owned());
        }
        let rows = query.fetch_all(self.reader()).await?;
        listed(&rows, "id", |row| request(self.data_keys(), row))
    }
}

/// Sorts after every identifier.
const AFTER_ALL: &str = "rlr_g";

//! Connections as the merchant's back end lists them.

use std::fmt::Write;

use relink_protocol::{HolderId, StripeAccountId};
use sqlx::AssertSqlSafe;

use super::accounts::{COLUMNS, kept};
use super::{Store, StoreError};
use crate::domain::connection::StoredAccount;

impl Store {
    /// Returns accounts in the order of their identifiers, after `after` if given.
    pub(crate) async fn connections(
        &self,
        state: Option<&str>,
        customer: Option<&HolderId>,
        stripe_account: Option<&StripeAccountId>,
        after: Option<&str>,
        most: i64,
    ) -> Result<Vec<StoredAccount>, StoreError> {
        // Only the conditions that are given go into the statement, so that the planner uses their indexes.
        let given = [state, customer.map(HolderId::as_str), stripe_account.map(StripeAccountId::as_str)];
        // A customer has few accounts, but a state may match all: `|| ''` keeps the planner from using the state's
        // index.
        let is_narrow = customer.is_some() || stripe_account.is_some();
        let state_column = if is_narrow { "state || ''" } else { "state" };
        let columns = [state_column, "customer", "stripe_account"].into_iter().zip(given);
        let filters: Vec<(&str, &str)> =
            columns.filter_map(|(column, value)| Some((column, value?))).collect();
        let mut statement = format!("SELECT {COLUMNS} FROM accounts WHERE id > $1");
        for (place, (column, _)) in filters.iter().enumerate() {
            // Writing to a string does not fail.
            let _ = write!(statement, " AND {column} = ${}", place + 3);
        }
        statement.push_str(" ORDER BY id LIMIT $2");
        let mut query =
            sqlx::query(AssertSqlSafe(statement)).bind(after.unwrap_or_default().to_owned()).bind(most);
        for (_, value) in filters {
            query = query.bind(value.to_owned());
        }
        query.fetch_all(self.reader()).await?.iter().map(|row| kept(self.data_keys(), row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use relink_protocol::{Condition, Qualify, condition};
    use serde_json::json;

    use super::super::accounts::save;
    use super::super::testing::both;
    use super::*;

    fn account(id: &str, customer: &str, status: &str) -> StoredAccount {
        let now = Timestamp::from_second(1000).unwrap();
        let account = serde_json::from_value(json!({
            "id": id, "authorization": "fcauth_1", "institution_name": "Alder Bank", "livemode": false, "status": status,
            "subcategory": "checking", "account_holder": {"customer": customer},
            "status_details": {"inactive": {"action": "relink_required", "cause": "access_expired"}}
        }))
        .unwrap();
        StoredAccount {
            condition: condition(&account, relink_protocol::ConditionRules::default(), 1000).unwrap(),
            account,
            as_of: 1,
            read_at: now,
            changed_at: now,
            recheck_at: None,
            revision: 1,
            told: None,
            replaced_by: None,
        }
    }

    #[tokio::test]
    async fn connections_are_listed_by_state_and_customer_page_after_page() {
        for test in both().await {
            let store = &test.store;
            let mut change = store.change().await.unwrap();
            for n in 0..30 {
                let status = if n % 3 == 0 { "inactive" } else { "active" };
                let kept = account(&format!("fca_{n:02}"), &format!("cus_{}", n % 2), status);
                assert_eq!(kept.condition == Condition::Healthy, n % 3 != 0);
                save(&mut change, &kept, false).await.unwrap();
            }
            for n in 0..10 {
                let status = if n % 3 == 0 { "inactive" } else { "active" };
                let mut kept = account(&format!("fca_{n:02}"), "cus_1", status);
                kept.account.qualify(&"acct_Potter".parse().unwrap());
                save(&mut change, &kept, false).await.unwrap();
            }
            change.commit().await.unwrap();
            let customer = "cus_1".parse().unwrap();
            let potter = "acct_Potter".parse().unwrap();
            for (state, customer, stripe_account, expected) in [
                (None, None, None, 40),
                (Some("broken"), None, None, 14),
                (Some("healthy"), None, None, 26),
                (None, Some(&customer), None, 15),
                (Some("broken"), Some(&customer), None, 5),
                (Some("disconnected"), Some(&customer), None, 0),
                (None, None, Some(&potter), 10),
                (Some("broken"), None, Some(&potter), 4),
                (None, Some(&customer), Some(&potter), 0),
            ] {
                let (mut seen, mut after) = (Vec::new(), None::<String>);
                loop {
                    let page = store.connections(state, customer, stripe_account, after.as_deref(), 4);
                    let page = page.await.unwrap();
                    after = page.last().map(|kept| kept.account.id.to_string());
                    seen.extend(page.iter().map(|kept| kept.account.id.to_string()));
                    if page.len() < 4 {
                        break;
                    }
                }
                assert_eq!(seen.len(), expected, "{state:?} {customer:?}");
                assert!(seen.is_sorted(), "{seen:?}");
            }
        }
    }
}

//! Names and email addresses of customers, with an index of their words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use relink_protocol::HolderId;
use sqlx::query::QueryScalar;
use sqlx::{AssertSqlSafe, Row};
use tokio::time::{Instant, sleep};

use super::encryption::RowCipher;
use super::encryption::rotation::{Progress, ROUNDS};
use super::json_columns::{from_json, from_word, json};
use super::{Store, StoreError, Transaction, rows};
use crate::domain::customer_name::CustomerName;
use crate::domain::data_keys::DataKeys;

const CONTACT: &str = "customer_names.contact";
/// Name of the column in its blind index.
pub(super) const WORD: &str = "customer_words.word";

/// Customers per transaction.
const PIECE: i64 = 500;
/// Name in `meta` of the last customer that a sweep for names has looked at.
pub(crate) const SWEEP_PLACE: &str = "customer_names_after";

impl Store {
    /// Stores what Stripe has of a customer; `None` if Stripe has nothing, or the customer no longer. Stores nothing about a
    /// customer who has no account here, or no longer.
    pub(crate) async fn save_customer_name(
        &self,
        customer: &HolderId,
        name: Option<&CustomerName>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let contact = name.map(|name| json(name, CONTACT)).transpose()?;
        let contact = RowCipher::new(self.data_keys(), &[customer.as_str()])
            .seal_optional(CONTACT, contact.as_deref())?;
        // Before the words, as everywhere, so that of two servers one waits for the other here.
        sqlx::query(
            "INSERT INTO customer_names (customer, contact, read_at) VALUES ($1, $2, $3) ON CONFLICT (customer) \
             DO UPDATE SET contact = excluded.contact, read_at = excluded.read_at",
        )
        .bind(customer.to_string())
        .bind(contact)
        .bind(now.as_millisecond())
        .execute(&mut change)
        .await?;
        // Locked, so that an erasure which is under way is waited for.
        let account = format!(
            "SELECT CAST(1 AS BIGINT) FROM accounts WHERE customer = $1 LIMIT 1{}",
            self.engine().for_update()
        );
        let account = sqlx::query_scalar(AssertSqlSafe(account)).bind(customer.to_string());
        let account: Option<i64> = account.fetch_optional(&mut change).await?;
        if account.is_none() {
            return Ok(change.rollback().await?);
        }
        set_words(&mut change, customer.as_str(), name).await?;
        Ok(change.commit().await?)
    }

    /// Returns the names of those of the customers that have one.
    pub(crate) async fn customer_names(
        &self,
        customers: &BTreeSet<&HolderId>,
    ) -> Result<BTreeMap<HolderId, CustomerName>, StoreError> {
        let mut names = BTreeMap::new();
        let customers: Vec<&HolderId> = customers.iter().copied().collect();
        for customers in customers.chunks(500) {
            let question = format!(
                "SELECT customer, contact FROM customer_names WHERE contact IS NOT NULL AND customer IN {}",
                rows(self.engine(), 1, customers.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(question));
            for customer in customers {
                query = query.bind(customer.to_string());
            }
            for row in query.fetch_all(self.reader()).await? {
                let customer: HolderId = from_word(row.try_get("customer")?, "customer_names.customer")?;
                match opened(self.data_keys(), customer.as_str(), row.try_get("contact")?) {
                    Ok(name) => names.insert(customer, name),
                    // The lists show the customer without a name, which is read again from Stripe in time.
                    Err(error) if error.is_of_encryption() => {
                        tracing::error!(%error, "a customer's name can't be shown: {error}");
                        continue;
                    }
                    Err(error) => return Err(error),
                };
            }
        }
        Ok(names)
    }

    /// Returns at most `most` customers who have all of the words.
    pub(crate) async fn customers_with_words(
        &self,
        words: &BTreeSet<String>,
        most: usize,
    ) -> Result<Vec<String>, StoreError> {
        let keys = self.data_keys();
        let mut values = Vec::new();
        let mut conditions = Vec::new();
        for word in words {
            let stored = keys.indexes(WORD, word);
            let places: Vec<String> =
                (1..=stored.len()).map(|place| format!("${}", values.len() + place)).collect();
            conditions
                .push(format!("SELECT customer FROM customer_words WHERE word IN ({})", places.join(", ")));
            values.extend(stored);
        }
        if conditions.is_empty() {
            return Ok(Vec::new());
        }
        let question = format!(
            "SELECT customer FROM ({}) AS found ORDER BY customer LIMIT {most}",
            conditions.join(" INTERSECT ")
        );
        let query = values.into_iter().fold(sqlx::query_scalar(AssertSqlSafe(question)), QueryScalar::bind);
        Ok(query.fetch_all(self.reader()).await?)
    }

    /// Returns customers whose names are to be read: at most `most` of the customers after this one, in the order of their
    /// identifiers, those whose name was not read since `before`. Also returns the last customer that it looked at; `None`
    /// after the last of all.
    pub(crate) async fn customers_to_name(
        &self,
        after: &str,
        before: Timestamp,
        most: i64,
    ) -> Result<(Vec<String>, Option<String>), StoreError> {
        let question = "SELECT c.customer, n.read_at FROM (SELECT DISTINCT customer FROM accounts WHERE customer > $1 \
                        ORDER BY customer LIMIT $2) AS c LEFT JOIN customer_names AS n ON n.customer = c.customer \
                        ORDER BY c.customer";
        let rows = sqlx::query(question).bind(after.to_owned()).bind(most).fetch_all(self.reader()).await?;
        let mut found = Vec::new();
        let mut last = None;
        for row in &rows {
            let customer: String = row.try_get(0)?;
            let read_at: Option<i64> = row.try_get(1)?;
            if read_at.is_none_or(|at| at < before.as_millisecond()) {
                found.push(customer.clone());
            }
            last = Some(customer);
        }
        let is_last = i64::try_from(rows.len()).unwrap_or(most) < most;
        Ok((found, last.filter(|_| !is_last)))
    }

    /// True if the customer has an account here.
    pub(crate) async fn has_account(&self, customer: &HolderId) -> Result<bool, StoreError> {
        let one = "SELECT CAST(1 AS BIGINT) FROM accounts WHERE customer = $1 LIMIT 1";
        let one: Option<i64> =
            sqlx::query_scalar(one).bind(customer.to_string()).fetch_optional(self.reader()).await?;
        Ok(one.is_some())
    }

    /// Deletes all names, because the merchant must not have them any more.
    pub(crate) async fn forget_customer_names(&self) -> Result<(), StoreError> {
        let question = format!("SELECT customer FROM customer_names LIMIT {PIECE}");
        loop {
            let query = sqlx::query_scalar(AssertSqlSafe(question.clone()));
            let customers: Vec<String> = query.fetch_all(self.reader()).await?;
            if customers.is_empty() {
                return Ok(());
            }
            self.forget_names_of(&customers).await?;
        }
    }

    /// Deletes the names of customers who have no account here any more. Returns their number.
    pub(crate) async fn forget_names_without_accounts(&self) -> Result<u64, StoreError> {
        let question = format!(
            "SELECT customer FROM customer_names AS n WHERE customer > $1 AND NOT EXISTS \
             (SELECT 1 FROM accounts WHERE accounts.customer = n.customer) ORDER BY customer LIMIT {PIECE}"
        );
        let mut forgotten = 0;
        let mut after = String::new();
        loop {
            let query = sqlx::query_scalar(AssertSqlSafe(question.clone())).bind(after.clone());
            let customers: Vec<String> = query.fetch_all(self.reader()).await?;
            let Some(last) = customers.last() else { return Ok(forgotten) };
            forgotten += self.forget_names_of(&customers).await?;
            after.clone_from(last);
        }
    }

    /// Deletes the names of these customers, at most [`PIECE`]. Returns the number of names.
    async fn forget_names_of(&self, customers: &[String]) -> Result<u64, StoreError> {
        let mut change = self.change().await?;
        let mut names = None;
        // The names first, as when they are saved, so that no two servers wait for each other.
        for table in ["customer_names", "customer_words"] {
            let these = rows(self.engine(), 1, customers.len());
            let delete = sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE customer IN {these}")));
            let delete = customers.iter().fold(delete, |delete, customer| delete.bind(customer.clone()));
            let deleted = delete.execute(&mut change).await?.rows_affected();
            names.get_or_insert(deleted);
        }
        change.commit().await?;
        Ok(names.unwrap_or_default())
    }

    /// Indexes the words of all names anew, as far as they are not indexed with the current key. Returns the number of
    /// customers.
    pub(super) async fn rotate_customer_words(
        &self,
        outdated: &str,
        report: &mut impl FnMut(Progress),
    ) -> Result<usize, StoreError> {
        let question = format!(
            "SELECT DISTINCT customer FROM customer_words WHERE customer > $1 AND {outdated} ORDER BY customer LIMIT {PIECE}"
        );
        let mut rows = 0;
        for _ in 0..ROUNDS {
            let before = rows;
            let mut after = String::new();
            loop {
                let begun = Instant::now();
                let customers = sqlx::query_scalar(AssertSqlSafe(question.clone())).bind(after.clone());
                let customers: Vec<String> = customers.fetch_all(self.reader()).await?;
                let Some(last) = customers.last() else { break };
                after.clone_from(last);
                for customer in &customers {
                    self.rotate_words_of(customer).await?;
                }
                rows += customers.len();
                report(Progress { table: "customer_words", rows });
                // As with other tables.
                sleep(begun.elapsed()).await;
            }
            if rows == before {
                break;
            }
        }
        Ok(rows)
    }

    async fn rotate_words_of(&self, customer: &str) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let lock = self.engine().for_update();
        let contact = format!("SELECT contact FROM customer_names WHERE customer = $1{lock}");
        let contact = sqlx::query_scalar(AssertSqlSafe(contact)).bind(customer.to_owned());
        let contact: Option<Option<String>> = contact.fetch_optional(&mut change).await?;
        let name =
            contact.flatten().map(|contact| opened(self.data_keys(), customer, &contact)).transpose()?;
        set_words(&mut change, customer, name.as_ref()).await?;
        Ok(change.commit().await?)
    }
}

/// Removes the place of the sweep for names if it is at this customer. The sweep then begins anew.
pub(super) async fn forget_place(change: &mut Transaction, customer: &HolderId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM meta WHERE name = $1 AND value = $2")
        .bind(SWEEP_PLACE.to_owned())
        .bind(customer.to_string())
        .execute(change)
        .await?;
    Ok(())
}

fn opened(keys: &DataKeys, customer: &str, stored: &str) -> Result<CustomerName, StoreError> {
    from_json(&RowCipher::new(keys, &[customer]).open(CONTACT, stored)?, CONTACT)
}

/// Replaces the words of a customer.
async fn set_words(
    change: &mut Transaction,
    customer: &str,
    name: Option<&CustomerName>,
) -> Result<(), StoreError> {
    let words = name.map(CustomerName::words).unwrap_or_default();
    let words: Vec<String> = words.iter().map(|word| change.data_keys().index(WORD, word)).collect();
    sqlx::query("DELETE FROM customer_words WHERE customer = $1")
        .bind(customer.to_owned())
        .execute(&mut *change)
        .await?;
    for word in words {
        sqlx::query("INSERT INTO customer_words (word, customer) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(word)
            .bind(customer.to_owned())
            .execute(&mut *change)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

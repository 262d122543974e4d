//! Names and email addresses of customers, with an index of their words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use relink_protocol::HolderId;
use sqlx::query::QueryScalar;
use sqlx::{AssertSqlSafe, Row};

use super::encryption::RowCipher;
use super::json_columns::{from_json, from_word, json};
use super::{Store, StoreError, Transaction, rows};
use crate::domain::customer_name::CustomerName;
use crate::domain::data_keys::DataKeys;

const CONTACT: &str = "customer_names.contact";
/// Name of the column in its blind index.
pub(super) const WORD: &str = "customer_words.word";

/// Customers per transaction.
const PIECE: i64 = 500;

impl Store {
    /// Stores what Stripe has of a customer; `None` if Stripe has nothing, or the customer no longer.
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
        // Before the words, so that of two servers one waits for the other here.
        sqlx::query(
            "INSERT INTO customer_names (customer, contact, read_at) VALUES ($1, $2, $3) ON CONFLICT (customer) \
             DO UPDATE SET contact = excluded.contact, read_at = excluded.read_at",
        )
        .bind(customer.to_string())
        .bind(contact)
        .bind(now.as_millisecond())
        .execute(&mut change)
        .await?;
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
                let name = opened(self.data_keys(), customer.as_str(), row.try_get("contact")?)?;
                names.insert(customer, name);
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

    /// Deletes the names of a customer who has no account here any more.
    pub(crate) async fn forget_customer_name(&self, customer: &HolderId) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        for table in ["customer_words", "customer_names"] {
            let delete = format!("DELETE FROM {table} WHERE customer = $1");
            sqlx::query(AssertSqlSafe(delete)).bind(customer.to_string()).execute(&mut change).await?;
        }
        Ok(change.commit().await?)
    }

    /// Deletes all names, because the merchant must not have them any more.
    pub(crate) async fn forget_customer_names(&self) -> Result<(), StoreError> {
        let any = "SELECT customer FROM customer_names LIMIT 1";
        let any: Option<String> = sqlx::query_scalar(any).fetch_optional(self.reader()).await?;
        if any.is_none() {
            return Ok(());
        }
        for table in ["customer_words", "customer_names"] {
            let delete =
                format!("DELETE FROM {table} WHERE customer IN (SELECT customer FROM {table} LIMIT {PIECE})");
            loop {
                let deleted = sqlx::query(AssertSqlSafe(delete.clone())).execute(&self.writer).await?;
                if deleted.rows_affected() == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Indexes the words of all names anew, as far as they are not indexed with the current key.
    pub(super) async fn rotate_customer_words(&self, outdated: &str) -> Result<(), StoreError> {
        let question = format!("SELECT DISTINCT customer FROM customer_words WHERE {outdated} LIMIT {PIECE}");
        loop {
            let customers: Vec<String> =
                sqlx::query_scalar(AssertSqlSafe(question.clone())).fetch_all(self.reader()).await?;
            if customers.is_empty() {
                return Ok(());
            }
            for customer in customers {
                let mut change = self.change().await?;
                let lock = self.engine().for_update();
                let contact = format!("SELECT contact FROM customer_names WHERE customer = $1{lock}");
                let contact = sqlx::query_scalar(AssertSqlSafe(contact)).bind(customer.clone());
                let contact: Option<Option<String>> = contact.fetch_optional(&mut change).await?;
                let name = contact
                    .flatten()
                    .map(|contact| opened(self.data_keys(), &customer, &contact))
                    .transpose()?;
                set_words(&mut change, &customer, name.as_ref()).await?;
                change.commit().await?;
            }
        }
    }
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
mod tests {
    use super::*;
    use crate::domain::customer_name::searched;
    use crate::store::testing::{both, both_encrypted, data_keys};

    fn named(name: &str, email: &str) -> CustomerName {
        CustomerName { name: Some(name.to_owned()), email: Some(email.to_owned()) }
    }

    async fn found(store: &Store, text: &str) -> Vec<String> {
        store.customers_with_words(&searched(text), 10).await.unwrap()
    }

    async fn fill(store: &Store) {
        for (customer, name) in [
            ("cus_1", named("Jenny Rosen", "jenny@mail.example")),
            ("cus_2", named("Jenny Smith", "smith@mail.example")),
        ] {
            store
                .save_customer_name(&customer.parse().unwrap(), Some(&name), Timestamp::UNIX_EPOCH)
                .await
                .unwrap();
        }
    }

    #[tokio::test]
    async fn customers_are_found_by_name_and_address_also_where_these_are_encrypted() {
        let encrypted = both_encrypted(1).await;
        for test in both().await.into_iter().chain(encrypted) {
            let store = &test.store;
            fill(store).await;
            for (text, expected) in [
                ("jenny", &["cus_1", "cus_2"][..]),
                ("ROSEN, Jenny", &["cus_1"]),
                ("smith@MAIL.example", &["cus_2"]),
                ("jen", &[]),
                ("jenny nobody", &[]),
                ("--", &[]),
            ] {
                assert_eq!(found(store, text).await, expected, "{text}");
            }
            let cus_1: HolderId = "cus_1".parse().unwrap();
            let names = store.customer_names(&BTreeSet::from([&cus_1])).await.unwrap();
            assert_eq!(names[&cus_1], named("Jenny Rosen", "jenny@mail.example"));
            // After a change of the name, only the new one finds them.
            let renamed = named("Jenny Miller", "jenny@mail.example");
            store.save_customer_name(&cus_1, Some(&renamed), Timestamp::UNIX_EPOCH).await.unwrap();
            assert_eq!((found(store, "rosen").await.len(), found(store, "miller").await.len()), (0, 1));
            store.save_customer_name(&cus_1, None, Timestamp::UNIX_EPOCH).await.unwrap();
            assert!(found(store, "miller").await.is_empty());
            store.forget_customer_names().await.unwrap();
            assert!(found(store, "jenny").await.is_empty());
        }
    }

    #[tokio::test]
    async fn words_are_indexed_with_the_key_that_a_rotation_brings() {
        for test in both().await {
            fill(&test.store).await;
            let all = "SELECT word FROM customer_words ORDER BY word";
            for keys in [&[1][..], &[2, 1], &[0, 2, 1]] {
                let store = test.with_data_keys(data_keys(keys)).await.unwrap();
                store.rotate_data_keys(|_| ()).await.unwrap();
                let words: Vec<String> = sqlx::query_scalar(all).fetch_all(store.reader()).await.unwrap();
                assert_eq!(words.iter().any(|word| word.contains("jenny")), keys[0] == 0, "{words:?}");
                assert_eq!(words.len(), 6);
                assert_eq!(found(&store, "jenny rosen").await, ["cus_1"]);
            }
        }
    }
}

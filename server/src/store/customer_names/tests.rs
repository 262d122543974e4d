//! Names are found by their words, and go with the accounts.

use super::*;
use crate::domain::customer_name::searched;
use crate::store::testing::{both, both_encrypted, data_keys};

fn named(name: &str, email: &str) -> CustomerName {
    CustomerName { name: Some(name.to_owned()), email: Some(email.to_owned()) }
}

async fn found(store: &Store, text: &str) -> Vec<String> {
    store.customers_with_words(&searched(text), 10).await.unwrap()
}

async fn add_account(store: &Store, customer: &str) {
    sqlx::query(
        "INSERT INTO accounts (id, customer, institution_name, state, account, as_of, read_at, changed_at, revision) \
         VALUES ($1, $2, 'Alder', 'healthy', '{}', 0, 0, 0, 1)",
    )
    .bind(format!("fca_{customer}"))
    .bind(customer.to_owned())
    .execute(&store.writer)
    .await
    .unwrap();
}

async fn fill(store: &Store) {
    for (customer, name) in [
        ("cus_1", named("Jenny Rosen", "jenny@mail.example")),
        ("cus_2", named("Jenny Smith", "smith@mail.example")),
    ] {
        add_account(store, customer).await;
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
async fn nothing_stays_of_a_customer_without_accounts() {
    for test in both().await {
        let store = &test.store;
        fill(store).await;
        assert_eq!(store.forget_names_without_accounts().await.unwrap(), 0);
        sqlx::query("DELETE FROM accounts WHERE customer = 'cus_1'").execute(&store.writer).await.unwrap();
        // A reading that was under way meanwhile.
        let (cus_1, cus_3) = ("cus_1".parse().unwrap(), "cus_3".parse().unwrap());
        for customer in [&cus_1, &cus_3] {
            let late = named("Jenny Late", "late@mail.example");
            store.save_customer_name(customer, Some(&late), Timestamp::UNIX_EPOCH).await.unwrap();
        }
        assert!(found(store, "late").await.is_empty());
        assert_eq!(store.forget_names_without_accounts().await.unwrap(), 1);
        assert_eq!(found(store, "jenny").await, ["cus_2"]);
        for table in ["customer_names", "customer_words"] {
            let left = format!("SELECT DISTINCT customer FROM {table}");
            let left = sqlx::query_scalar(AssertSqlSafe(left));
            let left: Vec<String> = left.fetch_all(store.reader()).await.unwrap();
            assert_eq!(left, ["cus_2"], "{table}");
        }
    }
}

#[tokio::test]
async fn words_are_indexed_with_the_key_that_a_rotation_brings() {
    for test in both().await {
        fill(&test.store).await;
        let all = "SELECT word FROM customer_words ORDER BY word";
        for keys in [&[1][..], &[2, 1], &[0, 2, 1]] {
            let store = test.with_data_keys(data_keys(keys)).await.unwrap();
            let mut indexed = 0;
            let count = |done: Progress| {
                if done.table == "customer_words" {
                    indexed = done.rows;
                }
            };
            store.rotate_data_keys(count).await.unwrap();
            assert_eq!(indexed, 2);
            let words: Vec<String> = sqlx::query_scalar(all).fetch_all(store.reader()).await.unwrap();
            assert_eq!(words.iter().any(|word| word.contains("jenny")), keys[0] == 0, "{words:?}");
            assert_eq!(words.len(), 6);
            assert_eq!(found(&store, "jenny rosen").await, ["cus_1"]);
        }
    }
}

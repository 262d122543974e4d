//! Tests of the selection of accounts to read again.

use super::*;
use crate::store::job_queue::{JobKind, Lease, NewJob};
use crate::store::testing::both;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

async fn run(store: &Store, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&store.writer).await.unwrap();
}

/// Inserts an account that was read at second `read`.
async fn add(store: &Store, id: &str, customer: Option<&str>, class: Class, read: i64) {
    let customer = customer.map_or("NULL".to_owned(), |customer| format!("'{customer}'"));
    let statement = format!(
        "INSERT INTO accounts (id, customer, institution_name, state, account, as_of, read_at, changed_at, revision, \
         recheck_class) VALUES ('{id}', {customer}, 'Alder', 'healthy', '{{}}', 1, {read}000, 1, 1, {})",
        class as i64
    );
    run(store, &statement).await;
}

async fn overdue(store: &Store, class: Class, most: i64) -> Vec<String> {
    let found = store.overdue(class, at(100), at(50), most).await.unwrap();
    found.into_iter().map(|one| one.account).collect()
}

#[tokio::test]
async fn the_longest_unread_of_a_class_are_found_first() {
    for test in both().await {
        let store = &test.store;
        add(store, "fca_1", None, Class::InUse, 30).await;
        add(store, "fca_2", Some("cus_1"), Class::InUse, 10).await;
        add(store, "fca_3", None, Class::InUse, 20).await;
        add(store, "fca_4", None, Class::InUse, 100).await;
        add(store, "fca_5", None, Class::Idle, 5).await;
        assert_eq!(overdue(store, Class::InUse, 2).await, ["fca_2", "fca_3"]);
        assert_eq!(overdue(store, Class::Idle, 2).await, ["fca_5"]);
        assert_eq!(overdue(store, Class::Restless, 2).await, [""; 0]);
        assert_eq!(store.oldest_reading().await.unwrap(), Some(at(5)));
        store.count_classes().await.unwrap();
        assert_eq!(store.class_counts().await.unwrap(), [0, 4, 1]);
    }
}

#[tokio::test]
async fn what_a_wrong_clock_says_was_read_in_the_future_counts_as_never_read() {
    for test in both().await {
        let store = &test.store;
        add(store, "fca_1", None, Class::Idle, 1_399).await;
        add(store, "fca_2", Some("cus_2"), Class::Idle, 99_999).await;
        let found = store.accounts_read_in_future(at(1_100), 9).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|one| (one.account, one.read_at)).collect();
        assert_eq!(found, [("fca_2".to_owned(), Timestamp::UNIX_EPOCH)]);
    }
}

#[tokio::test]
async fn accounts_that_cannot_be_read_do_not_take_the_place_of_others_and_get_another_chance_later() {
    for test in both().await {
        let store = &test.store;
        add(store, "fca_1", None, Class::InUse, 10).await;
        add(store, "fca_2", Some("cus_1"), Class::InUse, 11).await;
        add(store, "fca_3", None, Class::InUse, 12).await;
        let mark = |kind, subject: &str| NewJob {
            kind,
            subject: subject.to_owned(),
            urgency: Urgency::Sweep,
            created: None,
            due: at(1),
        };
        let marks = [mark(JobKind::Account, "fca_1"), mark(JobKind::Customer, "cus_1")];
        store.mark(&marks, at(1)).await.unwrap();
        assert_eq!(store.pending_rechecks().await.unwrap(), 2);
        assert_eq!(overdue(store, Class::InUse, 1).await, ["fca_3"]);
        let lease = Lease { holder: "a".to_owned(), until: at(60) };
        for job in store.claim(&lease, 2, at(20)).await.unwrap() {
            if job.kind == JobKind::Account {
                store.park(&job, "refused", at(51)).await.unwrap();
            } else {
                store.again(&job, at(29), Some("refused")).await.unwrap();
            }
        }
        assert_eq!(store.pending_rechecks().await.unwrap(), 0, "what failed waits for its own time");
        assert_eq!(overdue(store, Class::InUse, 1).await, ["fca_3"]);
        run(store, "UPDATE work SET parked_at = 49000 WHERE parked_at IS NOT NULL").await;
        assert_eq!(overdue(store, Class::InUse, 1).await, ["fca_1"], "given up long ago");
    }
}

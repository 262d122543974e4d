use relink_protocol::HolderId;

use super::*;
use crate::domain::link_token::Secret;
use crate::domain::sign_in::Operator;
use crate::store::job_queue::{JobKind, Lease, NewJob, Urgency};
use crate::store::operators::{Activity, CodeHash, Session};
use crate::store::testing::both;
use crate::store::{customers, requests};

const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn mark(kind: JobKind, due: Timestamp) -> NewJob {
    NewJob { kind, subject: "x".to_owned(), urgency: Urgency::News, created: None, due }
}

fn lease(at: Timestamp) -> Lease {
    Lease { holder: "server".to_owned(), until: at + SignedDuration::from_secs(40) }
}

/// Writes what a server whose clock shows `at` would write.
async fn live(store: &Store, at: Timestamp) {
    store.mark(&[mark(JobKind::Account, at), mark(JobKind::Customer, at)], at).await.unwrap();
    assert_eq!(store.claim(&lease(at), 1, at).await.unwrap().len(), 1);
    let customer: HolderId = "cus_1".parse().unwrap();
    let mut change = store.change().await.unwrap();
    customers::listed(&mut change, &customer, at).await.unwrap();
    requests::take_turn(&mut change, &"fca_1".parse().unwrap(), "rlr_1", at).await.unwrap().unwrap();
    change.commit().await.unwrap();
    store.save_login(&"fcauth_1".parse().unwrap(), true, at).await.unwrap();
    let code = CodeHash { browser: "a".to_owned(), hash: "h".to_owned() };
    assert!(store.set_code("ada@shop.example", &code, None, at).await.unwrap());
    let operator = Operator::Email { email: "ada@shop.example".to_owned() };
    store.begin_session("session", &operator, at).await.unwrap();
    store.add_link_session(&Secret::new([7; 32]), "rlr_1", at + HOUR).await.unwrap();
}

#[tokio::test]
async fn times_written_by_a_clock_a_year_ahead_are_corrected() {
    for test in both().await {
        let store = &test.store;
        live(store, now() + YEAR).await;
        assert_eq!(store.claim(&lease(now()), 9, now()).await.unwrap().len(), 0, "the fault");
        assert!(store.correct_times(now()).await.unwrap() > 0);
        assert_eq!(store.claim(&lease(now()), 9, now()).await.unwrap().len(), 2);
        let listed_at = store.listed_at(&"cus_1".parse().unwrap()).await.unwrap();
        assert_eq!(listed_at, Some(Timestamp::UNIX_EPOCH));
        let turn = store.cooldown_until(&"fca_1".parse().unwrap(), now()).await.unwrap();
        assert_eq!(turn, Some(now() + SignedDuration::from_hours(48)));
        assert_eq!(store.is_repairable(&"fcauth_1".parse().unwrap()).await.unwrap(), None);
        assert_eq!(store.visited(&Secret::new([7; 32]), now()).await.unwrap(), None);
        assert_eq!(store.session_of("session", Activity::Page, now()).await.unwrap(), Session::Absent);
        let code = CodeHash { browser: "a".to_owned(), hash: "h".to_owned() };
        assert!(store.set_code("ada@shop.example", &code, None, now()).await.unwrap());
        assert_eq!(store.correct_times(now()).await.unwrap(), 0, "once");
    }
}

#[tokio::test]
async fn what_a_clock_ahead_has_read_is_read_again_and_keys_are_not_in_use_for_a_year() {
    let in_a_year = (now() + YEAR).as_millisecond();
    let rows = [
        "INSERT INTO institutions (id, institution, read_at) VALUES ('fcinst_1', '{}', $1)",
        "INSERT INTO customer_names (customer, contact, read_at) VALUES ('cus_1', '{}', $1)",
        "INSERT INTO data_keys (id, created_at, used_at) VALUES ('key', 1, $1)",
    ];
    for test in both().await {
        let store = &test.store;
        for row in rows {
            sqlx::query(row).bind(in_a_year).execute(&store.writer).await.unwrap();
        }
        assert_eq!(store.correct_times(now()).await.unwrap(), 3);
        let times = "SELECT (SELECT read_at FROM institutions), (SELECT read_at FROM customer_names), \
                     (SELECT used_at FROM data_keys)";
        let times: (i64, i64, i64) = sqlx::query_as(times).fetch_one(&store.writer).await.unwrap();
        assert_eq!(times, (0, 0, now().as_millisecond()));
    }
}

#[tokio::test]
async fn what_is_as_far_ahead_as_possible_stays() {
    for test in both().await {
        let store = &test.store;
        live(store, now()).await;
        let jobs = [
            mark(JobKind::Remind, now() + DAY.saturating_mul(30)),
            mark(JobKind::Backfill, now() + HOUR.saturating_mul(18)),
            mark(JobKind::Prune, now() + HOUR.saturating_mul(6)),
        ];
        store.mark(&jobs, now()).await.unwrap();
        assert_eq!(store.correct_times(now()).await.unwrap(), 0);
        // Servers whose clocks differ by a few seconds do not disturb each other.
        assert_eq!(store.correct_times(now() - SignedDuration::from_secs(10)).await.unwrap(), 0);
    }
}

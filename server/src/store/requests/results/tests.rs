use sqlx::AssertSqlSafe;

use super::*;
use crate::domain::relink_request::State;
use crate::domain::request_result::{Funnel, Obstacle};
use crate::store::requests::note_attempt;
use crate::store::testing::both;

async fn run(store: &Store, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&store.writer).await.unwrap();
}

/// Adds a batch of five accounts at two banks: one was left out, and each of the others has come to another stage.
async fn fill(store: &Store) {
    for (n, bank) in [(1, "Alder"), (2, "Alder"), (3, "Birch"), (4, "Birch"), (5, "Birch")] {
        let account = "INSERT INTO accounts (id, customer, institution_name, state, account, as_of, read_at, changed_at, \
                       revision)";
        let json = format!(
            r#"{{"id":"fca_{n}","authorization":"fcauth_1","livemode":false,"status":"active","status_details":{{}},"#
        ) + &format!(r#""institution_name":"{bank}","subcategory":"checking"}}"#);
        run(
            store,
            &format!("{account} VALUES ('fca_{n}', 'cus_1', '{bank}', 'healthy', '{json}', 1, 1, 1, 1)"),
        )
        .await;
    }
    for (n, state, sent, opened, began, ended, failure) in [
        (1, "completed", "110", "NULL", "NULL", "700", "NULL"),
        (2, "expired", "110", "120", "130", "900", "NULL"),
        (3, "failed", "NULL", "NULL", "NULL", "150", "'no mailbox'"),
        (4, "created", "NULL", "NULL", "NULL", "NULL", "NULL"),
    ] {
        let columns = "id, account, customer, delivery, language, reason, is_automatic, state, created_at, expires_at, \
                       sent_at, opened_at, began_at, ended_at, failure";
        let values = format!(
            "'rlr_{n}', 'fca_{n}', 'cus_1', 'email', 'en', 'inactive', 0, '{state}', 100, 1000, {sent}, {opened}, \
             {began}, {ended}, {failure}"
        );
        run(store, &format!("INSERT INTO requests ({columns}) VALUES ({values})")).await;
        let result = "INSERT INTO batch_results (batch, account, result, request)";
        run(store, &format!("{result} VALUES ('bat_1', 'fca_{n}', 'asked', 'rlr_{n}')")).await;
    }
    run(
        store,
        "INSERT INTO batch_results (batch, account, result) VALUES ('bat_1', 'fca_5', 'account_healthy')",
    )
    .await;
    run(store, "INSERT INTO mails (request, state, tries, changed_at) VALUES ('rlr_4', 'unknown', 1, 1)")
        .await;
    for (session, at, outcome) in [("a", 50, "failed"), ("b", 130, "no_account"), ("c", 140, "cancelled")] {
        run(
            store,
            &format!(
                "INSERT INTO attempts (session, customer, account, choice, purpose, requested, known_before, started_at, \
                 reported, language, outcome, offers_payment, is_told, keeps) VALUES ('{session}', 'cus_1', 'fca_2', 'x', \
                 'x', 'x', 'x', {at}, 'x', 'en', '{outcome}', 0, 1, 0)"
            ),
        )
        .await;
    }
}

#[tokio::test]
async fn a_batch_has_a_funnel_with_the_reasons_of_those_who_stopped() {
    for test in both().await {
        let store = &test.store;
        fill(store).await;
        let funnel = Funnel::new(store.batch_progress("bat_1").await.unwrap());
        let reached = [Stage::Asked, Stage::Delivered, Stage::Opened, Stage::Began, Stage::Repaired];
        assert_eq!(reached.map(|stage| funnel.reached(stage)), [4, 2, 2, 2, 1]);
        assert_eq!(
            funnel.rest(),
            [
                (Stage::Asked, Obstacle::MailLost, 1),
                (Stage::Asked, Obstacle::Failed("no mailbox".to_owned()), 1),
                // The last attempt explains it, and none from before the request.
                (Stage::Began, Obstacle::Attempt(Some("cancelled".to_owned())), 1),
            ]
        );
        let totals = store.batch_totals(["bat_1", "bat_2"], None).await.unwrap();
        assert_eq!(totals.len(), 1);
        assert_eq!(totals["bat_1"], BatchTotals { asked: 4, opened: 1, repaired: 1 });
        let of_nobody = store.batch_totals(["bat_1"], Some(&"acct_Potter".parse().unwrap())).await.unwrap();
        assert!(of_nobody.is_empty(), "{of_nobody:?}");
    }
}

#[tokio::test]
async fn the_accounts_of_a_batch_are_listed_by_result_and_in_pages() {
    for test in both().await {
        let store = &test.store;
        fill(store).await;
        let list = async |result, after: &str, most| {
            let rows = store.batch_accounts("bat_1", result, None, after, most).await.unwrap();
            rows.into_iter()
                .map(|row| (row.result.account.to_string(), row.request.is_some()))
                .collect::<Vec<_>>()
        };
        let of = |n: i64, is_asked| (format!("fca_{n}"), is_asked);
        assert_eq!(list(None, "", 2).await, [of(1, true), of(2, true)]);
        assert_eq!(list(None, "fca_2", 9).await, [of(3, true), of(4, true), of(5, false)]);
        for (result, expected) in [
            (RequestResult::NeverAsked, 5),
            (RequestResult::Repaired, 1),
            (RequestResult::Expired, 2),
            (RequestResult::Failed, 3),
            (RequestResult::Waiting, 4),
        ] {
            assert_eq!(list(Some(result), "", 9).await, [of(expected, expected != 5)], "{result:?}");
        }
        assert!(list(Some(RequestResult::Opened), "", 9).await.is_empty());
    }
}

#[tokio::test]
async fn a_report_reads_the_requests_of_its_days_and_bank() {
    let at = |millisecond| Timestamp::from_millisecond(millisecond).unwrap();
    for test in both().await {
        let store = &test.store;
        fill(store).await;
        let count = async |from, until, bank| {
            let rows = store.requests_between(at(from), at(until), bank).await.unwrap();
            (rows.len(), rows.iter().filter_map(|row| row.waited).collect::<Vec<_>>())
        };
        assert_eq!(count(0, 1000, None).await, (4, vec![600]));
        assert_eq!(count(100, 101, Some("Birch")).await, (2, vec![]));
        assert_eq!(count(101, 1000, None).await, (0, vec![]), "from the time on, to before the end");
        assert_eq!(count(0, 100, None).await, (0, vec![]));
    }
}

#[tokio::test]
async fn an_attempt_counts_for_open_requests_about_its_account_once() {
    let at = |millisecond| Timestamp::from_millisecond(millisecond).unwrap();
    for test in both().await {
        let store = &test.store;
        fill(store).await;
        for (account, now) in [("fca_4", 200), ("fca_4", 300), ("fca_1", 800)] {
            let mut change = store.change().await.unwrap();
            note_attempt(&mut change, &account.parse().unwrap(), at(now)).await.unwrap();
            change.commit().await.unwrap();
        }
        let began = async |id: &str| store.request(id).await.unwrap().unwrap().began_at;
        assert_eq!(began("rlr_4").await, Some(at(200)), "the first one");
        assert_eq!(began("rlr_1").await, None, "it was over");
        let (accounts, requests) = store.accounts_and_requests("cus_1", 9).await.unwrap();
        assert_eq!((accounts.len(), requests.len()), (5, 4));
        let newest = requests[0].as_ref().unwrap();
        assert_eq!((newest.id.as_str(), newest.state), ("rlr_4", State::Created), "the newest first");
    }
}

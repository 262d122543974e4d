use jiff::Timestamp;
use relink_protocol::stripe::Account;
use relink_protocol::{HolderId, Qualify, condition};
use serde_json::json;
use sqlx::Row;

use super::super::accounts::save;
use super::super::testing::{both, both_encrypted, open_postgres};
use super::super::{Pooling, indexes};
use super::*;
use crate::config::database::Engine;

fn account(n: i64) -> StoredAccount {
    let status = if n % 3 == 0 { "inactive" } else { "active" };
    let at = Timestamp::from_second(1_790_000_000 + n / 2).unwrap();
    let holder = match n {
        40 | 41 => json!({"account": format!("acct_{n}")}),
        43 | 58 => json!({"customer_account": format!("acct_{n}")}),
        57 => json!({"account": "acct_57"}),
        _ => json!({"customer": format!("cus_{}", n % 7)}),
    };
    let mut account: Account = serde_json::from_value(json!({
        "id": format!("fca_{n:03}"), "authorization": "fcauth_1", "livemode": false, "status": status,
        "institution_name": if n % 2 == 0 { "Alder" } else { "Birch" }, "last4": format!("{:04}", n % 10),
        "subcategory": "checking", "account_holder": holder,
        "status_details": {"inactive": {"action": "relink_required", "cause": "access_expired"}}
    }))
    .unwrap();
    if n >= 57 {
        account.qualify(&"acct_Potter".parse().unwrap());
    }
    StoredAccount {
        condition: condition(&account, relink_protocol::ConditionRules::default(), 1000).unwrap(),
        account,
        as_of: 1,
        read_at: at,
        changed_at: at,
        recheck_at: None,
        revision: 1,
        told: None,
        replaced_by: None,
    }
}

async fn fill(store: &Store) {
    let mut change = store.change().await.unwrap();
    for n in 0..60 {
        save(&mut change, &account(n), n % 5 == 1).await.unwrap();
    }
    change.commit().await.unwrap();
}

fn filters() -> Vec<(Filter, usize)> {
    let broken = Filter { state: Some(State::Broken), ..Filter::default() };
    let cause = Filter { cause: Some("access_expired".to_owned()), ..broken.clone() };
    let updatable = Filter { state: Some(State::Healthy), is_updatable: true, ..Filter::default() };
    let who = |who| Filter { who: Some(who), ..Filter::default() };
    let potters = Filter { stripe_account: Some("acct_Potter".parse().unwrap()), ..Filter::default() };
    let digits = |digits: &str| Some(Identifier::LastDigits(digits.to_owned()));
    let held_by = |kind| Filter { holder: Some(kind), ..Filter::default() };
    vec![
        (potters.clone(), 3),
        (Filter { stripe_account: Some("acct_Weaver".parse().unwrap()), ..Filter::default() }, 0),
        (Filter { state: Some(State::Broken), ..potters.clone() }, 1),
        (Filter { bank: Some("Alder".to_owned()), ..potters.clone() }, 1),
        (Filter { who: Some(Identifier::LastDigits("0007".to_owned())), ..potters.clone() }, 1),
        (held_by(HolderKind::Customer), 55),
        (held_by(HolderKind::ConnectedAccount), 3),
        (held_by(HolderKind::CustomerAccount), 2),
        (Filter { bank: Some("Alder".to_owned()), ..held_by(HolderKind::Customer) }, 28),
        (Filter { bank: Some("Alder".to_owned()), ..held_by(HolderKind::ConnectedAccount) }, 1),
        (Filter { bank: Some("Birch".to_owned()), ..held_by(HolderKind::CustomerAccount) }, 1),
        (Filter { holder: Some(HolderKind::Customer), ..potters.clone() }, 1),
        (Filter { holder: Some(HolderKind::ConnectedAccount), ..potters }, 1),
        (Filter { who: digits("0000"), ..held_by(HolderKind::ConnectedAccount) }, 1),
        (Filter { who: digits("0000"), ..held_by(HolderKind::Customer) }, 5),
        (Filter { state: Some(State::Healthy), ..held_by(HolderKind::CustomerAccount) }, 2),
        (Filter::default(), 60),
        (broken.clone(), 20),
        (cause.clone(), 20),
        (Filter { bank: Some("Alder".to_owned()), ..Filter::default() }, 30),
        (Filter { bank: Some("Alder".to_owned()), ..broken.clone() }, 10),
        (Filter { bank: Some("Birch".to_owned()), ..cause }, 10),
        (Filter { bank: Some("Alder".to_owned()), ..updatable.clone() }, 4),
        (updatable, 8),
        (who(Identifier::Customer("cus_0".to_owned())), 9),
        (who(Identifier::Account("fca_007".to_owned())), 1),
        (who(Identifier::LastDigits("0003".to_owned())), 6),
        (Filter { who: Some(Identifier::LastDigits("0003".to_owned())), ..broken }, 2),
        (Filter { result: Some(RequestResult::Repaired), ..Filter::default() }, 0),
        (Filter { result: Some(RequestResult::NeverAsked), ..Filter::default() }, 60),
        (Filter { from: Some(1_790_000_010_000), until: Some(1_790_000_020_000), ..Filter::default() }, 20),
    ]
}

const ORDERS: [Order; 6] = [
    Order::NewestFirst,
    Order::OldestFirst,
    Order::MostUrgentFirst,
    Order::LeastUrgentFirst,
    Order::EndsSoonest,
    Order::EndsLatest,
];

fn is_before(order: Order, one: &PageCursor, next: &PageCursor) -> bool {
    let (_, ascends) = order.column();
    let within = (one.key, &one.id).cmp(&(next.key, &next.id));
    let within = if ascends { within } else { within.reverse() };
    one.rank.cmp(&next.rank).then(within).is_lt()
}

#[test]
fn a_cursor_is_read_as_it_was_written_also_behind_an_account_of_a_connected_account() {
    for id in ["fca_1", "acct_1.fca_1"] {
        for (rank, key) in [(0, 7), (2, 7), (0, 0), (1, -1)] {
            let cursor = PageCursor { rank, key, id: id.to_owned() };
            assert_eq!(PageCursor::read(&cursor.to_string()), Some(cursor));
        }
    }
    for text in ["", "7", "fca_1", "7.", "x.fca_1", "1.x.fca_1", "7.cus_1", "7.acct_1.cus_1", "1.7.acct_1"] {
        assert_eq!(PageCursor::read(text), None, "{text}");
    }
}

#[tokio::test]
async fn connections_are_sorted_by_their_end_and_those_without_one_are_left_out() {
    for test in both().await {
        fill(&test.store).await;
        let set = "UPDATE accounts SET state = 'expiring', expires_on = 2000 - LENGTH(customer) - changed_at / 2000 % 7 \
                   WHERE state = 'healthy' AND last4 IN ('0001', '0002', '0004')";
        let set = sqlx::query(set).execute(&test.store.writer).await.unwrap().rows_affected();
        for order in [Order::EndsSoonest, Order::EndsLatest] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = test.store.table(&Filter::default(), order, after.as_ref(), 3).await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some(last.place.clone());
                seen.extend(page.into_iter().map(|row| row.place));
            }
            assert_eq!(u64::try_from(seen.len()).unwrap(), set);
            assert!(seen.is_sorted_by(|one, next| is_before(order, one, next)), "{seen:?}");
        }
    }
}

#[tokio::test]
async fn accounts_that_cant_be_decrypted_have_their_place_and_those_after_them_are_reached() {
    for test in both_encrypted(1).await {
        fill(&test.store).await;
        let forged = "UPDATE accounts SET account = (SELECT 'relink1:' || id || ':AAAA' FROM data_keys) \
                      WHERE id < 'fca_050'";
        sqlx::query(forged).execute(&test.store.writer).await.unwrap();
        let (mut seen, mut unreadable, mut after) = (Vec::new(), 0, None);
        loop {
            let order = Order::OldestFirst;
            let page = test.store.table_rows(&Filter::default(), order, after.as_ref(), 7).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.place.clone());
            unreadable += page.iter().filter(|row| row.kept.is_err()).count();
            seen.extend(page.into_iter().map(|row| row.place));
        }
        assert_eq!(
            (seen.len(), unreadable),
            (60, 53),
            "fca_000 to fca_049, and three of a connected account"
        );
        assert!(seen.is_sorted_by(|one, next| is_before(Order::OldestFirst, one, next)), "{seen:?}");
    }
}

/// Adds requests about accounts 0 to 5: all were asked on day 1, account 0 again on day 3, and account 1 came back.
async fn ask(store: &Store) {
    for (n, account, state, began, at) in [
        (1, 0, "expired", "NULL", 1000),
        (2, 1, "completed", "1500", 1000),
        (3, 2, "sent", "NULL", 1000),
        (4, 3, "sent", "1200", 1000),
        (5, 0, "opened", "NULL", 3000),
    ] {
        let statement = format!(
            "INSERT INTO requests (id, account, customer, delivery, language, reason, is_automatic, state, created_at, \
             expires_at, began_at) VALUES ('rlr_{n}', 'fca_00{account}', 'cus_1', 'email', 'en', 'inactive', 0, '{state}', \
             {at}, 9000, {began})"
        );
        sqlx::query(AssertSqlSafe(statement)).execute(&store.writer).await.unwrap();
    }
}

#[tokio::test]
async fn accounts_are_found_by_the_result_and_the_day_of_their_latest_request() {
    let of = |result| Filter { result: Some(result), ..Filter::default() };
    let cases = [
        (of(RequestResult::NeverAsked), 56),
        (Filter { bank: Some("Alder".to_owned()), ..of(RequestResult::NeverAsked) }, 28),
        (of(RequestResult::Repaired), 1),
        (of(RequestResult::Delivered), 1),
        (of(RequestResult::Began), 1),
        (of(RequestResult::Opened), 1),
        // Account 0 was asked again since.
        (of(RequestResult::Expired), 0),
        (Filter { state: Some(State::Broken), ..of(RequestResult::Began) }, 1),
        (Filter { state: Some(State::Healthy), ..of(RequestResult::Began) }, 0),
        (Filter { asked_from: Some(0), asked_until: Some(2000), ..Filter::default() }, 3),
        (Filter { asked_from: Some(2000), ..Filter::default() }, 1),
        (Filter { asked_until: Some(2000), ..of(RequestResult::Repaired) }, 1),
    ];
    for test in both().await {
        fill(&test.store).await;
        ask(&test.store).await;
        for (filter, expected) in &cases {
            for order in ORDERS.into_iter().take(4) {
                let rows = test.store.table(filter, order, None, 100).await.unwrap();
                assert_eq!(rows.len(), *expected, "{filter:?} {order:?}");
            }
        }
        let latest =
            test.store.latest_requests(&["fca_000", "fca_009"].map(|id| id.parse().unwrap())).await.unwrap();
        assert_eq!(latest.len(), 1);
        assert_eq!(latest.values().next().unwrap().id, "rlr_5");
    }
}

#[tokio::test]
async fn pages_of_every_filter_in_both_orders_leave_none_out_and_tell_none_twice() {
    for test in both().await {
        fill(&test.store).await;
        for (filter, expected) in filters() {
            for order in ORDERS {
                let (mut seen, mut after) = (Vec::new(), None);
                loop {
                    let page = test.store.table(&filter, order, after.as_ref(), 4).await.unwrap();
                    after = page.last().map(|row| row.place.clone());
                    for TableRow { place, .. } in &page {
                        assert_eq!(PageCursor::read(&place.to_string()).as_ref(), Some(place));
                    }
                    let is_last = page.len() < 4;
                    seen.extend(page.into_iter().map(|row| row.place));
                    if is_last {
                        break;
                    }
                }
                assert!(
                    seen.is_sorted_by(|one, next| is_before(order, one, next)),
                    "{filter:?} {order:?} {seen:?}"
                );
                let with_end = matches!(order, Order::EndsSoonest | Order::EndsLatest);
                assert_eq!(seen.len(), if with_end { 0 } else { expected }, "{filter:?} {order:?}");
            }
        }
    }
}

/// Returns the plan of the first page.
async fn plan(store: &Store, filter: &Filter) -> String {
    let (explain, column) = match store.engine() {
        Engine::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        Engine::Postgres => ("EXPLAIN", "QUERY PLAN"),
    };
    let (statement, values) = question(store.data_keys(), filter, Order::NewestFirst, None, 4);
    let statement = format!("{explain} {statement}");
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for value in values {
        query = match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        };
    }
    let rows = query.fetch_all(store.reader()).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.try_get(column).unwrap()).collect();
    lines.join("; ")
}

/// Returns the index for accounts of holders of the filter's kind, unless another condition may have a better one.
fn index_of_holder(filter: &Filter) -> Option<&'static str> {
    let is_alone = filter.bank.is_none() && filter.stripe_account.is_none() && !filter.finds_few();
    match filter.holder.filter(|_| is_alone)? {
        HolderKind::Customer => None,
        HolderKind::ConnectedAccount => Some("accounts_of_connected_accounts"),
        HolderKind::CustomerAccount => Some("accounts_of_customer_accounts"),
    }
}

/// SQLite's plan shows that no filter scans the table.
#[tokio::test]
async fn every_filter_has_an_index() {
    for test in both().await {
        if test.store.engine() == Engine::Postgres {
            continue; // PostgreSQL scans so small a table anyway; the benchmark covers it.
        }
        fill(&test.store).await;
        for (filter, _) in filters() {
            let plan = plan(&test.store, &filter).await;
            assert!(!plan.contains("SCAN accounts"), "{filter:?}: {plan}");
            if filter.is_updatable && filter.bank.is_none() {
                assert!(plan.contains("INDEX accounts_updatable"), "{plan}");
            }
            assert!(index_of_holder(&filter).is_none_or(|index| plan.contains(index)), "{filter:?}: {plan}");
            let is_narrower = filter.bank.is_some() || filter.stripe_account.is_some() || filter.finds_few();
            let is_of_customers = filter.holder == Some(HolderKind::Customer);
            assert!(
                !(is_narrower || is_of_customers) || !plan.contains("accounts_of_"),
                "{filter:?}: {plan}"
            );
            // Few rows, or the first of each state, may be sorted.
            let is_sorted = filter.finds_few() || filter.state.is_none();
            assert!(is_sorted || !plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
        }
    }
}

/// PostgreSQL's plans of a table in which nearly all holders are customers.
#[tokio::test]
async fn a_filter_by_kind_of_holder_has_an_index_on_postgresql() {
    let Some(test) = open_postgres().await else { return };
    indexes::run(&test.url, Pooling::Session).await.unwrap();
    fill(&test.store).await;
    let columns = "customer, institution_name, state, cause, account, as_of, read_at, changed_at, revision, stripe_account";
    let copy = format!(
        "INSERT INTO accounts (id, {columns}) SELECT id || 'x' || n, {columns} FROM accounts, generate_series(1, 300) AS n \
         WHERE customer LIKE 'cus_%'"
    );
    for statement in [copy.as_str(), "ANALYZE accounts"] {
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&test.store.writer).await.unwrap();
    }
    for (filter, _) in filters() {
        if filter.holder.is_none() {
            continue;
        }
        let plan = plan(&test.store, &filter).await;
        assert!(!plan.contains("Seq Scan on accounts"), "{filter:?}: {plan}");
        assert!(index_of_holder(&filter).is_none_or(|index| plan.contains(index)), "{filter:?}: {plan}");
    }
}

#[tokio::test]
async fn kinds_of_holders_are_told_apart_in_statements_as_in_their_type() {
    for test in both().await {
        for id in [
            "cus_1",
            "cus_acct_1",
            "acct_1",
            "customer_account_acct_1",
            "acct_2.cus_1",
            "acct_2.acct_1",
            "acct_2.customer_account_acct_1",
        ] {
            let kind = HolderId::try_from(id).unwrap().kind();
            for other in HolderKind::ALL {
                let condition = held_by(other, "customer");
                let statement =
                    format!("SELECT COUNT(*) FROM (SELECT '{id}' AS customer) AS one WHERE {condition}");
                let found: i64 = sqlx::query_scalar(AssertSqlSafe(statement))
                    .fetch_one(test.store.reader())
                    .await
                    .unwrap();
                assert_eq!(found == 1, other == kind, "{id}, {other:?}");
            }
        }
    }
}

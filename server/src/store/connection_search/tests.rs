use jiff::Timestamp;
use relink_protocol::condition;
use serde_json::json;
use sqlx::Row;

use super::super::accounts::save;
use super::super::testing::both;
use super::*;
use crate::config::database::Engine;

fn account(n: i64) -> StoredAccount {
    let status = if n % 3 == 0 { "inactive" } else { "active" };
    let at = Timestamp::from_second(1_790_000_000 + n / 2).unwrap();
    let account = serde_json::from_value(json!({
        "id": format!("fca_{n:03}"), "authorization": "fcauth_1", "livemode": false, "status": status,
        "institution_name": if n % 2 == 0 { "Alder" } else { "Birch" }, "last4": format!("{:04}", n % 10),
        "subcategory": "checking", "account_holder": {"customer": format!("cus_{}", n % 7)},
        "status_details": {"inactive": {"action": "relink_required", "cause": "access_expired"}}
    }))
    .unwrap();
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
        save(&mut change, &account(n)).await.unwrap();
    }
    change.commit().await.unwrap();
}

fn filters() -> Vec<(Filter, usize)> {
    let broken = Filter { state: Some(State::Broken), ..Filter::default() };
    let cause = Filter { cause: Some("access_expired".to_owned()), ..broken.clone() };
    let who = |who| Filter { who: Some(who), ..Filter::default() };
    vec![
        (Filter::default(), 60),
        (broken.clone(), 20),
        (cause.clone(), 20),
        (Filter { bank: Some("Alder".to_owned()), ..Filter::default() }, 30),
        (Filter { bank: Some("Alder".to_owned()), ..broken.clone() }, 10),
        (Filter { bank: Some("Birch".to_owned()), ..cause }, 10),
        (who(Identifier::Customer("cus_0".to_owned())), 9),
        (who(Identifier::Account("fca_007".to_owned())), 1),
        (who(Identifier::LastDigits("0003".to_owned())), 6),
        (Filter { who: Some(Identifier::LastDigits("0003".to_owned())), ..broken }, 2),
        (Filter { from: Some(1_790_000_010_000), until: Some(1_790_000_020_000), ..Filter::default() }, 20),
    ]
}

#[tokio::test]
async fn pages_of_every_filter_in_both_orders_leave_none_out_and_tell_none_twice() {
    for test in both().await {
        fill(&test.store).await;
        for (filter, expected) in filters() {
            for order in [Order::NewestFirst, Order::OldestFirst] {
                let (mut seen, mut after) = (Vec::new(), None);
                loop {
                    let page = test.store.table(&filter, order, after.as_ref(), 4).await.unwrap();
                    after = page.last().map(PageCursor::behind);
                    seen.extend(page.iter().map(PageCursor::behind).map(|p| (p.changed_at, p.id)));
                    if page.len() < 4 {
                        break;
                    }
                }
                if order == Order::NewestFirst {
                    seen.reverse();
                }
                assert!(seen.is_sorted(), "{filter:?}");
                seen.dedup();
                assert_eq!(seen.len(), expected, "{filter:?} {order:?}");
            }
        }
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
            let (statement, values) = question(&filter, Order::NewestFirst, None, 4);
            let statement = format!("EXPLAIN QUERY PLAN {statement}");
            let mut query = sqlx::query(AssertSqlSafe(statement));
            for value in values {
                query = match value {
                    Value::Text(text) => query.bind(text),
                    Value::Number(number) => query.bind(number),
                };
            }
            let rows = query.fetch_all(test.store.reader()).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.try_get("detail").unwrap()).collect();
            let plan = plan.join("; ");
            assert!(!plan.contains("SCAN accounts"), "{filter:?}: {plan}");
            // Few rows, or the first of each state, may be sorted.
            let is_sorted = filter.who.is_some() || filter.state.is_none();
            assert!(is_sorted || !plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
        }
    }
}

//! A bank moves to another interface, so that the connections of many customers end on one day.

use std::collections::BTreeMap;

use relink_server::{Options, RequestOptions};
use secrecy::SecretString;
use serde_json::json;

use super::Stand;

const HOUR: i64 = 60 * 60 * 1000;

#[tokio::test]
async fn when_a_bank_migrates_the_reminders_of_its_customers_are_spread_over_days() {
    let stand = Stand::start(|options| Options {
        requests: RequestOptions {
            public_url: Some("https://reconnect.example".to_owned()),
            smtp_url: Some(SecretString::from("smtp://127.0.0.1:9")),
            mail_from: Some("Acme <billing@acme.example>".to_owned()),
            remind: Some("expiring".to_owned()),
            ..RequestOptions::default()
        },
        ..options
    })
    .await;
    stand.control("/_sandbox/scenes", &json!({"scene": "migration", "customers": 48, "days": 20})).await;
    stand.deliver_events().await;
    let due = "SELECT CAST(due AS TEXT) FROM work WHERE kind = 'remind' ORDER BY due";
    let due: Vec<i64> = stand.app.database.texts(due).await.iter().map(|at| at.parse().unwrap()).collect();
    let asked = stand.app.database.texts("SELECT id FROM requests").await.len();
    assert!(due.len() + asked >= 26, "those that end within 30 days: {} and {asked}", due.len());
    assert!(asked <= 2, "of 26 emails over days, {asked} go at once");
    let first = *due.first().unwrap();
    let soon: Vec<i64> = due.into_iter().filter(|at| *at < first + 72 * HOUR).collect();
    assert!(soon.last().unwrap() - first > 24 * HOUR, "{soon:?}");
    let mut hours = BTreeMap::new();
    for at in &soon {
        *hours.entry((at - first) / (6 * HOUR)).or_insert(0) += 1;
    }
    assert!(hours.values().all(|emails| *emails <= soon.len() / 3), "{hours:?}");
}

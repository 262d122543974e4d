//! Known browsers and limits of codes across rotations.

use super::*;

const ADA: &str = "ada@shop.example";

fn code(browser: &str) -> CodeHash {
    CodeHash { browser: browser.to_owned(), hash: "hash".to_owned() }
}

/// Checks that all unknown browsers have used up their codes, and that the known one gets one.
async fn assert_limits(store: &Store, now: Timestamp, step: &str) {
    assert!(!store.set_code(ADA, &code(&format!("unknown {step}")), None, now).await.unwrap(), "{step}");
    assert!(
        store.set_code(ADA, &code(&format!("known {step}")), Some("known"), now).await.unwrap(),
        "{step}"
    );
}

/// Returns what is stored of operators in these tables.
async fn operators(store: &Store) -> Vec<(String, Option<String>)> {
    let mut all = Vec::new();
    for table in ["code_limits", "known_browsers"] {
        let question = format!("SELECT operator, address FROM {table}");
        for row in sqlx::query(AssertSqlSafe(question)).fetch_all(store.reader()).await.unwrap() {
            all.push((row.try_get("operator").unwrap(), row.try_get("address").unwrap()));
        }
    }
    all
}

#[tokio::test]
async fn known_browsers_and_limits_of_codes_outlast_rotations() {
    let now = crate::clock::now();
    let minutes = |minutes: i64| now + SignedDuration::from_mins(minutes);
    for test in both_encrypted(1).await {
        test.store.know_browser(ADA, "known", now).await.unwrap();
        for number in 0..6 {
            assert!(
                test.store.set_code(ADA, &code(&number.to_string()), None, minutes(number)).await.unwrap()
            );
        }
        for (step, keys) in [(7, [2, 1]), (8, [3, 2]), (9, [0, 3])] {
            let rotating = test.with_data_keys(data_keys(&keys)).await.unwrap();
            rotate(&rotating).await;
            sqlx::query("UPDATE sign_in_codes SET expires_at = 0").execute(&rotating.writer).await.unwrap();
            pass(&rotating, UNUSED_AFTER).await;
            rotate(&rotating).await;
            // A server with only the keys that are still needed.
            let needed = if keys[0] == 0 { data_keys(&keys) } else { data_keys(&keys[..1]) };
            let server = test.with_data_keys(needed).await.unwrap();
            assert_limits(&server, minutes(step), &step.to_string()).await;
            let stored = operators(&server).await;
            let is_clear =
                |(operator, address): &(String, Option<String>)| operator == ADA && address.is_none();
            let is_encrypted = |(operator, address): &(String, Option<String>)| {
                !operator.contains("ada") && address.as_ref().is_some_and(|address| !address.contains("ada"))
            };
            if keys[0] == 0 {
                assert!(stored.iter().all(is_clear), "{stored:?}");
            } else {
                assert!(stored.iter().all(is_encrypted), "{stored:?}");
            }
        }
    }
}

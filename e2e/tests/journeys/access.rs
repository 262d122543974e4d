//! Access control: customers reach only their own accounts, and can't find out which others exist.

use anyhow::Result;
use relink_e2e::{ALDER, ALDER_SAVINGS, BrowserSession, Environment, TERN};
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn someone_elses_account_and_a_missing_one_give_the_same_answer() -> Result<()> {
    let environment = Environment::start().await?;
    let mut answers = Vec::new();
    for account in ["fca_OtherChecking5150", "fca_NoHolderChecking7300", "fca_Missing"] {
        let (status, mut body) =
            environment.post("/api/sessions", &json!({ "account": account, "choice": "repair" })).await?;
        assert_eq!(status, StatusCode::NOT_FOUND, "{account}: {body}");
        // Different in every response.
        body["request_id"].take();
        assert!(!body.to_string().contains(account), "{body}");
        answers.push(body);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(environment.state().await?["session_posts"], 0);
    Ok(())
}

#[tokio::test]
async fn a_session_is_accepted_back_only_from_the_sign_in_that_began_it() -> Result<()> {
    let environment = Environment::start().await?;
    let (status, started) =
        environment.post("/api/sessions", &json!({ "account": ALDER, "choice": "repair" })).await?;
    assert_eq!(status, StatusCode::OK, "{started}");
    let mut answers = Vec::new();
    for stripe_session in [started["session"].as_str().unwrap_or_default(), "fcsess_Missing"] {
        let path = format!("/api/sessions/{stripe_session}/outcome");
        let (status, mut body) = environment.post(&path, &json!({ "reported": "finished" })).await?;
        assert_eq!(status, StatusCode::NOT_FOUND, "{stripe_session}: {body}");
        body["request_id"].take();
        answers.push(body);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(environment.logged_outcomes()?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn the_overview_lists_the_customers_own_accounts_and_no_other() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let rows = session.page.rows().await?;
    let listed: Vec<(&str, Option<&str>)> =
        rows.iter().map(|row| (row.id.as_str(), row.button.as_deref())).collect();
    let expected = [
        (ALDER, Some("Reconnect")),
        (ALDER_SAVINGS, Some("Reconnect")),
        ("fca_CopperfieldSavings4421", None),
        (TERN, Some("Add a different bank")),
    ];
    assert_eq!(listed, expected);
    let screen = session.page.screen().await?;
    assert!(!screen.heading_has_focus, "a page takes no focus before the customer does anything");
    for words in
        ["Sign in to your bank again", "Connected", "Can't be reconnected", "Alder Bank ••6789", "Savings"]
    {
        assert!(screen.text.contains(words), "{words} is not in {screen:?}");
    }
    assert_eq!(session.environment.state().await?["sessions"], Value::Array(Vec::new()));
    session.finish().await
}

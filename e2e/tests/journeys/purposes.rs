//! Each kind of relink that a merchant can configure, and the sessions that it creates at Stripe.

use anyhow::{Context, Result, ensure};
use relink_e2e::{ALDER, BrowserSession, InputMethod, Settings};
use serde_json::{Value, json};

const DATA: Settings = &[
    ("RELINK_PURPOSE", "data"),
    ("RELINK_PERMISSIONS", "balances,transactions"),
    ("RELINK_DEMO_CUSTOMER", "cus_SandboxData"),
];
const CHECKING: &str = "fca_FoundryChecking3001";
const BANK: &str = "Foundry National Bank";

async fn only_session(session: &BrowserSession) -> Result<Value> {
    let mut sessions = session.environment.sessions().await?;
    ensure!(sessions.len() == 1, "{sessions:?}");
    sessions.pop().context("no session")
}

/// Returns the accounts on the screen, with their state and button.
async fn rows(session: &BrowserSession) -> Result<Vec<(String, String, Option<String>)>> {
    let states = ["Connected", "New", "Still needs attention"];
    let state = |text: &str| {
        let text = text.trim_end_matches("Reconnect").trim_end();
        states.into_iter().find(|state| text.ends_with(*state)).unwrap_or("?").to_owned()
    };
    let rows = session.page.rows().await?.into_iter();
    Ok(rows.map(|row| (row.id, state(&row.text), row.button)).collect())
}

#[tokio::test]
async fn a_repaired_account_brings_back_what_broke_with_it_and_both_are_named() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let screen = session.go_to_explanation_for(ALDER, "Alder Bank").await?;
    ensure!(screen.text.contains("This may also reconnect:Alder Bank ••1204"), "{screen:?}");
    session.page.press("Continue to Alder Bank").await?;
    session.share_accounts("Alder Bank", &["6789"]).await?;
    session.assert_success().await?;
    let connected = |id: &str| (id.to_owned(), "Connected".to_owned(), None);
    ensure!(
        rows(&session).await? == [connected(ALDER), connected("fca_AlderSavings1204")],
        "{:?}",
        rows(&session).await
    );
    session.finish().await
}

#[tokio::test]
async fn payouts_ask_for_the_very_account_and_speak_of_payouts() -> Result<()> {
    let session = BrowserSession::begin_with(&[("RELINK_PURPOSE", "payouts")]).await?;
    let screen = session.page.screen().await?;
    ensure!(screen.text.contains("Payouts to an account that isn't connected may fail"), "{screen:?}");
    session.relink(ALDER, "Alder Bank", &["6789"]).await?;
    let screen = session.page.assert_arrival("relinked", "Alder Bank ••6789 is connected", "Done").await?;
    ensure!(screen.text.contains("Payouts to this account work again."), "{screen:?}");
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.finish().await
}

#[tokio::test]
async fn a_payouts_new_account_is_only_told_of() -> Result<()> {
    let settings: Settings = &[("RELINK_PURPOSE", "payouts"), ("RELINK_ANY_ACCOUNT", "true")];
    let session = BrowserSession::begin_with(settings).await?;
    session.relink(ALDER, "Alder Bank", &["2231"]).await?;
    let screen =
        session.page.assert_arrival("new_account", "You connected a different account", "Done").await?;
    ensure!(screen.text.contains("Payouts still go to Alder Bank ••6789."), "{screen:?}");
    ensure!(screen.buttons == ["Done"], "{screen:?}");
    session.finish().await
}

#[tokio::test]
async fn data_asks_for_the_login_alone_and_says_what_else_is_shared_from_now_on() -> Result<()> {
    let session = BrowserSession::begin_with(DATA).await?;
    let screen = session.page.screen().await?;
    ensure!(
        screen.text.contains("Northwind can't get new information from an account that isn't connected"),
        "{screen:?}"
    );
    let screen = session.go_to_explanation_for(CHECKING, BANK).await?;
    for text in [
        "Northwind will see, as before:Your balanceYour transactions",
        "Northwind will no longer see:The account owner's name and address",
        "This may also reconnect:Foundry National Bank ••3002Foundry National Bank ••3003Foundry National Bank ••3004",
    ] {
        ensure!(screen.text.contains(text), "{text} is not in {screen:?}");
    }
    session.page.press("Continue to Foundry National Bank").await?;
    session.share_accounts(BANK, &["3001", "3002", "3003", "3004"]).await?;
    session.page.assert_arrival("relinked", "Foundry National Bank ••3001 is connected", "Done").await?;
    ensure!(rows(&session).await?.iter().all(|(_, state, _)| state == "Connected"));
    let stripe_session = only_session(&session).await?;
    let asked_for = &stripe_session["relink_options"];
    ensure!(
        asked_for["authorization"] == "fcauth_FoundryNoor" && asked_for["account"].is_null(),
        "{stripe_session}"
    );
    ensure!(stripe_session["limits"]["accounts"].is_null(), "{stripe_session}");
    ensure!(
        stripe_session["filters"]["account_subcategories"].as_array().is_none_or(Vec::is_empty),
        "{stripe_session}"
    );
    let account = session.environment.account(CHECKING).await?;
    ensure!(account["permissions"] == json!(["balances", "transactions"]), "{account}");
    session.finish().await
}

pub(crate) async fn accounts_that_were_left_out_still_need_the_customer_and_can_be_repaired_next(
    method: InputMethod,
) -> Result<()> {
    let session = BrowserSession::begin_by(method, DATA).await?;
    session.relink(CHECKING, BANK, &["3001", "3005"]).await?;
    session.page.assert_arrival("relinked", "Foundry National Bank ••3001 is connected", "Done").await?;
    let results = rows(&session).await?;
    let results: Vec<(&str, Option<&str>)> =
        results.iter().map(|(_, state, button)| (state.as_str(), button.as_deref())).collect();
    let broken = ("Still needs attention", Some("Reconnect"));
    ensure!(results == [("Connected", None), ("New", None), broken, broken, broken], "{results:?}");
    session.relink("fca_FoundrySavings3002", BANK, &["3002"]).await?;
    session.page.assert_arrival("relinked", "Foundry National Bank ••3002 is connected", "Done").await?;
    session.finish().await
}

pub(crate) async fn a_new_login_is_told_account_by_account(method: InputMethod) -> Result<()> {
    let session = BrowserSession::begin_by(method, DATA).await?;
    session.environment.set_sandbox(&json!({ "new_authorization": true })).await?;
    session.relink(CHECKING, BANK, &["3001", "3002", "3005"]).await?;
    let heading = "Your Foundry National Bank accounts are connected again";
    session.page.assert_arrival("new_authorization", heading, "Done").await?;
    let results = rows(&session).await?;
    let mut states: Vec<&str> = results.iter().map(|(_, state, _)| state.as_str()).collect();
    states.sort_unstable();
    ensure!(
        states == ["Connected", "Connected", "New", "Still needs attention", "Still needs attention"],
        "{results:?}"
    );
    session.environment.set_sandbox(&json!({ "new_authorization": false })).await?;
    session.relink("fca_FoundryCreditCard3003", BANK, &["3003"]).await?;
    session.page.assert_arrival("relinked", "Foundry National Bank ••3003 is connected", "Done").await?;
    session.finish().await
}

#[tokio::test]
async fn accounts_under_new_identifiers_are_recognized_where_only_data_is_read() -> Result<()> {
    let session = BrowserSession::begin_with(DATA).await?;
    session.environment.set_sandbox(&json!({ "changed_ids": true })).await?;
    session.relink(CHECKING, BANK, &["3001", "3002", "3003", "3004"]).await?;
    session.page.wait_for_screen("relinked").await?;
    ensure!(
        rows(&session).await?.iter().all(|(_, state, _)| state == "Connected"),
        "{:?}",
        rows(&session).await
    );
    session.finish().await
}

#[tokio::test]
async fn an_account_under_a_new_identifier_is_confirmed_before_it_is_paid_from() -> Result<()> {
    let session = BrowserSession::begin_with(&[("RELINK_ANY_ACCOUNT", "true")]).await?;
    session.environment.set_sandbox(&json!({ "changed_ids": true })).await?;
    session.relink(ALDER, "Alder Bank", &["6789"]).await?;
    let screen = session
        .page
        .assert_arrival("new_account", "Alder Bank ••6789 is connected", "Pay from ••6789")
        .await?;
    ensure!(screen.text.contains("To keep paying from this account, confirm below."), "{screen:?}");
    session.page.press("Pay from ••6789").await?;
    session.page.assert_arrival("paid", "You can pay from Alder Bank ••6789 now", "Done").await?;
    session.finish().await
}

#[tokio::test]
async fn what_stripe_says_in_other_words_is_understood() -> Result<()> {
    for switches in [
        json!({ "session_page_size": 1 }),
        json!({ "relink_result": "null", "pending_reads": 2 }),
        json!({ "completed_status": "completed" }),
    ] {
        let session = BrowserSession::begin_with(DATA).await?;
        session.environment.set_sandbox(&switches).await?;
        session.relink(CHECKING, BANK, &["3001", "3002", "3003", "3004"]).await?;
        session.page.assert_arrival("relinked", "Foundry National Bank ••3001 is connected", "Done").await?;
        ensure!(rows(&session).await?.len() == 4, "{switches}");
        session.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_reason_beside_an_authorization_is_not_a_success() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.environment.set_sandbox(&json!({ "both_set": true })).await?;
    session.share_wrong_account_and_see_it().await?;
    session.assert_alder_status("inactive").await?;
    session.assert_outcomes(&["no_account"])?;
    session.finish().await
}

#[tokio::test]
async fn a_payment_asks_for_what_the_merchant_names_and_what_payments_need() -> Result<()> {
    let session = BrowserSession::begin_with(&[("RELINK_PERMISSIONS", "ownership")]).await?;
    let screen = session.go_to_explanation_for(ALDER, "Alder Bank").await?;
    for text in [
        "Northwind is asking to see, for the first time:The account owner's name and address",
        "Northwind will see, as before:Account details for payments",
        "Northwind will no longer see:Your balance",
    ] {
        ensure!(screen.text.contains(text), "{text} is not in {screen:?}");
    }
    session.page.press("Continue to Alder Bank").await?;
    session.share_accounts("Alder Bank", &["6789"]).await?;
    session.assert_success().await?;
    let account = session.environment.account(ALDER).await?;
    ensure!(account["permissions"] == json!(["ownership", "payment_method"]), "{account}");
    session.finish().await
}

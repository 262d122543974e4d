//! Each kind of relink that a merchant can configure, and the sessions that it creates at Stripe.

use anyhow::{Context, Result, ensure};
use relink_e2e::{ALDER, Settings, Visit, Way};
use serde_json::{Value, json};

const DATA: Settings = &[
    ("RELINK_PURPOSE", "data"),
    ("RELINK_PERMISSIONS", "balances,transactions"),
    ("RELINK_DEMO_CUSTOMER", "cus_SandboxData"),
];
const CHECKING: &str = "fca_FoundryChecking3001";
const BANK: &str = "Foundry National Bank";

async fn only_session(visit: &Visit) -> Result<Value> {
    let mut sessions = visit.stand.sessions().await?;
    ensure!(sessions.len() == 1, "{sessions:?}");
    sessions.pop().context("no session")
}

/// Returns the accounts on the screen, with their state and button.
async fn rows(visit: &Visit) -> Result<Vec<(String, String, Option<String>)>> {
    let states = ["Connected", "New", "Still needs you"];
    let state = |text: &str| {
        let text = text.trim_end_matches("Reconnect").trim_end();
        states.into_iter().find(|state| text.ends_with(*state)).unwrap_or("?").to_owned()
    };
    let rows = visit.page.rows().await?.into_iter();
    Ok(rows.map(|row| (row.id, state(&row.text), row.button)).collect())
}

#[tokio::test]
async fn a_repaired_account_brings_back_what_broke_with_it_and_both_are_named() -> Result<()> {
    let visit = Visit::begin().await?;
    let screen = visit.explain_account(ALDER, "Alder Bank").await?;
    ensure!(screen.text.contains("This can also repair:Alder Bank ••1204"), "{screen:?}");
    visit.page.press("Continue to Alder Bank").await?;
    visit.share("Alder Bank", &["6789"]).await?;
    visit.sees_success().await?;
    let connected = |id: &str| (id.to_owned(), "Connected".to_owned(), None);
    ensure!(
        rows(&visit).await? == [connected(ALDER), connected("fca_AlderSavings1204")],
        "{:?}",
        rows(&visit).await
    );
    visit.end().await
}

#[tokio::test]
async fn payouts_ask_for_the_very_account_and_speak_of_payouts() -> Result<()> {
    let visit = Visit::begin_with(&[("RELINK_PURPOSE", "payouts")]).await?;
    let screen = visit.page.screen().await?;
    ensure!(screen.text.contains("Payouts to an account that isn't connected may fail"), "{screen:?}");
    visit.relink(ALDER, "Alder Bank", &["6789"]).await?;
    let screen = visit.page.arrives("relinked", "Alder Bank ••6789 is connected", "Done").await?;
    ensure!(screen.text.contains("Payouts to this account work again."), "{screen:?}");
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.end().await
}

#[tokio::test]
async fn a_payouts_new_account_is_only_told_of() -> Result<()> {
    let settings: Settings = &[("RELINK_PURPOSE", "payouts"), ("RELINK_ANY_ACCOUNT", "true")];
    let visit = Visit::begin_with(settings).await?;
    visit.relink(ALDER, "Alder Bank", &["2231"]).await?;
    let screen = visit.page.arrives("new_account", "You connected a different account", "Done").await?;
    ensure!(screen.text.contains("Payouts still go to Alder Bank ••6789."), "{screen:?}");
    ensure!(screen.buttons == ["Done"], "{screen:?}");
    visit.end().await
}

#[tokio::test]
async fn data_asks_for_the_login_alone_and_says_what_else_is_shared_from_now_on() -> Result<()> {
    let visit = Visit::begin_with(DATA).await?;
    let screen = visit.page.screen().await?;
    ensure!(screen.text.contains("Northwind can't update an account that isn't connected"), "{screen:?}");
    let screen = visit.explain_account(CHECKING, BANK).await?;
    for text in [
        "Northwind will see, as before:Your balanceYour transactions",
        "Northwind will no longer see:The name and address of the owner",
        "This can also repair:Foundry National Bank ••3002Foundry National Bank ••3003Foundry National Bank ••3004",
    ] {
        ensure!(screen.text.contains(text), "{text} is not in {screen:?}");
    }
    visit.page.press("Continue to Foundry National Bank").await?;
    visit.share(BANK, &["3001", "3002", "3003", "3004"]).await?;
    visit.page.arrives("relinked", "Foundry National Bank ••3001 is connected", "Done").await?;
    ensure!(rows(&visit).await?.iter().all(|(_, state, _)| state == "Connected"));
    let session = only_session(&visit).await?;
    let asked_for = &session["relink_options"];
    ensure!(
        asked_for["authorization"] == "fcauth_FoundryNoor" && asked_for["account"].is_null(),
        "{session}"
    );
    ensure!(session["limits"]["accounts"].is_null(), "{session}");
    ensure!(session["filters"]["account_subcategories"].as_array().is_none_or(Vec::is_empty), "{session}");
    let account = visit.stand.account(CHECKING).await?;
    ensure!(account["permissions"] == json!(["balances", "transactions"]), "{account}");
    visit.end().await
}

pub(crate) async fn accounts_that_were_left_out_still_need_the_customer_and_can_be_repaired_next(
    way: Way,
) -> Result<()> {
    let visit = Visit::begin_by(way, DATA).await?;
    visit.relink(CHECKING, BANK, &["3001", "3005"]).await?;
    visit.page.arrives("relinked", "Foundry National Bank ••3001 is connected", "Done").await?;
    let told = rows(&visit).await?;
    let told: Vec<(&str, Option<&str>)> =
        told.iter().map(|(_, state, button)| (state.as_str(), button.as_deref())).collect();
    let broken = ("Still needs you", Some("Reconnect"));
    ensure!(told == [("Connected", None), ("New", None), broken, broken, broken], "{told:?}");
    visit.relink("fca_FoundrySavings3002", BANK, &["3002"]).await?;
    visit.page.arrives("relinked", "Foundry National Bank ••3002 is connected", "Done").await?;
    visit.end().await
}

pub(crate) async fn a_new_login_is_told_account_by_account(way: Way) -> Result<()> {
    let visit = Visit::begin_by(way, DATA).await?;
    visit.stand.set(&json!({ "new_authorization": true })).await?;
    visit.relink(CHECKING, BANK, &["3001", "3002", "3005"]).await?;
    let heading = "Your Foundry National Bank accounts are connected again";
    visit.page.arrives("new_authorization", heading, "Done").await?;
    let told = rows(&visit).await?;
    let mut states: Vec<&str> = told.iter().map(|(_, state, _)| state.as_str()).collect();
    states.sort_unstable();
    ensure!(states == ["Connected", "Connected", "New", "Still needs you", "Still needs you"], "{told:?}");
    visit.stand.set(&json!({ "new_authorization": false })).await?;
    visit.relink("fca_FoundryCreditCard3003", BANK, &["3003"]).await?;
    visit.page.arrives("relinked", "Foundry National Bank ••3003 is connected", "Done").await?;
    visit.end().await
}

#[tokio::test]
async fn accounts_under_new_identifiers_are_recognized_where_only_data_is_read() -> Result<()> {
    let visit = Visit::begin_with(DATA).await?;
    visit.stand.set(&json!({ "changed_ids": true })).await?;
    visit.relink(CHECKING, BANK, &["3001", "3002", "3003", "3004"]).await?;
    visit.page.waits_for("relinked").await?;
    ensure!(rows(&visit).await?.iter().all(|(_, state, _)| state == "Connected"), "{:?}", rows(&visit).await);
    visit.end().await
}

#[tokio::test]
async fn an_account_under_a_new_identifier_is_confirmed_before_it_is_paid_from() -> Result<()> {
    let visit = Visit::begin_with(&[("RELINK_ANY_ACCOUNT", "true")]).await?;
    visit.stand.set(&json!({ "changed_ids": true })).await?;
    visit.relink(ALDER, "Alder Bank", &["6789"]).await?;
    let screen =
        visit.page.arrives("new_account", "Alder Bank ••6789 is connected", "Pay from ••6789").await?;
    ensure!(screen.text.contains("To keep paying from it, confirm it here."), "{screen:?}");
    visit.page.press("Pay from ••6789").await?;
    visit.page.arrives("paid", "You can pay from Alder Bank ••6789 now", "Done").await?;
    visit.end().await
}

#[tokio::test]
async fn what_stripe_says_in_other_words_is_understood() -> Result<()> {
    for switches in [
        json!({ "session_page_size": 1 }),
        json!({ "relink_result": "null", "pending_reads": 2 }),
        json!({ "completed_status": "completed" }),
    ] {
        let visit = Visit::begin_with(DATA).await?;
        visit.stand.set(&switches).await?;
        visit.relink(CHECKING, BANK, &["3001", "3002", "3003", "3004"]).await?;
        visit.page.arrives("relinked", "Foundry National Bank ••3001 is connected", "Done").await?;
        ensure!(rows(&visit).await?.len() == 4, "{switches}");
        visit.end().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_reason_beside_an_authorization_is_not_a_success() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.stand.set(&json!({ "both_set": true })).await?;
    visit.shares_another_account().await?;
    visit.account_is("inactive").await?;
    visit.server_gave(&["no_account"])?;
    visit.end().await
}

#[tokio::test]
async fn a_payment_asks_for_what_the_merchant_names_and_what_payments_need() -> Result<()> {
    let visit = Visit::begin_with(&[("RELINK_PERMISSIONS", "ownership")]).await?;
    let screen = visit.explain_account(ALDER, "Alder Bank").await?;
    for text in [
        "Northwind asks to see, for the first time:The name and address of the owner",
        "Northwind will see, as before:Account details for payments",
        "Northwind will no longer see:Your balance",
    ] {
        ensure!(screen.text.contains(text), "{text} is not in {screen:?}");
    }
    visit.page.press("Continue to Alder Bank").await?;
    visit.share("Alder Bank", &["6789"]).await?;
    visit.sees_success().await?;
    let account = visit.stand.account(ALDER).await?;
    ensure!(account["permissions"] == json!(["ownership", "payment_method"]), "{account}");
    visit.end().await
}

//! Payment from an account that replaces another: agreed to once and set up once, whatever happens in between.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, BrowserSession, Rule, Settings, TERN};
use serde_json::{Value, json};
use thirtyfour::Key;

const ANY_ACCOUNT: Settings = &[("RELINK_ANY_ACCOUNT", "true")];
const PAY: &str = "Pay from ••2231";

/// Goes to the screen that offers to pay from another account.
async fn begin_at_offer() -> Result<BrowserSession> {
    let session = BrowserSession::begin_with(ANY_ACCOUNT).await?;
    session.relink(ALDER, "Alder Bank", &["2231"]).await?;
    session.page.assert_arrival("new_account", "Pay from ••2231 instead?", PAY).await?;
    Ok(session)
}

async fn sees_paid(session: &BrowserSession, account: &str) -> Result<()> {
    let screen =
        session.page.assert_arrival("paid", &format!("You can pay from {account} now"), "Done").await?;
    ensure!(screen.text.contains("Northwind can use it for your payments from now on."), "{screen:?}");
    Ok(())
}

/// Returns the numbers of the customer's payment methods, of succeeded setup intents and of active mandates.
async fn count_payment_objects(session: &BrowserSession) -> Result<[usize; 3]> {
    let state = session.environment.state().await?;
    let count = |what: &str, is_so: fn(&&Value) -> bool| {
        state[what].as_array().map_or(0, |all| all.iter().filter(is_so).count())
    };
    Ok([
        count("payment_methods", |method| method["customer"] == "cus_SandboxJenny"),
        count("setup_intents", |intent| intent["status"] == "succeeded"),
        count("mandates", |mandate| mandate["status"] == "active"),
    ])
}

#[tokio::test]
async fn what_the_customer_agreed_to_is_kept_with_when_and_where() -> Result<()> {
    let session = begin_at_offer().await?;
    session.page.press(PAY).await?;
    sees_paid(&session, "Alder Bank ••2231").await?;
    let state = session.environment.state().await?;
    let [method, intent, mandate] =
        ["payment_methods", "setup_intents", "mandates"].map(|what| &state[what][0]);
    ensure!(mandate["payment_method"] == method["id"] && intent["mandate"] == mandate["id"], "{mandate}");
    ensure!(method["billing_details"]["name"] == "Jenny Rosen", "{method}");
    ensure!(intent["usage"] == "off_session", "{intent}");
    let acceptance = &mandate["customer_acceptance"];
    ensure!(acceptance["type"] == "online", "{acceptance}");
    ensure!(acceptance["accepted_at"].as_i64().is_some_and(|at| at > 1_700_000_000), "{acceptance}");
    ensure!(acceptance["online"]["ip_address"] == "127.0.0.1", "{acceptance}");
    let agent = session.page.run("return navigator.userAgent;").await?;
    ensure!(acceptance["online"]["user_agent"] == agent, "{acceptance}");
    session.finish().await
}

#[tokio::test]
async fn a_held_enter_key_pays_once() -> Result<()> {
    let session = begin_at_offer().await?;
    session.page.button(PAY).await?.focus().await?;
    let mut keys = session.browser()?.driver()?.action_chain();
    for _ in 0..8 {
        keys = keys.send_keys(Key::Enter);
    }
    keys.perform().await?;
    sees_paid(&session, "Alder Bank ••2231").await?;
    ensure!(
        count_payment_objects(&session).await? == [1; 3]
            && session.environment.calls("POST /v1/setup_intents").await? == 1
    );
    session.finish().await
}

#[tokio::test]
async fn a_server_that_does_not_answer_while_it_pays_is_asked_again_and_pays_once() -> Result<()> {
    let session = begin_at_offer().await?;
    session.environment.pause_server()?;
    session.page.press(PAY).await?;
    session.page.assert_arrival_without_primary("paying", "Setting up payments").await?;
    let screen =
        session.page.assert_arrival("unreachable", "Northwind isn't responding", "Try again").await?;
    ensure!(screen.text.contains("It's safe to try again: it will be set up only once."), "{screen:?}");
    ensure!(!screen.text.contains("Nothing was changed"), "{screen:?}");
    // It completes the pending request now, although the page no longer waits for it.
    session.environment.resume_server()?;
    session.page.press("Try again").await?;
    sees_paid(&session, "Alder Bank ••2231").await?;
    ensure!(count_payment_objects(&session).await? == [1; 3], "{:?}", count_payment_objects(&session).await?);
    session.finish().await
}

#[tokio::test]
async fn offline_while_paying_goes_on_by_itself_when_the_network_is_back() -> Result<()> {
    let session = begin_at_offer().await?;
    session.set_online(false).await?;
    session.page.press(PAY).await?;
    session.page.assert_arrival("offline", "You're offline", "Try again").await?;
    session.set_online(true).await?;
    sees_paid(&session, "Alder Bank ••2231").await?;
    ensure!(count_payment_objects(&session).await? == [1; 3]);
    session.finish().await
}

#[tokio::test]
async fn after_a_refusal_the_same_account_can_be_tried_again() -> Result<()> {
    let session = begin_at_offer().await?;
    session.environment.set_sandbox(&json!({ "decline_setup_intents": true })).await?;
    session.page.press(PAY).await?;
    let heading = "This account can't be used for payments";
    session.page.assert_arrival("payment_refused", heading, "See your accounts").await?;
    ensure!(count_payment_objects(&session).await? == [0; 3]);
    session.environment.set_sandbox(&json!({ "decline_setup_intents": false })).await?;
    session.page.press("See your accounts").await?;
    session.page.assert_arrival("new_account", "Pay from ••2231 instead?", PAY).await?;
    session.page.press(PAY).await?;
    sees_paid(&session, "Alder Bank ••2231").await?;
    ensure!(count_payment_objects(&session).await? == [1; 3]);
    session.finish().await
}

#[tokio::test]
async fn a_new_login_with_the_same_account_is_confirmed_before_it_is_paid_from() -> Result<()> {
    let session = BrowserSession::begin_with(ANY_ACCOUNT).await?;
    session.environment.set_sandbox(&json!({ "new_authorization": true })).await?;
    session.relink(ALDER, "Alder Bank", &["6789"]).await?;
    let next = "Pay from ••6789";
    let screen = session.page.assert_arrival("new_account", "Alder Bank ••6789 is connected", next).await?;
    ensure!(screen.text.contains("Alder Bank treats this as a new connection."), "{screen:?}");
    ensure!(screen.buttons == [next, "Not now"], "{screen:?}");
    session.page.press(next).await?;
    sees_paid(&session, "Alder Bank ••6789").await?;
    ensure!(count_payment_objects(&session).await? == [1; 3]);
    session.finish().await
}

#[tokio::test]
async fn while_stripe_is_still_pending_the_offer_waits_and_then_comes() -> Result<()> {
    let session = BrowserSession::begin_with(ANY_ACCOUNT).await?;
    // More reads than the server makes for one request, and fewer than for two.
    session.environment.pending_reads(7).await?;
    session.environment.proxy.set_rule("/outcome", Rule::Hold);
    session.relink(ALDER, "Alder Bank", &["2231"]).await?;
    session.page.assert_arrival_without_primary("checking", "Checking with your bank").await?;
    session.environment.proxy.set_rule("/outcome", Rule::Forward);
    session.page.assert_arrival("new_account", "Pay from ••2231 instead?", PAY).await?;
    session.page.press(PAY).await?;
    sees_paid(&session, "Alder Bank ••2231").await?;
    session.finish().await
}

#[tokio::test]
async fn where_a_bank_has_nothing_to_share_another_bank_takes_its_place() -> Result<()> {
    let session = BrowserSession::prepare_with(ANY_ACCOUNT, Value::Null).await?;
    session
        .environment
        .change_account(TERN, &json!({ "status": "inactive", "action": "relink_required" }))
        .await?;
    // A failure reason beside an authorization, which Stripe's documentation excludes.
    session.environment.set_sandbox(&json!({ "both_set": true })).await?;
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    let bank = session.go_to_bank_for(TERN, "Tern Bank").await?;
    bank.sign_in_without_accounts("Tern Bank").await?;
    let screen = session.page.assert_arrival("no_account", "That account wasn't shared", "Try again").await?;
    ensure!(screen.text.contains("didn't share an account that Northwind can use"), "{screen:?}");
    ensure!(screen.buttons == ["Try again", "Add a different bank", "Not now"], "{screen:?}");
    session.page.press("Add a different bank").await?;
    session.page.assert_arrival("explaining", "Add a different bank", "Choose your bank").await?;
    session.page.press("Choose your bank").await?;
    session.share_accounts("Harbor Federal Bank", &["3310"]).await?;
    let heading = "Harbor Federal Bank ••3310 is connected";
    session.page.assert_arrival("new_account", heading, "Pay from ••3310").await?;
    session.page.press("Pay from ••3310").await?;
    sees_paid(&session, "Harbor Federal Bank ••3310").await?;
    session.finish().await
}

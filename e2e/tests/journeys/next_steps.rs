//! Next steps of a customer whose account could not simply be repaired, each to its end.

use anyhow::{Context, Result, ensure};
use relink_e2e::{ALDER, BrowserSession, InputMethod, Restart, Settings};
use serde_json::{Value, json};

const ANY_ACCOUNT: Settings = &[("RELINK_ANY_ACCOUNT", "true")];
/// Last digits of the account that is added.
const NEW: &str = "2231";

/// Goes to the screen that offers to pay from an account that was added.
async fn begin_at_offer(method: InputMethod) -> Result<BrowserSession> {
    let session = BrowserSession::begin_by(method, ANY_ACCOUNT).await?;
    session.relink(ALDER, "Alder Bank", &["2231"]).await?;
    assert_offer(&session).await?;
    Ok(session)
}

async fn assert_offer(session: &BrowserSession) -> Result<()> {
    let heading = "Pay from ••2231 instead?";
    let screen = session.page.assert_arrival("new_account", heading, "Pay from ••2231").await?;
    let mandate =
        screen.text.find("By choosing “Pay from ••2231”, you authorize Northwind to electronically debit");
    let button = screen.text.rfind("Pay from").context("no button")?;
    ensure!(mandate.is_some_and(|mandate| mandate < button), "what is agreed to comes first: {screen:?}");
    ensure!(screen.text.contains("Payments still come from Alder Bank ••6789."), "{screen:?}");
    ensure!(screen.buttons == ["Pay from ••2231", "Keep ••6789"], "{screen:?}");
    Ok(())
}

/// Checks that there is one payment method: of the new account, for the customer, with a mandate.
async fn assert_one_payment_method(session: &BrowserSession, last4: &str) -> Result<()> {
    let (methods, intents) = (
        session.environment.stripe_objects("payment_methods").await?,
        session.environment.stripe_objects("setup_intents").await?,
    );
    ensure!(methods.len() == 1 && intents.len() == 1, "{methods:?} {intents:?}");
    ensure!(methods[0]["us_bank_account"]["last4"] == last4, "{methods:?}");
    ensure!(methods[0]["customer"] == "cus_SandboxJenny", "{methods:?}");
    ensure!(
        intents[0]["status"] == "succeeded" && intents[0]["payment_method"] == methods[0]["id"],
        "{intents:?}"
    );
    ensure!(session.environment.stripe_objects("mandates").await?.len() == 1);
    Ok(())
}

async fn sees_that_it_can_be_paid_from(session: &BrowserSession, account: &str) -> Result<()> {
    session.page.assert_arrival("paid", &format!("You can pay from {account} now"), "Done").await?;
    session.page.press("Done").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await.map(drop)
}

pub(crate) async fn a_new_account_is_paid_from_once_the_customer_agrees(method: InputMethod) -> Result<()> {
    let session = begin_at_offer(method).await?;
    session.page.press("Pay from ••2231").await?;
    sees_that_it_can_be_paid_from(&session, "Alder Bank ••2231").await?;
    assert_one_payment_method(&session, NEW).await?;
    session.assert_alder_status("inactive").await?;
    session.assert_outcomes(&["new_account"])?;
    session.finish().await
}

pub(crate) async fn a_customer_who_keeps_the_old_account_is_not_asked_again(
    method: InputMethod,
) -> Result<()> {
    let session = begin_at_offer(method).await?;
    session.page.press("Keep ••6789").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.page.reload().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    ensure!(session.environment.stripe_objects("payment_methods").await?.is_empty());
    session.finish().await
}

#[tokio::test]
async fn a_reload_before_the_decision_asks_once_more_and_the_answer_counts_once() -> Result<()> {
    let session = begin_at_offer(InputMethod::Mouse).await?;
    session.page.reload().await?;
    session.page.wait_for_screen("new_account").await?;
    session.page.press("Pay from ••2231").await?;
    sees_that_it_can_be_paid_from(&session, "Alder Bank ••2231").await?;
    assert_one_payment_method(&session, NEW).await?;
    session.page.reload().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.finish().await
}

#[tokio::test]
async fn pressing_twice_makes_one_payment_method() -> Result<()> {
    let session = begin_at_offer(InputMethod::Mouse).await?;
    let twice = "const button = root.querySelector('.primary'); button.click(); button.click();";
    session.page.run(twice).await?;
    sees_that_it_can_be_paid_from(&session, "Alder Bank ••2231").await?;
    assert_one_payment_method(&session, NEW).await?;
    session.finish().await
}

pub(crate) async fn what_stripe_refuses_leaves_nothing_half_done(method: InputMethod) -> Result<()> {
    for switch in ["decline_setup_intents", "setup_intent_requires_action"] {
        let session = begin_at_offer(method).await?;
        session.environment.set_sandbox(&json!({ switch: true })).await?;
        session.page.press("Pay from ••2231").await?;
        let heading = "This account can't be used for payments";
        let screen = session.page.assert_arrival("payment_refused", heading, "See your accounts").await?;
        ensure!(screen.text.contains("Nothing was changed."), "{screen:?}");
        let intents = session.environment.stripe_objects("setup_intents").await?;
        ensure!(intents.iter().all(|intent| intent["status"] == "canceled"), "{intents:?}");
        let methods = session.environment.stripe_objects("payment_methods").await?;
        ensure!(methods.iter().all(|method| method["customer"].is_null()), "{methods:?}");
        session.page.press("See your accounts").await?;
        session.page.wait_for_screen("new_account").await?;
        session.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again_and_there_is_one_payment_method() -> Result<()> {
    let session = begin_at_offer(InputMethod::Mouse).await?;
    // Two attempts, as many as the server makes.
    session.environment.fail_next("POST /v1/setup_intents", 500, 2).await?;
    session.page.press("Pay from ••2231").await?;
    let heading = "Bank connections aren't working right now";
    let screen = session.page.assert_arrival("stripe_down", heading, "Try again").await?;
    ensure!(screen.text.contains("It's safe to try again"), "{screen:?}");
    session.page.press("Try again").await?;
    sees_that_it_can_be_paid_from(&session, "Alder Bank ••2231").await?;
    assert_one_payment_method(&session, NEW).await?;
    session.finish().await
}

pub(crate) async fn an_account_that_was_not_shared_gives_way_to_another_at_the_same_bank(
    method: InputMethod,
) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    session.share_wrong_account_and_see_it().await?;
    let screen = session.page.screen().await?;
    ensure!(screen.text.contains("the account ending in 6789 wasn't among the accounts"), "{screen:?}");
    session.assert_alder_status("inactive").await?;
    session.page.press("Choose another Alder Bank account").await?;
    session.share_accounts("Alder Bank", &["2231"]).await?;
    session.page.assert_arrival("new_account", "Alder Bank ••2231 is connected", "Pay from ••2231").await?;
    session.page.press("Pay from ••2231").await?;
    sees_that_it_can_be_paid_from(&session, "Alder Bank ••2231").await?;
    assert_one_payment_method(&session, NEW).await?;
    let sessions = session.environment.sessions().await?;
    ensure!(sessions[0]["relink_options"]["account"] == ALDER, "{sessions:?}");
    let asked_for = &sessions[1]["relink_options"];
    ensure!(
        asked_for["authorization"] == "fcauth_AlderJenny" && asked_for["account"].is_null(),
        "{sessions:?}"
    );
    ensure!(sessions[1]["limits"]["accounts"] == 1, "{sessions:?}");
    session.assert_outcomes(&["no_account", "new_account"])?;
    session.finish().await
}

#[tokio::test]
async fn the_right_account_can_be_shared_after_the_wrong_one() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.share_wrong_account_and_see_it().await?;
    session.page.press("Choose another Alder Bank account").await?;
    session.share_accounts("Alder Bank", &["6789"]).await?;
    session.assert_success().await?;
    session.assert_alder_status("active").await?;
    session.assert_outcomes(&["no_account", "relinked"])?;
    session.finish().await
}

#[tokio::test]
async fn an_account_that_was_not_shared_gives_way_to_another_bank() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.share_wrong_account_and_see_it().await?;
    adds_another_bank(&session).await?;
    session.finish().await
}

pub(crate) async fn in_the_place_of_an_account_that_no_relink_repairs_comes_one_at_another_bank(
    method: InputMethod,
) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    adds_another_bank(&session).await?;
    session.finish().await
}

/// Goes from a screen that offers another bank to a payment method of an account there.
async fn adds_another_bank(session: &BrowserSession) -> Result<()> {
    session.page.press("Add a different bank").await?;
    let screen =
        session.page.assert_arrival("explaining", "Add a different bank", "Choose your bank").await?;
    ensure!(screen.text.contains("Account details for payments"), "{screen:?}");
    ensure!(!screen.text.contains("Alder") && !screen.text.contains("Tern"), "{screen:?}");
    session.page.press("Choose your bank").await?;
    session.share_accounts("Copperfield Credit Union", &["4421"]).await?;
    let heading = "Copperfield Credit Union ••4421 is connected";
    session.page.assert_arrival("new_account", heading, "Pay from ••4421").await?;
    let stripe_session = session.environment.sessions().await?.pop().context("no session")?;
    ensure!(stripe_session["relink_options"].is_null(), "{stripe_session}");
    ensure!(stripe_session["account_holder"]["customer"] == "cus_SandboxJenny", "{stripe_session}");
    ensure!(stripe_session["limits"]["accounts"] == 1, "{stripe_session}");
    session.page.press("Pay from ••4421").await?;
    sees_that_it_can_be_paid_from(session, "Copperfield Credit Union ••4421").await?;
    assert_one_payment_method(session, "4421").await
}

#[tokio::test]
async fn each_new_try_is_a_session_of_its_own_and_the_last_one_works() -> Result<()> {
    let session =
        BrowserSession::begin_with(&[("RELINK_HELP_URL", "https://help.northwind.example/")]).await?;
    let bank = session.go_to_bank().await?;
    bank.go_to_sign_in().await?;
    bank.press("Leave the sign-in unfinished").await?;
    bank.close_with("Close").await?;
    session.assert_failure("no_authorization", "The sign-in wasn't finished", "Try again").await?;
    session.page.press("Try again").await?;
    let bank = session.bank().await?;
    bank.go_to_sign_in().await?;
    bank.press("Let the bank fail").await?;
    bank.close_with("Close").await?;
    session.assert_failure("failed", "Alder Bank couldn't complete this", "Try again").await?;
    let help = session.page.run("return root.querySelector('.card a').href").await?;
    ensure!(help == "https://help.northwind.example/", "{help}");
    session.page.press("Try again").await?;
    session.bank().await?.close().await?;
    session.assert_failure("cancelled", "You closed the bank window", "Start again").await?;
    session.page.press("Start again").await?;
    session.share_accounts("Alder Bank", &["6789"]).await?;
    session.assert_success().await?;
    let reasons = ["no_authorization", "other"].map(Value::from);
    let [unfinished, other] = reasons;
    session
        .assert_sessions_for_alder(&[
            ("failed", unfinished),
            ("failed", other),
            ("cancelled", Value::Null),
            ("succeeded", Value::Null),
        ])
        .await?;
    session.assert_outcomes(&["no_authorization", "failed", "cancelled", "relinked"])?;
    session.finish().await
}

#[tokio::test]
async fn a_server_that_was_restarted_meanwhile_still_takes_the_customers_yes() -> Result<()> {
    let mut session = begin_at_offer(InputMethod::Mouse).await?;
    session.environment.stop_server();
    session.environment.start_server(Restart::SameSettings).await?;
    session.page.press("Pay from ••2231").await?;
    session.page.assert_arrival("paid", "You can pay from Alder Bank ••2231 now", "Done").await?;
    ensure!(session.environment.stripe_objects("payment_methods").await?.len() == 1);
    session.finish().await
}

#[tokio::test]
async fn a_bank_that_opens_a_window_of_its_own_works_like_any_other() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.page.press("Add a different bank").await?;
    session.page.wait_for_screen("explaining").await?;
    session.page.press("Choose your bank").await?;
    let bank = session.bank().await?;
    bank.share_in_pop_up("Bank (OAuth)", "6210").await?;
    bank.close_with("Done").await?;
    session.page.assert_arrival("new_account", "Bank (OAuth) ••6210 is connected", "Pay from ••6210").await?;
    session.finish().await
}

//! Next steps of a customer whose account could not simply be repaired, each to its end.

use anyhow::{Context, Result, ensure};
use relink_e2e::{ALDER, Restart, Settings, TERN, Visit, Way};
use serde_json::{Value, json};

const ANY_ACCOUNT: Settings = &[("RELINK_ANY_ACCOUNT", "true")];
/// Last digits of the account that is added.
const NEW: &str = "2231";

/// Goes to the screen that offers to pay from an account that was added.
async fn offered(way: Way) -> Result<Visit> {
    let visit = Visit::begin_by(way, ANY_ACCOUNT).await?;
    visit.relink(ALDER, "Alder Bank", &["2231"]).await?;
    sees_offer(&visit).await?;
    Ok(visit)
}

async fn sees_offer(visit: &Visit) -> Result<()> {
    let heading = "You connected a different account";
    let screen = visit.page.arrives("new_account", heading, "Pay from ••2231").await?;
    let mandate = screen.text.find("You authorize Northwind to debit your bank account Alder Bank ••2231");
    let button = screen.text.find("Pay from").context("no button")?;
    ensure!(mandate.is_some_and(|mandate| mandate < button), "what is agreed to comes first: {screen:?}");
    ensure!(screen.text.contains("Payments still come from Alder Bank ••6789."), "{screen:?}");
    ensure!(screen.buttons == ["Pay from ••2231", "Keep ••6789"], "{screen:?}");
    Ok(())
}

/// Checks that there is one payment method: of the new account, for the customer, with a mandate.
async fn was_made_once(visit: &Visit, last4: &str) -> Result<()> {
    let (methods, intents) =
        (visit.stand.made("payment_methods").await?, visit.stand.made("setup_intents").await?);
    ensure!(methods.len() == 1 && intents.len() == 1, "{methods:?} {intents:?}");
    ensure!(methods[0]["us_bank_account"]["last4"] == last4, "{methods:?}");
    ensure!(methods[0]["customer"] == "cus_SandboxJenny", "{methods:?}");
    ensure!(
        intents[0]["status"] == "succeeded" && intents[0]["payment_method"] == methods[0]["id"],
        "{intents:?}"
    );
    ensure!(visit.stand.made("mandates").await?.len() == 1);
    Ok(())
}

async fn sees_that_it_can_be_paid_from(visit: &Visit, account: &str) -> Result<()> {
    visit.page.arrives("paid", &format!("You can pay from {account} now"), "Done").await?;
    visit.page.press("Done").await?;
    visit.page.shows("browsing", "Your bank accounts").await.map(drop)
}

pub(crate) async fn a_new_account_is_paid_from_once_the_customer_agrees(way: Way) -> Result<()> {
    let visit = offered(way).await?;
    visit.page.press("Pay from ••2231").await?;
    sees_that_it_can_be_paid_from(&visit, "Alder Bank ••2231").await?;
    was_made_once(&visit, NEW).await?;
    visit.account_is("inactive").await?;
    visit.server_gave(&["new_account"])?;
    visit.end().await
}

pub(crate) async fn a_customer_who_keeps_the_old_account_is_not_asked_again(way: Way) -> Result<()> {
    let visit = offered(way).await?;
    visit.page.press("Keep ••6789").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.page.reload().await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    ensure!(visit.stand.made("payment_methods").await?.is_empty());
    visit.end().await
}

#[tokio::test]
async fn a_reload_before_the_decision_asks_once_more_and_the_answer_counts_once() -> Result<()> {
    let visit = offered(Way::Mouse).await?;
    visit.page.reload().await?;
    visit.page.waits_for("new_account").await?;
    visit.page.press("Pay from ••2231").await?;
    sees_that_it_can_be_paid_from(&visit, "Alder Bank ••2231").await?;
    was_made_once(&visit, NEW).await?;
    visit.page.reload().await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.end().await
}

#[tokio::test]
async fn pressing_twice_makes_one_payment_method() -> Result<()> {
    let visit = offered(Way::Mouse).await?;
    let twice = "const button = root.querySelector('.primary'); button.click(); button.click();";
    visit.page.run(twice).await?;
    sees_that_it_can_be_paid_from(&visit, "Alder Bank ••2231").await?;
    was_made_once(&visit, NEW).await?;
    visit.end().await
}

pub(crate) async fn what_stripe_refuses_leaves_nothing_half_done(way: Way) -> Result<()> {
    for switch in ["decline_setup_intents", "setup_intent_requires_action"] {
        let visit = offered(way).await?;
        visit.stand.set(&json!({ switch: true })).await?;
        visit.page.press("Pay from ••2231").await?;
        let heading = "This account can't be used for payments";
        let screen = visit.page.arrives("payment_refused", heading, "See your accounts").await?;
        ensure!(screen.text.contains("Nothing was changed."), "{screen:?}");
        let intents = visit.stand.made("setup_intents").await?;
        ensure!(intents.iter().all(|intent| intent["status"] == "canceled"), "{intents:?}");
        let methods = visit.stand.made("payment_methods").await?;
        ensure!(methods.iter().all(|method| method["customer"].is_null()), "{methods:?}");
        visit.page.press("See your accounts").await?;
        visit.page.waits_for("new_account").await?;
        visit.end().await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again_and_there_is_one_payment_method() -> Result<()> {
    let visit = offered(Way::Mouse).await?;
    // Two attempts, as many as the server makes.
    visit.stand.fault("POST /v1/setup_intents", 500, 2).await?;
    visit.page.press("Pay from ••2231").await?;
    let heading = "Bank connections aren't working right now";
    let screen = visit.page.arrives("stripe_down", heading, "Try again").await?;
    ensure!(screen.text.contains("Trying again is safe"), "{screen:?}");
    visit.page.press("Try again").await?;
    sees_that_it_can_be_paid_from(&visit, "Alder Bank ••2231").await?;
    was_made_once(&visit, NEW).await?;
    visit.end().await
}

pub(crate) async fn an_account_that_was_not_shared_gives_way_to_another_at_the_same_bank(
    way: Way,
) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    visit.shares_another_account().await?;
    let screen = visit.page.screen().await?;
    ensure!(screen.text.contains("the account ending in 6789 wasn't among the accounts"), "{screen:?}");
    visit.account_is("inactive").await?;
    visit.page.press("Choose another Alder Bank account").await?;
    visit.share("Alder Bank", &["2231"]).await?;
    visit.page.arrives("new_account", "Alder Bank ••2231 is connected", "Pay from ••2231").await?;
    visit.page.press("Pay from ••2231").await?;
    sees_that_it_can_be_paid_from(&visit, "Alder Bank ••2231").await?;
    was_made_once(&visit, NEW).await?;
    let sessions = visit.stand.sessions().await?;
    ensure!(sessions[0]["relink_options"]["account"] == ALDER, "{sessions:?}");
    let asked_for = &sessions[1]["relink_options"];
    ensure!(
        asked_for["authorization"] == "fcauth_AlderJenny" && asked_for["account"].is_null(),
        "{sessions:?}"
    );
    ensure!(sessions[1]["limits"]["accounts"] == 1, "{sessions:?}");
    visit.server_gave(&["no_account", "new_account"])?;
    visit.end().await
}

#[tokio::test]
async fn after_the_wrong_account_the_right_one_is_as_good_as_ever() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.shares_another_account().await?;
    visit.page.press("Choose another Alder Bank account").await?;
    visit.share("Alder Bank", &["6789"]).await?;
    visit.sees_success().await?;
    visit.account_is("active").await?;
    visit.server_gave(&["no_account", "relinked"])?;
    visit.end().await
}

#[tokio::test]
async fn an_account_that_was_not_shared_gives_way_to_another_bank() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.shares_another_account().await?;
    adds_another_bank(&visit).await?;
    visit.end().await
}

pub(crate) async fn in_the_place_of_an_account_that_no_relink_repairs_comes_one_at_another_bank(
    way: Way,
) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    visit.page.choose(TERN).await?;
    let heading = "This account can't be reconnected";
    visit.page.arrives("unrepairable", heading, "Add a different bank").await?;
    adds_another_bank(&visit).await?;
    visit.end().await
}

/// Goes from a screen that offers another bank to a payment method of an account there.
async fn adds_another_bank(visit: &Visit) -> Result<()> {
    visit.page.press("Add a different bank").await?;
    let screen = visit.page.arrives("explaining", "Add a different bank", "Choose your bank").await?;
    ensure!(screen.text.contains("Account details for payments"), "{screen:?}");
    ensure!(!screen.text.contains("Alder") && !screen.text.contains("Tern"), "{screen:?}");
    visit.page.press("Choose your bank").await?;
    visit.share("Copperfield Credit Union", &["4421"]).await?;
    let heading = "Copperfield Credit Union ••4421 is connected";
    visit.page.arrives("new_account", heading, "Pay from ••4421").await?;
    let session = visit.stand.sessions().await?.pop().context("no session")?;
    ensure!(session["relink_options"].is_null(), "{session}");
    ensure!(session["account_holder"]["customer"] == "cus_SandboxJenny", "{session}");
    ensure!(session["limits"]["accounts"] == 1, "{session}");
    visit.page.press("Pay from ••4421").await?;
    sees_that_it_can_be_paid_from(visit, "Copperfield Credit Union ••4421").await?;
    was_made_once(visit, NEW).await
}

#[tokio::test]
async fn each_new_try_is_a_session_of_its_own_and_the_last_one_works() -> Result<()> {
    let visit = Visit::begin_with(&[("RELINK_HELP_URL", "https://help.northwind.example/")]).await?;
    let bank = visit.go_to_bank().await?;
    bank.go_to_sign_in().await?;
    bank.press("Leave the sign-in unfinished").await?;
    bank.leave_by("Close").await?;
    visit.sees_failure("no_authorization", "The sign-in wasn't finished", "Try again").await?;
    visit.page.press("Try again").await?;
    let bank = visit.bank().await?;
    bank.go_to_sign_in().await?;
    bank.press("Let the bank fail").await?;
    bank.leave_by("Close").await?;
    visit.sees_failure("failed", "Alder Bank couldn't complete this", "Try again").await?;
    let help = visit.page.run("return root.querySelector('.card a').href").await?;
    ensure!(help == "https://help.northwind.example/", "{help}");
    visit.page.press("Try again").await?;
    visit.bank().await?.close().await?;
    visit.sees_failure("cancelled", "You closed the bank window", "Start again").await?;
    visit.page.press("Start again").await?;
    visit.share("Alder Bank", &["6789"]).await?;
    visit.sees_success().await?;
    let reasons = ["no_authorization", "other"].map(Value::from);
    let [unfinished, other] = reasons;
    visit
        .recorded(&[
            ("failed", unfinished),
            ("failed", other),
            ("cancelled", Value::Null),
            ("succeeded", Value::Null),
        ])
        .await?;
    visit.server_gave(&["no_authorization", "failed", "cancelled", "relinked"])?;
    visit.end().await
}

#[tokio::test]
async fn a_server_that_was_restarted_meanwhile_still_takes_the_customers_yes() -> Result<()> {
    let mut visit = offered(Way::Mouse).await?;
    visit.stand.stop_server();
    visit.stand.start_server(Restart::Same).await?;
    visit.page.press("Pay from ••2231").await?;
    visit.page.arrives("paid", "You can pay from Alder Bank ••2231 now", "Done").await?;
    ensure!(visit.stand.made("payment_methods").await?.len() == 1);
    visit.end().await
}

#[tokio::test]
async fn a_bank_that_opens_a_window_of_its_own_works_like_any_other() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.page.choose(TERN).await?;
    visit.page.waits_for("unrepairable").await?;
    visit.page.press("Add a different bank").await?;
    visit.page.waits_for("explaining").await?;
    visit.page.press("Choose your bank").await?;
    let bank = visit.bank().await?;
    bank.share_in_a_window_of_its_own("Bank (OAuth)", "6210").await?;
    bank.leave_by("Done").await?;
    visit.page.arrives("new_account", "Bank (OAuth) ••6210 is connected", "Pay from ••6210").await?;
    visit.end().await
}

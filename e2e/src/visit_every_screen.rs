//! Visit of every screen, in any of the page's languages.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser_session::BrowserSession;
use crate::environment::{ALDER, Restart, Settings, TERN};
use crate::fault_proxy::Rule;
use crate::poll::until;

const NEXT: &str = "Continue to Alder Bank";
const ANOTHER_BANK: &str = "Add a different bank";

/// Callback for each screen, with the screen's name. A screen that is visited twice has two names.
pub trait ScreenVisitor: AsyncFn(&BrowserSession, &str) -> Result<()> {}

impl<F: AsyncFn(&BrowserSession, &str) -> Result<()>> ScreenVisitor for F {}

/// Visits every screen in that language; `""` is the browser's own.
pub async fn every_screen(locale: &str, visit: impl ScreenVisitor) -> Result<()> {
    first_paint(locale, &visit).await?;
    success(locale, &visit).await?;
    at_the_bank(locale, &visit).await?;
    slow_bank(locale, &visit).await?;
    before_the_bank(locale, &visit).await?;
    stripe(locale, &visit).await?;
    another_account(locale, &visit).await?;
    another_bank(locale, &visit).await?;
    data(locale, &visit).await?;
    look_alikes(locale, &visit).await?;
    early(locale, &visit).await?;
    external_changes(locale, &visit).await?;
    link(locale, &visit).await?;
    server(locale, &visit).await
}

async fn visit_screen(session: &BrowserSession, visit: &impl ScreenVisitor, screen: &str) -> Result<()> {
    session.page.wait_for_screen(screen).await?;
    visit(session, screen).await
}

/// Opens the page without timeouts, so that a screen can be inspected while its request is on hold.
async fn begin_without_timeouts(locale: &str, settings: Settings) -> Result<BrowserSession> {
    let session = BrowserSession::prepare_in(locale, settings).await?;
    session.disable_timeouts();
    session.page.open(session.environment.url()).await?;
    session.page.wait_for_screen("browsing").await?;
    Ok(session)
}

async fn first_paint(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let session = BrowserSession::prepare_in(locale, &[]).await?;
    session.disable_timeouts();
    session.environment.proxy.set_rule("/api/accounts", Rule::Hold);
    session.page.open(session.environment.url()).await?;
    visit_screen(&session, visit, "opening").await?;
    session.environment.proxy.set_rule("/api/accounts", Rule::Forward);
    visit_screen(&session, visit, "browsing").await?;
    session.page.go_to_account(session.environment.url(), TERN).await?;
    visit_screen(&session, visit, "unrepairable").await?;
    session.finish().await
}

async fn success(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let session = begin_without_timeouts(locale, &[]).await?;
    session.go_to_explanation().await?;
    visit_screen(&session, visit, "explaining").await?;
    session.environment.proxy.set_rule("/api/sessions", Rule::Hold);
    session.page.press(NEXT).await?;
    visit_screen(&session, visit, "preparing").await?;
    session.environment.proxy.set_rule("/api/sessions", Rule::Forward);
    let bank = session.bank().await?;
    bank.leave_frame().await?;
    visit_screen(&session, visit, "at_bank").await?;
    let bank = bank.enter_frame().await?;
    // Hold the outcome until the screen before it was inspected.
    session.environment.proxy.set_rule("/outcome", Rule::Hold);
    bank.connect().await?;
    bank.close_with("Done").await?;
    visit_screen(&session, visit, "checking").await?;
    session.environment.proxy.set_rule("/outcome", Rule::Forward);
    session.page.wait_for_screen("relinked").await?;
    visit(&session, "relinked_two").await?;
    session.page.press("Done").await?;
    session.page.wait_for_screen("browsing").await?;
    visit(&session, "browsing_repaired").await?;
    session.finish().await
}

async fn at_the_bank(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let help: Settings = &[("RELINK_HELP_URL", "https://help.northwind.example/")];
    let session = BrowserSession::begin_in(locale, help).await?;
    session.share_wrong_account_and_see_it().await?;
    visit_screen(&session, visit, "no_account").await?;
    session.back_to_accounts("Not now").await?;
    session.go_to_explanation().await?;
    let mut next = NEXT;
    for (button, screen) in
        [("Leave the sign-in unfinished", "no_authorization"), ("Let the bank fail", "failed")]
    {
        let bank = session.press_into_bank(next).await?;
        next = "Try again";
        bank.go_to_sign_in().await?;
        bank.press(button).await?;
        bank.close_with("Close").await?;
        visit_screen(&session, visit, screen).await?;
    }
    session.press_into_bank(next).await?.close().await?;
    visit_screen(&session, visit, "cancelled").await?;
    session.finish().await
}

async fn slow_bank(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let session = BrowserSession::begin_in(locale, &[]).await?;
    session.environment.pending_reads(1000).await?;
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    bank.close_with("Done").await?;
    visit_screen(&session, visit, "pending").await?;
    session.finish().await
}

async fn before_the_bank(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let session = BrowserSession::begin_in(locale, &[]).await?;
    session.go_to_explanation().await?;
    session.wait_for_stripe_js().await?;
    session.set_online(false).await?;
    session.page.press(NEXT).await?;
    visit_screen(&session, visit, "offline").await?;
    // The customer is quicker than the stream of changes.
    session.environment.proxy.set_rule("/api/changes", Rule::Disconnect);
    session.set_online(true).await?;
    session.page.wait_for_screen("explaining").await?;
    session.environment.repair_elsewhere().await?;
    session.page.press(NEXT).await?;
    visit_screen(&session, visit, "changed").await?;
    session.finish().await
}

async fn stripe(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let session = BrowserSession::begin_in(locale, &[]).await?;
    session.go_to_explanation_while_stripe_is_blocked().await?;
    session.page.press(NEXT).await?;
    visit_screen(&session, visit, "stripe_blocked").await?;
    for (status, times, screen) in [(503, 2, "stripe_down"), (429, 1, "busy"), (401, 1, "internal")] {
        session.environment.fail_next("POST /v1/financial_connections/sessions", status, times).await?;
        session.page.press("Try again").await?;
        visit_screen(&session, visit, screen).await?;
    }
    session.finish().await
}

/// Visits the screens of a new account that replaces the old one, until it is the payment method.
async fn another_account(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let session = begin_without_timeouts(locale, &[("RELINK_ANY_ACCOUNT", "true")]).await?;
    session.go_to_explanation().await?;
    session.page.wait_for_screen("explaining").await?;
    visit(&session, "explaining_any").await?;
    session.page.press(NEXT).await?;
    session.share_accounts("Alder Bank", &["2231"]).await?;
    visit_screen(&session, visit, "new_account").await?;
    session.environment.set_sandbox(&json!({ "decline_setup_intents": true })).await?;
    session.page.press("Pay from ••2231").await?;
    visit_screen(&session, visit, "payment_refused").await?;
    session.environment.set_sandbox(&json!({ "decline_setup_intents": false })).await?;
    session.page.press("See your accounts").await?;
    session.page.wait_for_screen("new_account").await?;
    session.environment.proxy.set_rule("/payment-method", Rule::Hold);
    session.page.press("Pay from ••2231").await?;
    visit_screen(&session, visit, "paying").await?;
    session.environment.proxy.set_rule("/payment-method", Rule::Forward);
    visit_screen(&session, visit, "paid").await?;
    session.finish().await
}

/// Visits the screens of an account at another bank, and of the old account with a new identifier.
async fn another_bank(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let session = BrowserSession::begin_in(locale, &[("RELINK_ANY_ACCOUNT", "true")]).await?;
    session.page.press(ANOTHER_BANK).await?;
    session.page.wait_for_screen("explaining").await?;
    visit(&session, "explaining_another_bank").await?;
    session.page.press("Choose your bank").await?;
    session.share_accounts("Copperfield Credit Union", &["4421"]).await?;
    session.page.wait_for_screen("new_account").await?;
    visit(&session, "new_account_another_bank").await?;
    session.back_to_accounts("Not now").await?;
    session.environment.set_sandbox(&json!({ "changed_ids": true })).await?;
    session.relink(ALDER, "Alder Bank", &["6789"]).await?;
    session.page.wait_for_screen("new_account").await?;
    visit(&session, "new_account_renewed").await?;
    session.finish().await
}

/// Visits the screens of several accounts of one bank login, and of permissions that change.
async fn data(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let settings: Settings = &[
        ("RELINK_PURPOSE", "data"),
        ("RELINK_PERMISSIONS", "payment_method,balances,ownership"),
        ("RELINK_DEMO_CUSTOMER", "cus_SandboxData"),
    ];
    let (session, bank) = (BrowserSession::begin_in(locale, settings).await?, "Foundry National Bank");
    visit(&session, "browsing_data").await?;
    session.go_to_explanation_for("fca_FoundryChecking3001", bank).await?;
    visit(&session, "explaining_three_lists").await?;
    session.page.press("Continue to Foundry National Bank").await?;
    session.share_accounts(bank, &["3001", "3002", "3005"]).await?;
    session.page.wait_for_screen("relinked").await?;
    visit(&session, "relinked_several").await?;
    session.back_to_accounts("Done").await?;
    session.environment.set_sandbox(&json!({ "new_authorization": true })).await?;
    session.relink("fca_FoundryCreditCard3003", bank, &["3003", "3006"]).await?;
    visit_screen(&session, visit, "new_authorization").await?;
    session.finish().await
}

/// Visits the questions about accounts that look alike: which of the old ones is the new one, and which of the new ones is
/// the old one.
async fn look_alikes(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let settings: Settings = &[
        ("RELINK_PURPOSE", "data"),
        ("RELINK_PERMISSIONS", "balances"),
        ("RELINK_DEMO_CUSTOMER", "cus_SandboxToma"),
    ];
    let (session, bank) = (BrowserSession::prepare_in(locale, settings).await?, "Wren Savings Bank");
    session.environment.play_scene(&json!({ "scene": "look_alikes" })).await?;
    session.page.open(session.environment.url()).await?;
    session.relink("fca_WrenSavings7788", bank, &["7788"]).await?;
    visit_screen(&session, visit, "which_account").await?;
    session.page.press("None of these, or I'm not sure").await?;
    session.page.wait_for_screen("new_authorization").await?;
    session.back_to_accounts("Done").await?;
    session.relink("fca_WrenChecking7796", bank, &["7796", "7796"]).await?;
    session.page.wait_for_screen("which_account").await?;
    visit(&session, "which_account_new").await?;
    session.finish().await
}

/// Visits the screens of connections and account numbers that expire soon or have expired, and of one that can't be
/// relinked.
async fn early(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let session = BrowserSession::begin_in(locale, &[("RELINK_DEMO_CUSTOMER", "cus_SandboxKai")]).await?;
    visit(&session, "browsing_every_state").await?;
    session.page.go_to_account(session.environment.url(), "fca_BeaconNewCause8246").await?;
    session.page.wait_for_screen("unrepairable").await?;
    visit(&session, "unrepairable_unknown").await?;
    session.back_to_accounts("See your accounts").await?;
    let (account, bank) = ("fca_HarborExpiring2750", "Harbor Federal Bank");
    session.go_to_explanation_for(account, bank).await?;
    visit(&session, "explaining_early").await?;
    session.press_into_bank("Continue to Harbor Federal Bank").await?.close().await?;
    session.page.wait_for_screen("cancelled").await?;
    visit(&session, "cancelled_stays").await?;
    session.page.press("Start again").await?;
    session.share_accounts(bank, &["2750"]).await?;
    session.page.wait_for_screen("relinked").await?;
    visit(&session, "relinked_early").await?;
    session.finish().await
}

/// Visits the screens that change by themselves: dates that come near, and an account repaired while it was
/// explained.
async fn external_changes(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let (account, until_then) = ("fca_HarborExpiring2750", [("today", 600), ("tomorrow", 86_400)]);
    let session = BrowserSession::begin_in(locale, &[("RELINK_DEMO_CUSTOMER", "cus_SandboxKai")]).await?;
    let now = session.page.run("return Math.round(Date.now() / 1000);").await?.as_i64().context("no time")?;
    let mut shown = Value::Null;
    for (name, seconds) in until_then {
        let (before, end) = (session.page.row(account).await?, now + seconds);
        session.environment.change_account(account, &json!({ "expected_deactivation_date": end })).await?;
        let day = session.page.run(&format!("return new Date({end} * 1000).toDateString();")).await?;
        until(async || {
            // Shortly before midnight, both dates are tomorrow.
            ensure!(day == shown || session.page.row(account).await? != before, "it has not changed yet");
            Ok(())
        })
        .await?;
        shown = day;
        visit(&session, &format!("browsing_{name}")).await?;
    }
    session.finish().await?;
    let session = BrowserSession::begin_in(locale, &[]).await?;
    session.go_to_explanation().await?;
    session.environment.repair_elsewhere().await?;
    session.page.wait_for_screen("browsing").await?;
    visit(&session, "browsing_overtaken").await?;
    session.finish().await
}

/// Visits the screens of a link that is cancelled while its page is open.
async fn link(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let settings: Settings = &[("RELINK_MAIL_FROM", "Northwind <billing@northwind.example>")];
    let session = BrowserSession::prepare_in(locale, settings).await?;
    let (id, link) = session.environment.link_for(ALDER, &Value::Null).await?;
    session.open_link(&link).await?;
    session.page.wait_for_screen("explaining").await?;
    visit(&session, "explaining_by_link").await?;
    session.environment.call_api(Method::POST, &format!("/v1/relink-requests/{id}/cancel"), None).await?;
    session.page.press(NEXT).await?;
    visit_screen(&session, visit, "link_unusable").await?;
    session.finish().await
}

async fn server(locale: &str, visit: &impl ScreenVisitor) -> Result<()> {
    let mut session = BrowserSession::begin_in(locale, &[]).await?;
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    session.environment.stop_server();
    bank.close_with("Done").await?;
    visit_screen(&session, visit, "unreachable").await?;
    session.environment.start_server(Restart::NewTokenKey).await?;
    session.environment.proxy.set_rule("/demo/token", Rule::SignedOut);
    session.page.press("Try again").await?;
    visit_screen(&session, visit, "signed_out").await?;
    session.environment.stop_server();
    session.environment.start_server(Restart::SameSettings).await?;
    session.environment.proxy.set_rule("/demo/token", Rule::Forward);
    session.page.press("Sign in").await?;
    session.page.wait_for_screen("relinked").await?;
    session.finish().await
}

//! Visit of every screen, in any of the page's languages.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::gate::Rule;
use crate::stand::{ALDER, Restart, Settings, TERN};
use crate::visit::Visit;
use crate::wait::until;

const NEXT: &str = "Continue to Alder Bank";
const ANOTHER_BANK: &str = "Add a different bank";

/// Callback for each screen, with the screen's name. A screen that is visited twice has two names.
pub trait Look: AsyncFn(&Visit, &str) -> Result<()> {}

impl<F: AsyncFn(&Visit, &str) -> Result<()>> Look for F {}

/// Visits every screen in that language; `""` is the browser's own.
pub async fn every_screen(locale: &str, look: impl Look) -> Result<()> {
    first_paint(locale, &look).await?;
    success(locale, &look).await?;
    at_the_bank(locale, &look).await?;
    slow_bank(locale, &look).await?;
    before_the_bank(locale, &look).await?;
    stripe(locale, &look).await?;
    another_account(locale, &look).await?;
    another_bank(locale, &look).await?;
    data(locale, &look).await?;
    early(locale, &look).await?;
    elsewhere(locale, &look).await?;
    link(locale, &look).await?;
    server(locale, &look).await
}

async fn shown(visit: &Visit, look: &impl Look, screen: &str) -> Result<()> {
    visit.page.waits_for(screen).await?;
    look(visit, screen).await
}

/// Opens the page without timeouts, so that a screen can be inspected while its request is on hold.
async fn begin_without_haste(locale: &str, settings: Settings) -> Result<Visit> {
    let visit = Visit::prepare_in(locale, settings).await?;
    visit.gives_nothing_up();
    visit.page.open(visit.stand.url()).await?;
    visit.page.waits_for("browsing").await?;
    Ok(visit)
}

async fn first_paint(locale: &str, look: &impl Look) -> Result<()> {
    let visit = Visit::prepare_in(locale, &[]).await?;
    visit.gives_nothing_up();
    visit.stand.gate.set("/api/accounts", Rule::Hold);
    visit.page.open(visit.stand.url()).await?;
    shown(&visit, look, "opening").await?;
    visit.stand.gate.set("/api/accounts", Rule::Pass);
    shown(&visit, look, "browsing").await?;
    visit.page.choose(TERN).await?;
    shown(&visit, look, "unrepairable").await?;
    visit.end().await
}

async fn success(locale: &str, look: &impl Look) -> Result<()> {
    let visit = begin_without_haste(locale, &[]).await?;
    visit.explain().await?;
    shown(&visit, look, "explaining").await?;
    visit.stand.gate.set("/api/sessions", Rule::Hold);
    visit.page.press(NEXT).await?;
    shown(&visit, look, "preparing").await?;
    visit.stand.gate.set("/api/sessions", Rule::Pass);
    let bank = visit.bank().await?;
    bank.step_out().await?;
    shown(&visit, look, "at_bank").await?;
    let bank = bank.step_in().await?;
    // Hold the outcome until the screen before it was inspected.
    visit.stand.gate.set("/outcome", Rule::Hold);
    bank.connect().await?;
    bank.leave_by("Done").await?;
    shown(&visit, look, "checking").await?;
    visit.stand.gate.set("/outcome", Rule::Pass);
    visit.page.waits_for("relinked").await?;
    look(&visit, "relinked_two").await?;
    visit.page.press("Done").await?;
    visit.page.waits_for("browsing").await?;
    look(&visit, "browsing_repaired").await?;
    visit.end().await
}

async fn at_the_bank(locale: &str, look: &impl Look) -> Result<()> {
    let help: Settings = &[("RELINK_HELP_URL", "https://help.northwind.example/")];
    let visit = Visit::begin_in(locale, help).await?;
    visit.shares_another_account().await?;
    shown(&visit, look, "no_account").await?;
    visit.back_to_accounts("Not now").await?;
    visit.explain().await?;
    let mut next = NEXT;
    for (button, screen) in
        [("Leave the sign-in unfinished", "no_authorization"), ("Let the bank fail", "failed")]
    {
        let bank = visit.press_into_bank(next).await?;
        next = "Try again";
        bank.go_to_sign_in().await?;
        bank.press(button).await?;
        bank.leave_by("Close").await?;
        shown(&visit, look, screen).await?;
    }
    visit.press_into_bank(next).await?.close().await?;
    shown(&visit, look, "cancelled").await?;
    visit.end().await
}

async fn slow_bank(locale: &str, look: &impl Look) -> Result<()> {
    let visit = Visit::begin_in(locale, &[]).await?;
    visit.stand.pending_reads(1000).await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    bank.leave_by("Done").await?;
    shown(&visit, look, "pending").await?;
    visit.end().await
}

async fn before_the_bank(locale: &str, look: &impl Look) -> Result<()> {
    let visit = Visit::begin_in(locale, &[]).await?;
    visit.explain().await?;
    visit.stripe_is_there().await?;
    visit.network_is(false).await?;
    visit.page.press(NEXT).await?;
    shown(&visit, look, "offline").await?;
    // The customer is quicker than the stream of changes.
    visit.stand.gate.set("/api/changes", Rule::Cut);
    visit.network_is(true).await?;
    visit.page.waits_for("explaining").await?;
    visit.stand.repair_elsewhere().await?;
    visit.page.press(NEXT).await?;
    shown(&visit, look, "changed").await?;
    visit.end().await
}

async fn stripe(locale: &str, look: &impl Look) -> Result<()> {
    let visit = Visit::begin_in(locale, &[]).await?;
    visit.explain_while_stripe_is_blocked().await?;
    visit.page.press(NEXT).await?;
    shown(&visit, look, "stripe_blocked").await?;
    for (status, times, screen) in [(503, 2, "stripe_down"), (429, 1, "busy"), (401, 1, "internal")] {
        visit.stand.fault("POST /v1/financial_connections/sessions", status, times).await?;
        visit.page.press("Try again").await?;
        shown(&visit, look, screen).await?;
    }
    visit.end().await
}

/// Visits the screens of a new account that replaces the old one, until it is the payment method.
async fn another_account(locale: &str, look: &impl Look) -> Result<()> {
    let visit = begin_without_haste(locale, &[("RELINK_ANY_ACCOUNT", "true")]).await?;
    visit.explain().await?;
    visit.page.waits_for("explaining").await?;
    look(&visit, "explaining_any").await?;
    visit.page.press(NEXT).await?;
    visit.share("Alder Bank", &["2231"]).await?;
    shown(&visit, look, "new_account").await?;
    visit.stand.set(&json!({ "decline_setup_intents": true })).await?;
    visit.page.press("Pay from ••2231").await?;
    shown(&visit, look, "payment_refused").await?;
    visit.stand.set(&json!({ "decline_setup_intents": false })).await?;
    visit.page.press("See your accounts").await?;
    visit.page.waits_for("new_account").await?;
    visit.stand.gate.set("/payment-method", Rule::Hold);
    visit.page.press("Pay from ••2231").await?;
    shown(&visit, look, "paying").await?;
    visit.stand.gate.set("/payment-method", Rule::Pass);
    shown(&visit, look, "paid").await?;
    visit.end().await
}

/// Visits the screens of an account at another bank, and of the old account with a new identifier.
async fn another_bank(locale: &str, look: &impl Look) -> Result<()> {
    let visit = Visit::begin_in(locale, &[("RELINK_ANY_ACCOUNT", "true")]).await?;
    visit.page.choose(TERN).await?;
    visit.page.press(ANOTHER_BANK).await?;
    visit.page.waits_for("explaining").await?;
    look(&visit, "explaining_another_bank").await?;
    visit.page.press("Choose your bank").await?;
    visit.share("Copperfield Credit Union", &["4421"]).await?;
    visit.page.waits_for("new_account").await?;
    look(&visit, "new_account_another_bank").await?;
    visit.back_to_accounts("Not now").await?;
    visit.stand.set(&json!({ "changed_ids": true })).await?;
    visit.relink(ALDER, "Alder Bank", &["6789"]).await?;
    visit.page.waits_for("new_account").await?;
    look(&visit, "new_account_renewed").await?;
    visit.end().await
}

/// Visits the screens of several accounts of one bank login, and of permissions that change.
async fn data(locale: &str, look: &impl Look) -> Result<()> {
    let settings: Settings = &[
        ("RELINK_PURPOSE", "data"),
        ("RELINK_PERMISSIONS", "payment_method,balances,ownership"),
        ("RELINK_DEMO_CUSTOMER", "cus_SandboxData"),
    ];
    let (visit, bank) = (Visit::begin_in(locale, settings).await?, "Foundry National Bank");
    look(&visit, "browsing_data").await?;
    visit.explain_account("fca_FoundryChecking3001", bank).await?;
    look(&visit, "explaining_three_lists").await?;
    visit.page.press("Continue to Foundry National Bank").await?;
    visit.share(bank, &["3001", "3002", "3005"]).await?;
    visit.page.waits_for("relinked").await?;
    look(&visit, "relinked_several").await?;
    visit.back_to_accounts("Done").await?;
    visit.stand.set(&json!({ "new_authorization": true })).await?;
    visit.relink("fca_FoundryCreditCard3003", bank, &["3003", "3006"]).await?;
    shown(&visit, look, "new_authorization").await?;
    visit.end().await
}

/// Visits the screens of connections and account numbers that expire soon or have expired, and of one that can't be
/// relinked.
async fn early(locale: &str, look: &impl Look) -> Result<()> {
    let visit = Visit::begin_in(locale, &[("RELINK_DEMO_CUSTOMER", "cus_SandboxKai")]).await?;
    look(&visit, "browsing_every_state").await?;
    visit.page.choose("fca_BeaconNewCause8246").await?;
    visit.page.waits_for("unrepairable").await?;
    look(&visit, "unrepairable_unknown").await?;
    visit.back_to_accounts("See your accounts").await?;
    let (account, bank) = ("fca_HarborExpiring2750", "Harbor Federal Bank");
    visit.explain_account(account, bank).await?;
    look(&visit, "explaining_early").await?;
    visit.press_into_bank("Continue to Harbor Federal Bank").await?.close().await?;
    visit.page.waits_for("cancelled").await?;
    look(&visit, "cancelled_stays").await?;
    visit.page.press("Start again").await?;
    visit.share(bank, &["2750"]).await?;
    visit.page.waits_for("relinked").await?;
    look(&visit, "relinked_early").await?;
    visit.end().await
}

/// Visits the screens that change by themselves: dates that come near, and an account repaired while it was
/// explained.
async fn elsewhere(locale: &str, look: &impl Look) -> Result<()> {
    let (account, until_then) = ("fca_HarborExpiring2750", [("today", 600), ("tomorrow", 86_400)]);
    let visit = Visit::begin_in(locale, &[("RELINK_DEMO_CUSTOMER", "cus_SandboxKai")]).await?;
    let now = visit.page.run("return Math.round(Date.now() / 1000);").await?.as_i64().context("no time")?;
    let mut shown = Value::Null;
    for (name, seconds) in until_then {
        let (before, end) = (visit.page.row(account).await?, now + seconds);
        visit.stand.change_account(account, &json!({ "expected_deactivation_date": end })).await?;
        let day = visit.page.run(&format!("return new Date({end} * 1000).toDateString();")).await?;
        until(async || {
            // Shortly before midnight, both dates are tomorrow.
            ensure!(day == shown || visit.page.row(account).await? != before, "it has not changed yet");
            Ok(())
        })
        .await?;
        shown = day;
        look(&visit, &format!("browsing_{name}")).await?;
    }
    visit.end().await?;
    let visit = Visit::begin_in(locale, &[]).await?;
    visit.explain().await?;
    visit.stand.repair_elsewhere().await?;
    visit.page.waits_for("browsing").await?;
    look(&visit, "browsing_overtaken").await?;
    visit.end().await
}

/// Visits the screens of a link that is cancelled while its page is open.
async fn link(locale: &str, look: &impl Look) -> Result<()> {
    let settings: Settings = &[("RELINK_MAIL_FROM", "Northwind <billing@northwind.example>")];
    let visit = Visit::prepare_in(locale, settings).await?;
    let (id, link) = visit.stand.link_for(ALDER, &Value::Null).await?;
    visit.opens_link(&link).await?;
    visit.page.waits_for("explaining").await?;
    look(&visit, "explaining_by_link").await?;
    visit.stand.back_end(Method::POST, &format!("/v1/relink-requests/{id}/cancel"), None).await?;
    visit.page.press(NEXT).await?;
    shown(&visit, look, "link_unusable").await?;
    visit.end().await
}

async fn server(locale: &str, look: &impl Look) -> Result<()> {
    let mut visit = Visit::begin_in(locale, &[]).await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    visit.stand.stop_server();
    bank.leave_by("Done").await?;
    shown(&visit, look, "unreachable").await?;
    visit.stand.start_server(Restart::SignedOut).await?;
    visit.page.press("Try again").await?;
    shown(&visit, look, "signed_out").await?;
    visit.stand.stop_server();
    visit.stand.start_server(Restart::Same).await?;
    visit.page.press("Sign in").await?;
    visit.page.waits_for("relinked").await?;
    visit.end().await
}

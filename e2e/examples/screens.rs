//! Saves a picture of every screen: light and dark, narrow and wide, left to right and right to left.
//!
//! `cargo run -p relink-e2e --example screens -- FOLDER`, with the variables that `cargo xtask test` sets.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use relink_e2e::{ALDER, Restart, Settings, TERN, Visit, until};
use serde_json::json;

const NEXT: &str = "Continue to Alder Bank";
const ANOTHER_BANK: &str = "Add a different bank";

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).context("name a folder for the pictures")?;
    std::fs::create_dir_all(&folder)?;
    first_paint(&folder).await?;
    success(&folder).await?;
    at_the_bank(&folder).await?;
    slow_bank(&folder).await?;
    before_the_bank(&folder).await?;
    stripe(&folder).await?;
    another_account(&folder).await?;
    another_bank(&folder).await?;
    data(&folder).await?;
    early(&folder).await?;
    elsewhere(&folder).await?;
    server(&folder).await
}

/// Where a screen is called `name` in the file's name, which tells two pictures of one screen apart.
async fn shoot(visit: &Visit, folder: &Path, name: &str) -> Result<()> {
    for scheme in ["light", "dark"] {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        visit.browser()?.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] })).await?;
        for width in [320, 900] {
            visit.browser()?.width(width).await?;
            for direction in ["ltr", "rtl"] {
                visit.page.run(&format!("document.documentElement.dir = '{direction}';")).await?;
                let file = folder.join(format!("{name}-{scheme}-{width}-{direction}.png"));
                visit.browser()?.driver()?.screenshot(&file).await?;
            }
        }
    }
    visit.page.run("document.documentElement.removeAttribute('dir');").await?;
    Ok(())
}

async fn shown(visit: &Visit, folder: &Path, screen: &str) -> Result<()> {
    visit.page.waits_for(screen).await?;
    shoot(visit, folder, screen).await
}

async fn first_paint(folder: &Path) -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.stand.sandbox.pause()?;
    visit.page.open(visit.stand.url()).await?;
    shown(&visit, folder, "opening").await?;
    visit.stand.sandbox.resume()?;
    shown(&visit, folder, "browsing").await?;
    visit.page.choose(TERN).await?;
    shown(&visit, folder, "unrepairable").await?;
    visit.end().await
}

async fn success(folder: &Path) -> Result<()> {
    let visit = Visit::begin().await?;
    visit.explain().await?;
    shown(&visit, folder, "explaining").await?;
    visit.stand.sandbox.pause()?;
    visit.page.press(NEXT).await?;
    shown(&visit, folder, "preparing").await?;
    visit.stand.sandbox.resume()?;
    let bank = visit.bank().await?;
    bank.step_out().await?;
    shown(&visit, folder, "at_bank").await?;
    let bank = bank.step_in().await?;
    visit.stand.pending_reads(3).await?;
    bank.connect().await?;
    bank.leave_by("Done").await?;
    shown(&visit, folder, "checking").await?;
    visit.page.waits_for("relinked").await?;
    shoot(&visit, folder, "relinked_two").await?;
    visit.page.press("Done").await?;
    visit.page.waits_for("browsing").await?;
    shoot(&visit, folder, "browsing_repaired").await?;
    visit.end().await
}

async fn at_the_bank(folder: &Path) -> Result<()> {
    let help: Settings = &[("RELINK_HELP_URL", "https://help.northwind.example/")];
    let visit = Visit::begin_with(help).await?;
    visit.shares_another_account().await?;
    shown(&visit, folder, "no_account").await?;
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
        shown(&visit, folder, screen).await?;
    }
    visit.press_into_bank(next).await?.close().await?;
    shown(&visit, folder, "cancelled").await?;
    visit.end().await
}

async fn slow_bank(folder: &Path) -> Result<()> {
    let visit = Visit::begin().await?;
    visit.stand.pending_reads(1000).await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    bank.leave_by("Done").await?;
    shown(&visit, folder, "pending").await?;
    visit.end().await
}

async fn before_the_bank(folder: &Path) -> Result<()> {
    let visit = Visit::begin().await?;
    visit.explain().await?;
    visit.browser()?.network_is(false).await?;
    visit.page.press(NEXT).await?;
    shown(&visit, folder, "offline").await?;
    visit.browser()?.network_is(true).await?;
    visit.page.waits_for("explaining").await?;
    visit.stand.repair_elsewhere().await?;
    visit.page.press(NEXT).await?;
    shown(&visit, folder, "changed").await?;
    visit.end().await
}

async fn stripe(folder: &Path) -> Result<()> {
    let visit = Visit::begin().await?;
    visit.explain_while_stripe_is_blocked().await?;
    visit.page.press(NEXT).await?;
    shown(&visit, folder, "stripe_blocked").await?;
    for (status, times, screen) in [(503, 2, "stripe_down"), (429, 1, "busy"), (401, 1, "internal")] {
        visit.stand.fault("POST /v1/financial_connections/sessions", status, times).await?;
        visit.page.press("Try again").await?;
        shown(&visit, folder, screen).await?;
    }
    visit.end().await
}

/// A new account in the place of the old one, until it is paid from.
async fn another_account(folder: &Path) -> Result<()> {
    let visit = Visit::begin_with(&[("RELINK_ANY_ACCOUNT", "true")]).await?;
    visit.explain().await?;
    visit.page.waits_for("explaining").await?;
    shoot(&visit, folder, "explaining_any").await?;
    visit.page.press(NEXT).await?;
    visit.share("Alder Bank", &["2231"]).await?;
    shown(&visit, folder, "new_account").await?;
    visit.stand.set(&json!({ "decline_setup_intents": true })).await?;
    visit.page.press("Pay from ••2231").await?;
    shown(&visit, folder, "payment_refused").await?;
    visit.stand.set(&json!({ "decline_setup_intents": false })).await?;
    visit.page.press("See your accounts").await?;
    visit.page.waits_for("new_account").await?;
    visit.stand.sandbox.pause()?;
    visit.page.press("Pay from ••2231").await?;
    shown(&visit, folder, "paying").await?;
    visit.stand.sandbox.resume()?;
    shown(&visit, folder, "paid").await?;
    visit.end().await
}

/// An account at another bank; and the old one back under a new identifier.
async fn another_bank(folder: &Path) -> Result<()> {
    let visit = Visit::begin_with(&[("RELINK_ANY_ACCOUNT", "true")]).await?;
    visit.page.choose(TERN).await?;
    visit.page.press(ANOTHER_BANK).await?;
    visit.page.waits_for("explaining").await?;
    shoot(&visit, folder, "explaining_another_bank").await?;
    visit.page.press("Choose your bank").await?;
    visit.share("Copperfield Credit Union", &["4421"]).await?;
    visit.page.waits_for("new_account").await?;
    shoot(&visit, folder, "new_account_another_bank").await?;
    visit.back_to_accounts("Not now").await?;
    visit.stand.set(&json!({ "changed_ids": true })).await?;
    visit.relink(ALDER, "Alder Bank", &["6789"]).await?;
    visit.page.waits_for("new_account").await?;
    shoot(&visit, folder, "new_account_renewed").await?;
    visit.end().await
}

/// Several accounts of one login, and permissions that change.
async fn data(folder: &Path) -> Result<()> {
    let settings: Settings = &[
        ("RELINK_PURPOSE", "data"),
        ("RELINK_PERMISSIONS", "payment_method,balances,ownership"),
        ("RELINK_DEMO_CUSTOMER", "cus_SandboxData"),
    ];
    let (visit, bank) = (Visit::begin_with(settings).await?, "Foundry National Bank");
    shoot(&visit, folder, "browsing_data").await?;
    visit.explain_account("fca_FoundryChecking3001", bank).await?;
    shoot(&visit, folder, "explaining_three_lists").await?;
    visit.page.press("Continue to Foundry National Bank").await?;
    visit.share(bank, &["3001", "3002", "3005"]).await?;
    visit.page.waits_for("relinked").await?;
    shoot(&visit, folder, "relinked_several").await?;
    visit.back_to_accounts("Done").await?;
    visit.stand.set(&json!({ "new_authorization": true })).await?;
    visit.relink("fca_FoundryCreditCard3003", bank, &["3003", "3006"]).await?;
    shown(&visit, folder, "new_authorization").await?;
    visit.end().await
}

/// Connections and numbers that are about to end, or have; and one that no relink repairs.
async fn early(folder: &Path) -> Result<()> {
    let visit = Visit::begin_with(&[("RELINK_DEMO_CUSTOMER", "cus_SandboxKai")]).await?;
    shoot(&visit, folder, "browsing_every_state").await?;
    visit.page.choose("fca_BeaconNewCause8246").await?;
    visit.page.waits_for("unrepairable").await?;
    shoot(&visit, folder, "unrepairable_unknown").await?;
    visit.back_to_accounts("See your accounts").await?;
    let (account, bank) = ("fca_HarborExpiring2750", "Harbor Federal Bank");
    visit.explain_account(account, bank).await?;
    shoot(&visit, folder, "explaining_early").await?;
    visit.press_into_bank("Continue to Harbor Federal Bank").await?.close().await?;
    visit.page.waits_for("cancelled").await?;
    shoot(&visit, folder, "cancelled_stays").await?;
    visit.page.press("Start again").await?;
    visit.share(bank, &["2750"]).await?;
    visit.page.waits_for("relinked").await?;
    shoot(&visit, folder, "relinked_early").await?;
    visit.end().await
}

/// What the page shows by itself: dates that come near, and an account that was repaired while it was explained.
async fn elsewhere(folder: &Path) -> Result<()> {
    let (account, until_then) = ("fca_HarborExpiring2750", [("today", 60), ("tomorrow", 86_400)]);
    let visit = Visit::begin_with(&[("RELINK_DEMO_CUSTOMER", "cus_SandboxKai")]).await?;
    let now = visit.page.run("return Math.round(Date.now() / 1000);").await?.as_i64().context("no time")?;
    for (name, seconds) in until_then {
        let before = visit.page.row(account).await?;
        visit.stand.change_account(account, &json!({ "expected_deactivation_date": now + seconds })).await?;
        until(async || {
            ensure!(visit.page.row(account).await? != before, "it has not changed yet");
            Ok(())
        })
        .await?;
        shoot(&visit, folder, &format!("browsing_{name}")).await?;
    }
    visit.end().await?;
    let visit = Visit::begin().await?;
    visit.explain().await?;
    visit.stand.repair_elsewhere().await?;
    visit.page.waits_for("browsing").await?;
    shoot(&visit, folder, "browsing_overtaken").await?;
    visit.end().await
}

async fn server(folder: &Path) -> Result<()> {
    let mut visit = Visit::begin().await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    visit.stand.stop_server();
    bank.leave_by("Done").await?;
    shown(&visit, folder, "unreachable").await?;
    visit.stand.start_server(Restart::SignedOut).await?;
    visit.page.press("Try again").await?;
    shown(&visit, folder, "signed_out").await?;
    visit.stand.stop_server();
    visit.stand.start_server(Restart::Same).await?;
    visit.page.press("Sign in").await?;
    visit.page.waits_for("relinked").await?;
    visit.end().await
}

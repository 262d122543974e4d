//! Saves a picture of every screen: light and dark, narrow and wide, left to right and right to left.
//!
//! `cargo run -p relink-e2e --example screens -- FOLDER`, with the variables that `cargo xtask test` sets.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use relink_e2e::{ALDER, BankWindow, Restart, TERN, Visit};
use serde_json::json;

const NEXT: &str = "Continue to Alder Bank";

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
    shown(&visit, folder, "relinked").await?;
    visit.page.press("Done").await?;
    visit.page.waits_for("browsing").await?;
    shoot(&visit, folder, "browsing_repaired").await?;
    visit.end().await
}

async fn at_the_bank(folder: &Path) -> Result<()> {
    let visit = Visit::begin().await?;
    let bank = visit.go_to_bank().await?;
    bank.sign_in().await?;
    bank.choose("1204").await?;
    bank.shows("wrong-account").await?;
    bank.leave_by("Close").await?;
    shown(&visit, folder, "no_account").await?;
    for (button, screen) in
        [("Leave the sign-in unfinished", "no_authorization"), ("Let the bank fail", "failed")]
    {
        let bank = try_again(&visit).await?;
        bank.go_to_sign_in().await?;
        bank.press(button).await?;
        bank.leave_by("Close").await?;
        shown(&visit, folder, screen).await?;
    }
    try_again(&visit).await?.close().await?;
    shown(&visit, folder, "cancelled").await?;
    visit.end().await
}

async fn try_again(visit: &Visit) -> Result<BankWindow> {
    visit.page.press("Try again").await?;
    visit.bank().await
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
    shown(&visit, folder, "not_found").await?;
    visit.page.press("See your accounts").await?;
    visit.page.waits_for("browsing").await?;
    visit.page.row(ALDER).await?;
    visit.end().await
}

//! What must be true of the page wherever the customer is: nothing in the console, nothing cut off, nobody else asked.

use anyhow::{Result, ensure};
use relink_e2e::{Screen, Settings, TERN, Visit};

const NEXT: &str = "Continue to Alder Bank";

/// The policy's violations as the page itself hears of them, from its first moment on.
const HEAR_VIOLATIONS: &str = r"
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (one) => {
        window.violations.push(`${one.violatedDirective} ${one.blockedURI} ${one.sample}`);
    });
";

#[tokio::test]
async fn on_the_way_to_success_the_console_stays_empty_and_nobody_else_is_asked() -> Result<()> {
    let visit = Visit::prepare().await?;
    let script = serde_json::json!({ "source": HEAR_VIOLATIONS });
    visit.browser()?.devtools("Page.addScriptToEvaluateOnNewDocument", script).await?;
    visit.page.open(visit.stand.url()).await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    bank.leave_by("Done").await?;
    visit.sees_success().await?;
    visit.page.press("Done").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    assert_eq!(visit.page.run("return window.violations;").await?, serde_json::json!([]));
    assert_eq!(visit.browser()?.console().await?.iter().map(|one| &one.message).collect::<Vec<_>>(), [""; 0]);
    // The browser's own first tab is watched too.
    let known = [visit.stand.url(), visit.stand.sandbox_url(), "data:", "chrome:"];
    let mut requests = 0;
    for event in visit.browser()?.network().await? {
        if event["method"] == "Network.requestWillBeSent" {
            let url = event["params"]["request"]["url"].as_str().unwrap_or_default();
            assert!(known.iter().any(|known| url.starts_with(known)), "asked for {url}");
            requests += 1;
        }
    }
    assert!(requests > 5, "the network was not watched");
    visit.end().await
}

fn fits(screen: &Screen) -> Result<()> {
    ensure!(screen.too_wide.is_empty(), "{} is too wide: {:?}", screen.name, screen.too_wide);
    Ok(())
}

/// The bank window is not ours, but nobody gets past it if it does not fit.
async fn bank_fits(visit: &Visit) -> Result<()> {
    let room = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";
    ensure!(visit.page.run(room).await? == 0, "the bank window is too wide");
    Ok(())
}

#[tokio::test]
async fn at_320_pixels_nothing_sticks_out_on_the_way_to_success() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.browser()?.width(320).await?;
    visit.stand.sandbox.pause()?;
    visit.page.open(visit.stand.url()).await?;
    fits(&visit.page.waits_for("opening").await?)?;
    visit.stand.sandbox.resume()?;
    fits(&visit.page.waits_for("browsing").await?)?;
    visit.explain().await?;
    fits(&visit.page.screen().await?)?;
    visit.stand.sandbox.pause()?;
    visit.page.press(NEXT).await?;
    fits(&visit.page.waits_for("preparing").await?)?;
    visit.stand.sandbox.resume()?;
    fits(&visit.page.waits_for("at_bank").await?)?;
    let bank = visit.bank().await?;
    bank_fits(&visit).await?;
    bank.connect().await?;
    bank_fits(&visit).await?;
    visit.stand.sandbox.pause()?;
    bank.press("Done").await?;
    bank.step_out().await?;
    visit.stand.sandbox.resume()?;
    bank.is_gone().await?;
    fits(&visit.page.waits_for("relinked").await?)?;
    visit.end().await
}

#[tokio::test]
async fn at_320_pixels_nothing_sticks_out_when_another_account_takes_its_place() -> Result<()> {
    let settings: Settings =
        &[("RELINK_PERMISSIONS", "ownership"), ("RELINK_HELP_URL", "https://help.northwind.example/")];
    let visit = Visit::begin_with(settings).await?;
    visit.browser()?.width(320).await?;
    visit.explain().await?;
    fits(&visit.page.screen().await?)?;
    visit.page.press("Not now").await?;
    visit.page.waits_for("browsing").await?;
    visit.shares_another_account().await?;
    fits(&visit.page.screen().await?)?;
    visit.page.press("Add a different bank").await?;
    fits(&visit.page.waits_for("explaining").await?)?;
    let bank = visit.press_into_bank("Choose your bank").await?;
    bank.press("Agree and continue").await?;
    bank.shows("institution").await?;
    bank_fits(&visit).await?;
    bank.close().await?;
    fits(&visit.page.waits_for("cancelled").await?)?;
    visit.page.press("Start again").await?;
    visit.share("Copperfield Credit Union", &["4421"]).await?;
    fits(&visit.page.waits_for("new_account").await?)?;
    visit.stand.set(&serde_json::json!({ "decline_setup_intents": true })).await?;
    visit.page.press("Pay from ••4421").await?;
    fits(&visit.page.waits_for("payment_refused").await?)?;
    visit.stand.set(&serde_json::json!({ "decline_setup_intents": false })).await?;
    visit.page.press("See your accounts").await?;
    visit.page.waits_for("new_account").await?;
    visit.page.press("Pay from ••4421").await?;
    fits(&visit.page.waits_for("paid").await?)?;
    visit.end().await
}

#[tokio::test]
async fn at_320_pixels_nothing_sticks_out_where_there_are_many_accounts() -> Result<()> {
    let settings: Settings = &[
        ("RELINK_PURPOSE", "data"),
        ("RELINK_PERMISSIONS", "balances"),
        ("RELINK_DEMO_CUSTOMER", "cus_SandboxData"),
    ];
    let visit = Visit::begin_with(settings).await?;
    visit.browser()?.width(320).await?;
    fits(&visit.page.screen().await?)?;
    for (new_authorization, screen) in [(false, "relinked"), (true, "new_authorization")] {
        visit.stand.set(&serde_json::json!({ "new_authorization": new_authorization })).await?;
        let account = ["fca_FoundryChecking3001", "fca_FoundryMortgage3004"][usize::from(new_authorization)];
        visit.page.choose(account).await?;
        fits(&visit.page.waits_for("explaining").await?)?;
        visit.page.press("Continue to Foundry National Bank").await?;
        let last4s: [&[&str]; 2] = [&["3001", "3005"], &["3004", "3006"]];
        visit.share("Foundry National Bank", last4s[usize::from(new_authorization)]).await?;
        fits(&visit.page.waits_for(screen).await?)?;
        visit.back_to_accounts("Done").await?;
    }
    visit.end().await
}

#[tokio::test]
async fn at_320_pixels_nothing_sticks_out_when_things_go_wrong() -> Result<()> {
    let mut visit = Visit::begin().await?;
    visit.browser()?.width(320).await?;
    visit.page.choose(TERN).await?;
    fits(&visit.page.waits_for("unrepairable").await?)?;
    visit.page.press("See your accounts").await?;
    visit.page.waits_for("browsing").await?;
    visit.explain_while_stripe_is_blocked().await?;
    visit.page.press(NEXT).await?;
    fits(&visit.page.waits_for("stripe_blocked").await?)?;
    visit.stand.fault("POST /v1/financial_connections/sessions", 503, 2).await?;
    visit.page.press("Try again").await?;
    fits(&visit.page.waits_for("stripe_down").await?)?;
    visit.page.run("document.querySelector('details').open = true;").await?;
    fits(&visit.page.screen().await?)?;
    visit.stand.pending_reads(1000).await?;
    visit.page.press("Try again").await?;
    let bank = visit.bank().await?;
    bank.sign_in().await?;
    bank.choose("1204").await?;
    bank.shows("wrong-account").await?;
    bank_fits(&visit).await?;
    bank.leave_by("Close").await?;
    fits(&visit.page.waits_for("checking").await?)?;
    fits(&visit.page.waits_for("pending").await?)?;
    visit.stand.stop_server();
    fits(&visit.page.waits_for("unreachable").await?)?;
    visit.end().await
}

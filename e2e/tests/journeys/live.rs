//! Live updates: changes elsewhere appear on an open page without a reload, and interrupt no customer.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, ALDER_SAVINGS, Restart, Settings, TERN, Visit, until};
use serde_json::{Value, json};

const KAI: Settings = &[("RELINK_DEMO_CUSTOMER", "cus_SandboxKai")];
const EXPIRING: &str = "fca_HarborExpiring2750";
pub(crate) const COPPERFIELD: &str = "fca_CopperfieldSavings4421";

/// Records the announcements of the live region from now on.
pub(crate) const LISTEN: &str = r"
    const region = root.querySelector('[role=status]');
    window.said = [];
    new MutationObserver(() => region.textContent && window.said.push(region.textContent))
        .observe(region, { childList: true, characterData: true, subtree: true });
";

pub(crate) async fn said(visit: &Visit) -> Result<String> {
    let said = visit.page.run("return window.said.join(' ');").await?;
    Ok(said.as_str().unwrap_or_default().to_owned())
}

/// Change by a bank after which an account needs a relink.
pub(crate) fn breaks() -> Value {
    json!({ "status": "inactive", "action": "relink_required", "cause": "access_expired" })
}

pub(crate) async fn row_becomes(
    visit: &Visit,
    account: &str,
    words: &str,
    button: Option<&str>,
) -> Result<()> {
    until(async || {
        let row = visit.page.row(account).await?;
        ensure!(row.text.contains(words) && row.button.as_deref() == button, "{row:?}");
        Ok(())
    })
    .await
}

/// Checks that the page was not reloaded, and that the focused element is the same one and still matches the
/// selector.
async fn undisturbed(visit: &Visit, focused: &str) -> Result<()> {
    let script = format!(
        "return [window.said !== undefined, focused() === root.querySelector(\"{focused}\"), \
         focused() === window.held];"
    );
    let is_so = visit.page.run(&script).await?;
    ensure!(is_so == json!([true, true, true]), "{focused}: {is_so}");
    Ok(())
}

async fn focus(visit: &Visit, selector: &str) -> Result<()> {
    let script = format!("window.held = root.querySelector(\"{selector}\"); window.held.focus();");
    visit.page.run(&script).await.map(drop)
}

#[tokio::test]
async fn repaired_on_another_device_the_warning_disappears_by_itself_and_that_is_said_once() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.page.run(LISTEN).await?;
    let button = format!("[data-account={TERN}] button");
    focus(&visit, &button).await?;
    ensure!(visit.page.screen().await?.text.contains("may fail until you sign in"));
    visit.stand.repair_elsewhere().await?;
    for account in [ALDER, ALDER_SAVINGS] {
        row_becomes(&visit, account, "Connected", None).await?;
    }
    let screen = visit.page.shows("browsing", "Your bank accounts").await?;
    ensure!(!screen.text.contains("may fail until you sign in"), "{screen:?}");
    undisturbed(&visit, &button).await?;
    let said = said(&visit).await?;
    for digits in ["6789", "1204"] {
        let once = format!("Alder Bank account ending in {digits}: Connected.");
        ensure!(said.matches(&once).count() == 1, "{once:?} is not said once: {said:?}");
    }
    ensure!(!said.contains("Tern") && !said.contains("Copperfield"), "{said:?}");
    visit.end().await
}

#[tokio::test]
async fn broken_while_the_page_is_open_the_warning_appears_and_can_be_acted_on() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.page.run(LISTEN).await?;
    let button = format!("[data-account={ALDER}] button");
    focus(&visit, &button).await?;
    visit.stand.change_account(COPPERFIELD, &breaks()).await?;
    row_becomes(&visit, COPPERFIELD, "Needs you to sign in again", Some("Reconnect")).await?;
    undisturbed(&visit, &button).await?;
    let said = said(&visit).await?;
    let once = "Copperfield Credit Union account ending in 4421: Needs you to sign in again.";
    ensure!(said == once, "{said:?}");
    let bank = "Copperfield Credit Union";
    visit.relink(COPPERFIELD, bank, &["4421"]).await?;
    visit.page.arrives("relinked", &format!("{bank} ••4421 is connected"), "Done").await?;
    visit.end().await
}

#[tokio::test]
async fn whose_button_is_gone_keeps_the_place_in_the_list() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.page.run(LISTEN).await?;
    focus(&visit, &format!("[data-account={ALDER}] button")).await?;
    visit.stand.repair_elsewhere().await?;
    row_becomes(&visit, ALDER, "Connected", None).await?;
    let focused = visit.page.run("return focused().dataset.account;").await?;
    ensure!(focused == ALDER, "{focused}");
    visit.end().await
}

#[tokio::test]
async fn the_page_stays_where_the_reader_has_scrolled_it() -> Result<()> {
    let visit = Visit::begin_with(KAI).await?;
    visit.page.run(LISTEN).await?;
    // The changed row is above the window, and may get a line higher or lower, depending on the date in it and on the
    // fonts. So compare the position of the last row in the window, and not the scroll offset.
    let scroll = "window.scrollTo(0, 450); return Math.round(window.scrollY);";
    ensure!(visit.page.run(scroll).await? == 450, "the page is too short for this");
    let place = "const rows = root.querySelectorAll('[data-account]'); \
                 return [Math.round([...rows].at(-1).getBoundingClientRect().top), window.said !== undefined];";
    let before = visit.page.run(place).await?;
    visit.stand.change_account(EXPIRING, &breaks()).await?;
    row_becomes(&visit, EXPIRING, "Needs you to sign in again", Some("Reconnect")).await?;
    // A browser that adjusts the scroll offset by itself may do so only when it draws the next frame.
    until(async || {
        let after = visit.page.run(place).await?;
        ensure!(after == before, "the last row was at {before}, then at {after}");
        Ok(())
    })
    .await?;
    visit.end().await
}

#[tokio::test]
async fn an_account_that_breaks_while_it_is_explained_is_explained_as_it_is_now() -> Result<()> {
    let visit = Visit::begin_with(KAI).await?;
    let stays = "Your account stays connected if you change your mind.";
    let screen = visit.explain_account(EXPIRING, "Harbor Federal Bank").await?;
    ensure!(screen.text.contains(stays), "{screen:?}");
    visit.page.run(LISTEN).await?;
    focus(&visit, "button.primary").await?;
    visit.stand.change_account(EXPIRING, &breaks()).await?;
    until(async || {
        let screen = visit.page.screen().await?;
        ensure!(screen.name == "explaining" && !screen.text.contains(stays), "{screen:?}");
        Ok(())
    })
    .await?;
    undisturbed(&visit, "button.primary").await?;
    ensure!(said(&visit).await? == "Harbor Federal Bank account ending in 2750: Needs you to sign in again.");
    visit.page.press("Continue to Harbor Federal Bank").await?;
    visit.share("Harbor Federal Bank", &["2750"]).await?;
    visit.page.arrives("relinked", "Harbor Federal Bank ••2750 is connected", "Done").await?;
    visit.end().await
}

#[tokio::test]
async fn an_account_that_is_repaired_elsewhere_while_it_is_explained_leads_back_to_the_accounts() -> Result<()>
{
    let visit = Visit::begin().await?;
    visit.explain().await?;
    visit.page.run(LISTEN).await?;
    visit.stand.repair_elsewhere().await?;
    let screen = visit.page.arrives_without_choice("browsing", "Your bank accounts").await?;
    let notice = "Alder Bank ••6789 was reconnected somewhere else. You don't need to do anything.";
    ensure!(screen.text.contains(notice), "{screen:?}");
    ensure!(
        said(&visit).await?.contains("Alder Bank account ending in 6789 was reconnected somewhere else.")
    );
    row_becomes(&visit, ALDER, "Connected", None).await?;
    visit.end().await
}

#[tokio::test]
async fn at_the_bank_nothing_changes_under_the_customer_and_the_accounts_are_fresh_afterwards() -> Result<()>
{
    let visit = Visit::begin().await?;
    let bank = visit.go_to_bank().await?;
    bank.sign_in().await?;
    bank.step_out().await?;
    visit.stand.change_account(COPPERFIELD, &breaks()).await?;
    visit.stand.server_knows(COPPERFIELD, "broken").await?;
    visit.page.settles().await?;
    visit.page.shows("at_bank", "Finish in the bank window").await?;
    let bank = bank.step_in().await?;
    bank.close().await?;
    visit.page.arrives("cancelled", "You closed the bank window", "Start again").await?;
    visit.back_to_accounts("Not now").await?;
    row_becomes(&visit, COPPERFIELD, "Needs you to sign in again", Some("Reconnect")).await?;
    visit.end().await
}

#[tokio::test]
async fn a_server_that_was_away_is_found_again_and_tells_what_changed_meanwhile() -> Result<()> {
    let mut visit = Visit::begin().await?;
    visit.page.run(LISTEN).await?;
    visit.stand.stop_server();
    visit.stand.change_account(COPPERFIELD, &breaks()).await?;
    visit.page.settles().await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    ensure!(said(&visit).await?.is_empty(), "a server that is away is nothing to tell a reader");
    visit.stand.start_server(Restart::Same).await?;
    // After many failed retries, the back-off is longer than any test waits.
    visit.page.run("dispatchEvent(new Event('online'));").await?;
    row_becomes(&visit, COPPERFIELD, "Needs you to sign in again", Some("Reconnect")).await?;
    ensure!(said(&visit).await?.contains("account ending in 4421: Needs you to sign in again."));
    visit.end().await
}

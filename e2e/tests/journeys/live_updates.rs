//! Live updates: changes elsewhere appear on an open page without a reload, and interrupt no customer.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, ALDER_SAVINGS, BrowserSession, Restart, Settings, TERN, until};
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

pub(crate) async fn said(session: &BrowserSession) -> Result<String> {
    let said = session.page.run("return window.said.join(' ');").await?;
    Ok(said.as_str().unwrap_or_default().to_owned())
}

/// Change by a bank after which an account needs a relink.
pub(crate) fn breaks() -> Value {
    json!({ "status": "inactive", "action": "relink_required", "cause": "access_expired" })
}

pub(crate) async fn row_becomes(
    session: &BrowserSession,
    account: &str,
    words: &str,
    button: Option<&str>,
) -> Result<()> {
    until(async || {
        let row = session.page.row(account).await?;
        ensure!(row.text.contains(words) && row.button.as_deref() == button, "{row:?}");
        Ok(())
    })
    .await
}

/// Checks that the page was not reloaded, and that the focused element is the same one and still matches the
/// selector.
async fn undisturbed(session: &BrowserSession, focused: &str) -> Result<()> {
    let script = format!(
        "return [window.said !== undefined, focused() === root.querySelector(\"{focused}\"), \
         focused() === window.held];"
    );
    let is_so = session.page.run(&script).await?;
    ensure!(is_so == json!([true, true, true]), "{focused}: {is_so}");
    Ok(())
}

async fn focus(session: &BrowserSession, selector: &str) -> Result<()> {
    let script = format!("window.held = root.querySelector(\"{selector}\"); window.held.focus();");
    session.page.run(&script).await.map(drop)
}

#[tokio::test]
async fn repaired_on_another_device_the_warning_disappears_by_itself_and_that_is_said_once() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.page.run(LISTEN).await?;
    let button = format!("[data-account={TERN}] button");
    focus(&session, &button).await?;
    ensure!(session.page.screen().await?.text.contains("may fail until you sign in"));
    session.environment.repair_elsewhere().await?;
    for account in [ALDER, ALDER_SAVINGS] {
        row_becomes(&session, account, "Connected", None).await?;
    }
    let screen = session.page.assert_screen("browsing", "Your bank accounts").await?;
    ensure!(!screen.text.contains("may fail until you sign in"), "{screen:?}");
    undisturbed(&session, &button).await?;
    let said = said(&session).await?;
    for digits in ["6789", "1204"] {
        let once = format!("Alder Bank account ending in {digits}: Connected.");
        ensure!(said.matches(&once).count() == 1, "{once:?} is not said once: {said:?}");
    }
    ensure!(!said.contains("Tern") && !said.contains("Copperfield"), "{said:?}");
    session.finish().await
}

#[tokio::test]
async fn broken_while_the_page_is_open_the_warning_appears_and_can_be_acted_on() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.page.run(LISTEN).await?;
    let button = format!("[data-account={ALDER}] button");
    focus(&session, &button).await?;
    session.environment.change_account(COPPERFIELD, &breaks()).await?;
    row_becomes(&session, COPPERFIELD, "Sign in to your bank again", Some("Reconnect")).await?;
    undisturbed(&session, &button).await?;
    let said = said(&session).await?;
    let once = "Copperfield Credit Union account ending in 4421: Sign in to your bank again.";
    ensure!(said == once, "{said:?}");
    let bank = "Copperfield Credit Union";
    session.relink(COPPERFIELD, bank, &["4421"]).await?;
    session.page.assert_arrival("relinked", &format!("{bank} ••4421 is connected"), "Done").await?;
    session.finish().await
}

#[tokio::test]
async fn focus_stays_in_the_list_when_the_focused_button_disappears() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.page.run(LISTEN).await?;
    focus(&session, &format!("[data-account={ALDER}] button")).await?;
    session.environment.repair_elsewhere().await?;
    row_becomes(&session, ALDER, "Connected", None).await?;
    let focused = session.page.run("return focused().dataset.account;").await?;
    ensure!(focused == ALDER, "{focused}");
    session.finish().await
}

#[tokio::test]
async fn the_page_stays_where_the_reader_has_scrolled_it() -> Result<()> {
    let session = BrowserSession::begin_with(KAI).await?;
    session.page.run(LISTEN).await?;
    // The changed row is above the window, and may get a line higher or lower, depending on the date in it and on the
    // fonts. So compare the position of the last row in the window, and not the scroll offset.
    let scroll = "window.scrollTo(0, 450); return Math.round(window.scrollY);";
    ensure!(session.page.run(scroll).await? == 450, "the page is too short for this");
    let place = "const rows = root.querySelectorAll('[data-account]'); \
                 return [Math.round([...rows].at(-1).getBoundingClientRect().top), window.said !== undefined];";
    let before = session.page.run(place).await?;
    session.environment.change_account(EXPIRING, &breaks()).await?;
    row_becomes(&session, EXPIRING, "Sign in to your bank again", Some("Reconnect")).await?;
    // A browser that adjusts the scroll offset by itself may do so only when it draws the next frame.
    until(async || {
        let after = session.page.run(place).await?;
        ensure!(after == before, "the last row was at {before}, then at {after}");
        Ok(())
    })
    .await?;
    session.finish().await
}

#[tokio::test]
async fn an_account_that_breaks_while_it_is_explained_is_explained_as_it_is_now() -> Result<()> {
    let session = BrowserSession::begin_with(KAI).await?;
    let stays = "Your account stays connected if you change your mind.";
    let screen = session.go_to_explanation_for(EXPIRING, "Harbor Federal Bank").await?;
    ensure!(screen.text.contains(stays), "{screen:?}");
    session.page.run(LISTEN).await?;
    focus(&session, "button.primary").await?;
    session.environment.change_account(EXPIRING, &breaks()).await?;
    until(async || {
        let screen = session.page.screen().await?;
        ensure!(screen.name == "explaining" && !screen.text.contains(stays), "{screen:?}");
        Ok(())
    })
    .await?;
    undisturbed(&session, "button.primary").await?;
    ensure!(
        said(&session).await? == "Harbor Federal Bank account ending in 2750: Sign in to your bank again."
    );
    session.page.press("Continue to Harbor Federal Bank").await?;
    session.share_accounts("Harbor Federal Bank", &["2750"]).await?;
    session.page.assert_arrival("relinked", "Harbor Federal Bank ••2750 is connected", "Done").await?;
    session.finish().await
}

#[tokio::test]
async fn an_account_that_is_repaired_elsewhere_while_it_is_explained_leads_back_to_the_accounts() -> Result<()>
{
    let session = BrowserSession::begin().await?;
    session.go_to_explanation().await?;
    session.page.run(LISTEN).await?;
    session.environment.repair_elsewhere().await?;
    let screen = session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
    let notice = "Alder Bank ••6789 was already reconnected. You don't need to do anything.";
    ensure!(screen.text.contains(notice), "{screen:?}");
    ensure!(said(&session).await?.contains("Alder Bank account ending in 6789 was already reconnected."));
    row_becomes(&session, ALDER, "Connected", None).await?;
    session.finish().await
}

#[tokio::test]
async fn at_the_bank_nothing_changes_under_the_customer_and_the_accounts_are_fresh_afterwards() -> Result<()>
{
    let session = BrowserSession::begin().await?;
    let bank = session.go_to_bank().await?;
    bank.sign_in().await?;
    bank.leave_frame().await?;
    session.environment.change_account(COPPERFIELD, &breaks()).await?;
    session.environment.server_knows(COPPERFIELD, "broken").await?;
    session.page.wait_for_rendering().await?;
    session.page.assert_screen("at_bank", "Finish in the bank window").await?;
    let bank = bank.enter_frame().await?;
    bank.close().await?;
    session.page.assert_arrival("cancelled", "You closed the bank window", "Start again").await?;
    session.back_to_accounts("Not now").await?;
    row_becomes(&session, COPPERFIELD, "Sign in to your bank again", Some("Reconnect")).await?;
    session.finish().await
}

#[tokio::test]
async fn a_server_that_was_away_is_found_again_and_tells_what_changed_meanwhile() -> Result<()> {
    let mut session = BrowserSession::begin().await?;
    session.page.run(LISTEN).await?;
    session.environment.stop_server();
    session.environment.change_account(COPPERFIELD, &breaks()).await?;
    session.page.wait_for_rendering().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    ensure!(said(&session).await?.is_empty(), "a server that is away is nothing to tell a reader");
    session.environment.start_server(Restart::SameSettings).await?;
    // After many failed retries, the back-off is longer than any test waits.
    session.page.run("dispatchEvent(new Event('online'));").await?;
    row_becomes(&session, COPPERFIELD, "Sign in to your bank again", Some("Reconnect")).await?;
    ensure!(said(&session).await?.contains("account ending in 4421: Sign in to your bank again."));
    session.finish().await
}

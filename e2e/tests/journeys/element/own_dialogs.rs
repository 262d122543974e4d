//! Dialogs of the merchant's page, and the bank window, which lies above the page by its `z-index` only.

use std::time::Duration;

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, until};
use serde_json::json;

use super::open_page_with;

const ELEMENT: &str = "<bank-relink token-url='/demo/token'></bank-relink>";
/// First words of the sentence about a window that can't be reached.
const COVERED: &str = "Another window of this page is in front of your bank's.";

/// Opens the page with the element, and a dialog `own` of the page's. Runs `listener` when a bank window is about to open.
async fn explained(html: &str, listener: &str) -> Result<BrowserSession> {
    explained_in(BrowserSession::prepare().await?, html, listener).await
}

async fn explained_in(session: BrowserSession, html: &str, listener: &str) -> Result<BrowserSession> {
    open_page_with(&session, html).await?;
    let listen = format!(
        "
        const own = document.getElementById('own');
        if (own.contains(document.querySelector('bank-relink'))) own.showModal();
        // Whether the dialog was modal, and for how long the page was asked to wait, when the window appeared.
        const frame = () => document.querySelector('iframe[name=sandbox-bank]');
        new MutationObserver(() => {{
            if (frame()) window.seen ??= [own.matches(':modal'), performance.now() - window.asked];
        }}).observe(document.body, {{ childList: true }});
        document.addEventListener('relink-open', (event) => {{
            window.asked = performance.now();
            {listener}
        }});
        "
    );
    session.page.run(&listen).await?;
    session.go_to_explanation().await?;
    Ok(session)
}

/// Waits until the screen says, or no longer says, that the window can't be reached.
async fn says_that_it_is_covered(session: &BrowserSession, is_said: bool) -> Result<()> {
    until(async || {
        let screen = session.page.screen().await?;
        ensure!(screen.name == "at_bank" && screen.text.contains(COVERED) == is_said, "{screen:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_bank_window_opens_when_the_page_has_closed_its_dialog_around_the_element() -> Result<()> {
    let html = format!("<dialog id='own'>{ELEMENT}</dialog>");
    let closing = "
        event.waitUntil(new Promise((resolve) => setTimeout(resolve, 700)).then(() => {
            own.close();
            own.show();
        }));
        document.addEventListener('relink-success', () => {
            own.close();
            own.showModal();
        });
    ";
    let session = explained(&html, closing).await?;
    session.page.press("Continue to Alder Bank").await?;
    until(async || {
        let seen = session.page.run("return window.seen;").await?;
        ensure!(seen[0] == false && seen[1].as_f64() > Some(690.0), "{seen}");
        Ok(())
    })
    .await?;
    let bank = session.bank().await?;
    session.connect(bank).await?;
    session.finish().await
}

#[tokio::test]
async fn the_bank_window_waits_two_seconds_for_a_page_that_is_never_ready() -> Result<()> {
    let html = format!("{ELEMENT}<dialog id='own'></dialog>");
    let never = "event.waitUntil(new Promise(() => {})); event.waitUntil(Promise.reject(Error('no')));";
    let session = explained(&html, never).await?;
    let bank = session.press_into_bank("Continue to Alder Bank").await?;
    bank.leave_frame().await?;
    let seen = session.page.run("return window.seen;").await?;
    ensure!(seen[1].as_f64().is_some_and(|waited| (1_990.0..9_000.0).contains(&waited)), "{seen}");
    session.finish().await
}

#[tokio::test]
async fn a_window_below_a_dialog_of_the_page_is_explained_until_the_dialog_is_closed() -> Result<()> {
    let html = format!("{ELEMENT}<dialog id='own'>Are you still there?</dialog>");
    let session = explained(&html, "own.showModal();").await?;
    session.page.press("Continue to Alder Bank").await?;
    session.page.assert_screen("at_bank", "Finish in the bank window").await?;
    says_that_it_is_covered(&session, true).await?;
    session.page.run("document.getElementById('own').close();").await?;
    says_that_it_is_covered(&session, false).await?;
    let bank = session.bank().await?;
    session.connect(bank).await?;
    session.finish().await
}

#[tokio::test]
async fn a_window_in_a_locked_body_is_explained_until_the_body_is_unlocked() -> Result<()> {
    let html = format!("{ELEMENT}<dialog id='own'></dialog>");
    let session = explained(&html, "document.body.style.pointerEvents = 'none';").await?;
    session.page.press("Continue to Alder Bank").await?;
    session.page.assert_screen("at_bank", "Finish in the bank window").await?;
    says_that_it_is_covered(&session, true).await?;
    session.page.run("document.body.style.pointerEvents = '';").await?;
    says_that_it_is_covered(&session, false).await?;
    let bank = session.bank().await?;
    session.connect(bank).await?;
    session.finish().await
}

#[tokio::test]
async fn a_bank_window_that_is_a_modal_dialog_itself_is_not_covered() -> Result<()> {
    let html = format!("{ELEMENT}<dialog id='own'></dialog>");
    let session = BrowserSession::prepare().await?;
    session.environment.set_sandbox(&json!({"modal_bank_window": true})).await?;
    let session = explained_in(session, &html, "").await?;
    let bank = session.press_into_bank("Continue to Alder Bank").await?;
    bank.leave_frame().await?;
    let is_modal =
        "return document.querySelector('iframe[name=sandbox-bank]').parentElement.matches(':modal');";
    ensure!(session.page.run(is_modal).await? == true, "the switch has no effect");
    // Longer than between two looks at what is in front.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    says_that_it_is_covered(&session, false).await?;
    session.finish().await
}

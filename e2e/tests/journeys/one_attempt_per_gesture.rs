//! One gesture makes one attempt, one session and one window, however impatient the customer is.

use anyhow::Result;
use relink_e2e::{ALDER, BrowserSession, Rule};
use serde_json::Value;
use thirtyfour::Key;

const NEXT: &str = "Continue to Alder Bank";
/// Endpoint that creates sessions.
const SESSIONS: &str = "/api/sessions";

/// Counts every click as part of the same gesture, until `asBefore()`.
const ONE_GESTURE: &str = r"
    const { prototype } = UIEvent;
    const before = Object.getOwnPropertyDescriptor(prototype, 'detail');
    let clicks = 0;
    const count = () => (clicks += 1);
    addEventListener('click', count, true);
    Object.defineProperty(prototype, 'detail', { ...before, get: () => clicks });
    window.asBefore = () => {
        removeEventListener('click', count, true);
        Object.defineProperty(prototype, 'detail', before);
    };
";

/// Clicks twice in one gesture, however long the clicks are apart on a slow machine.
async fn double_click(session: &BrowserSession, label: &str) -> Result<()> {
    let button = session.page.button(label).await?;
    session.page.run(ONE_GESTURE).await?;
    session.browser()?.driver()?.action_chain().double_click_element(&button).perform().await?;
    session.page.run("asBefore();").await.map(drop)
}

/// Dispatches the second click of a double click to the primary button, wherever that is on the screen.
const SECOND_HALF: &str = r"
    const half = new MouseEvent('click', { detail: 2, bubbles: true, composed: true, cancelable: true });
    root.querySelector('button.primary').dispatchEvent(half);
";

async fn hammer_enter(session: &BrowserSession) -> Result<()> {
    let mut keys = session.browser()?.driver()?.action_chain();
    for _ in 0..8 {
        keys = keys.send_keys(Key::Enter);
    }
    Ok(keys.perform().await?)
}

async fn one_window_and_it_works(session: &BrowserSession) -> Result<()> {
    let bank = session.bank().await?;
    session.assert_session_requests(1).await?;
    bank.connect().await?;
    bank.close_with("Done").await?;
    session.assert_success().await?;
    session.assert_session_requests(1).await?;
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.assert_outcomes(&["relinked"])
}

#[tokio::test]
async fn a_double_click_opens_one_window() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.go_to_explanation().await?;
    double_click(&session, NEXT).await?;
    one_window_and_it_works(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn a_double_click_while_everything_is_slow_opens_one_window() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.browser()?.width(320).await?;
    session.go_to_explanation().await?;
    session.environment.proxy.set_rule(SESSIONS, Rule::Hold);
    double_click(&session, NEXT).await?;
    session.page.assert_screen("preparing", "Opening Alder Bank").await?;
    session.environment.proxy.set_rule(SESSIONS, Rule::Forward);
    one_window_and_it_works(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn a_hammered_enter_key_opens_one_window() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.go_to_explanation().await?;
    session.page.button(NEXT).await?.focus().await?;
    hammer_enter(&session).await?;
    one_window_and_it_works(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn a_hammered_enter_key_in_the_overview_does_not_skip_the_explanation() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let row = format!("li[data-account='{ALDER}'] button");
    session.page.find(&row).await?.focus().await?;
    hammer_enter(&session).await?;
    session.page.assert_arrival("explaining", "Reconnect your Alder Bank account", NEXT).await?;
    session.assert_session_requests(0).await?;
    session.finish().await
}

#[tokio::test]
async fn a_double_click_in_the_overview_does_not_skip_the_explanation() -> Result<()> {
    let session = BrowserSession::begin().await?;
    for width in [320, 400, 600, 900] {
        session.browser()?.width(width).await?;
        double_click(&session, "Reconnect").await?;
        // The second click moves the focus, too, so the focus isn't checked here.
        session.page.assert_screen("explaining", "Reconnect your Alder Bank account").await?;
        session.page.wait_for_rendering().await?;
        session.page.assert_screen("explaining", "Reconnect your Alder Bank account").await?;
        session.page.press("Not now").await?;
        session.page.assert_screen("browsing", "Your bank accounts").await?;
    }
    session.go_to_explanation().await?;
    session.page.run(SECOND_HALF).await?;
    session.page.wait_for_rendering().await?;
    session.page.assert_screen("explaining", "Reconnect your Alder Bank account").await?;
    session.assert_session_requests(0).await?;
    session.finish().await
}

#[tokio::test]
async fn a_double_click_on_another_attempt_is_one_attempt() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.go_to_bank().await?.close().await?;
    for sessions in [2, 3] {
        session.assert_failure("cancelled", "You closed the bank window", "Start again").await?;
        double_click(&session, "Start again").await?;
        session.bank().await?.close().await?;
        session.assert_session_requests(sessions).await?;
        session.browser()?.width(320).await?;
    }
    session.assert_sessions_for_alder(&[const { ("cancelled", Value::Null) }; 3]).await?;
    session.finish().await
}

#[tokio::test]
async fn cancelling_before_the_bank_window_opens_prevents_it() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.go_to_explanation().await?;
    session.environment.proxy.set_rule(SESSIONS, Rule::Hold);
    session.page.press(NEXT).await?;
    session.page.assert_arrival_without_primary("preparing", "Opening Alder Bank").await?;
    session.page.press("Cancel").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.environment.proxy.set_rule(SESSIONS, Rule::Forward);
    // The pending request is answered before the next one is made.
    relink_e2e::until(async || session.assert_session_requests(1).await).await?;
    session.page.open_account(ALDER).await?;
    session.page.assert_arrival("explaining", "Reconnect your Alder Bank account", NEXT).await?;
    session.page.wait_for_rendering().await?;
    session.page.assert_screen("explaining", "Reconnect your Alder Bank account").await?;
    assert_eq!(session.environment.sessions().await?[0]["windows_opened"], 0);
    session.finish().await
}

//! One gesture makes one attempt, one session and one window, however impatient the customer is.

use anyhow::Result;
use relink_e2e::{ALDER, Rule, Visit};
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
async fn double_click(visit: &Visit, label: &str) -> Result<()> {
    let button = visit.page.button(label).await?;
    visit.page.run(ONE_GESTURE).await?;
    visit.browser()?.driver()?.action_chain().double_click_element(&button).perform().await?;
    visit.page.run("asBefore();").await.map(drop)
}

/// Dispatches the second click of a double click to the primary button, wherever that is on the screen.
const SECOND_HALF: &str = r"
    const half = new MouseEvent('click', { detail: 2, bubbles: true, composed: true, cancelable: true });
    root.querySelector('button.primary').dispatchEvent(half);
";

async fn hammer_enter(visit: &Visit) -> Result<()> {
    let mut keys = visit.browser()?.driver()?.action_chain();
    for _ in 0..8 {
        keys = keys.send_keys(Key::Enter);
    }
    Ok(keys.perform().await?)
}

async fn one_window_and_it_works(visit: &Visit) -> Result<()> {
    let bank = visit.bank().await?;
    visit.sessions_were_asked_for(1).await?;
    bank.connect().await?;
    bank.leave_by("Done").await?;
    visit.sees_success().await?;
    visit.sessions_were_asked_for(1).await?;
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.server_gave(&["relinked"])
}

#[tokio::test]
async fn a_double_click_opens_one_window() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.explain().await?;
    double_click(&visit, NEXT).await?;
    one_window_and_it_works(&visit).await?;
    visit.end().await
}

#[tokio::test]
async fn a_double_click_while_everything_is_slow_opens_one_window() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.browser()?.width(320).await?;
    visit.explain().await?;
    visit.stand.gate.set(SESSIONS, Rule::Hold);
    double_click(&visit, NEXT).await?;
    visit.page.shows("preparing", "Opening Alder Bank").await?;
    visit.stand.gate.set(SESSIONS, Rule::Pass);
    one_window_and_it_works(&visit).await?;
    visit.end().await
}

#[tokio::test]
async fn a_hammered_enter_key_opens_one_window() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.explain().await?;
    visit.page.button(NEXT).await?.focus().await?;
    hammer_enter(&visit).await?;
    one_window_and_it_works(&visit).await?;
    visit.end().await
}

#[tokio::test]
async fn a_hammered_enter_key_in_the_overview_does_not_skip_the_explanation() -> Result<()> {
    let visit = Visit::begin().await?;
    let row = format!("li[data-account='{ALDER}'] button");
    visit.page.find(&row).await?.focus().await?;
    hammer_enter(&visit).await?;
    visit.page.arrives("explaining", "Reconnect your Alder Bank account", NEXT).await?;
    visit.sessions_were_asked_for(0).await?;
    visit.end().await
}

#[tokio::test]
async fn a_double_click_in_the_overview_does_not_skip_the_explanation() -> Result<()> {
    let visit = Visit::begin().await?;
    for width in [320, 400, 600, 900] {
        visit.browser()?.width(width).await?;
        double_click(&visit, "Reconnect").await?;
        // The second click moves the focus, too, so the focus isn't checked here.
        visit.page.shows("explaining", "Reconnect your Alder Bank account").await?;
        visit.page.settles().await?;
        visit.page.shows("explaining", "Reconnect your Alder Bank account").await?;
        visit.page.press("Not now").await?;
        visit.page.shows("browsing", "Your bank accounts").await?;
    }
    visit.explain().await?;
    visit.page.run(SECOND_HALF).await?;
    visit.page.settles().await?;
    visit.page.shows("explaining", "Reconnect your Alder Bank account").await?;
    visit.sessions_were_asked_for(0).await?;
    visit.end().await
}

#[tokio::test]
async fn a_double_click_on_another_attempt_is_one_attempt() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.go_to_bank().await?.close().await?;
    for sessions in [2, 3] {
        visit.sees_failure("cancelled", "You closed the bank window", "Start again").await?;
        double_click(&visit, "Start again").await?;
        visit.bank().await?.close().await?;
        visit.sessions_were_asked_for(sessions).await?;
        visit.browser()?.width(320).await?;
    }
    visit.recorded(&[const { ("cancelled", Value::Null) }; 3]).await?;
    visit.end().await
}

#[tokio::test]
async fn whoever_leaves_before_the_window_opens_sees_none() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.explain().await?;
    visit.stand.gate.set(SESSIONS, Rule::Hold);
    visit.page.press(NEXT).await?;
    visit.page.arrives_without_choice("preparing", "Opening Alder Bank").await?;
    visit.page.press("Cancel").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.stand.gate.set(SESSIONS, Rule::Pass);
    // The pending request is answered before the next one is made.
    relink_e2e::until(async || visit.sessions_were_asked_for(1).await).await?;
    visit.page.choose(ALDER).await?;
    visit.page.arrives("explaining", "Reconnect your Alder Bank account", NEXT).await?;
    visit.page.settles().await?;
    visit.page.shows("explaining", "Reconnect your Alder Bank account").await?;
    assert_eq!(visit.stand.sessions().await?[0]["windows_opened"], 0);
    visit.end().await
}

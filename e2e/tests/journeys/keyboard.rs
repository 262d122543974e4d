//! The whole way to success by keyboard alone.

use anyhow::{Context, Result, ensure};
use relink_e2e::{ALDER, BrowserSession};
use serde_json::Value;
use thirtyfour::{Key, TypingData};

/// Returns the focused element as text, and whether the focus is visible. The text is the label; for a field, its
/// name or the last digits, followed by "chosen" if it is; empty for a heading and for nothing at all.
const FOCUSED: &str = r"
    const one = focused();
    if (!one || !one.matches('button, input, summary, a')) return ['', true];
    const row = one.closest('label[data-last4]');
    const field = row ? `${row.dataset.last4}${one.checked ? ' chosen' : ''}` : one.name;
    const copy = one.cloneNode(true);
    for (const part of copy.querySelectorAll('.spoken')) part.remove();
    const label = one.matches('input') ? field : copy.textContent.trim() || one.ariaLabel;
    return [label, one.matches(':focus-visible') && getComputedStyle(one).outlineStyle !== 'none'];
";

struct Keyboard<'a>(&'a BrowserSession);

impl Keyboard<'_> {
    async fn press(&self, keys: impl Into<TypingData>) -> Result<()> {
        Ok(self.0.browser()?.driver()?.action_chain().send_keys(keys.into()).perform().await?)
    }

    async fn focused(&self) -> Result<String> {
        let answer = self.0.page.run(FOCUSED).await?;
        let label = answer[0].as_str().context("no label")?;
        ensure!(answer[1] == true, "nobody can see that {label:?} has the focus");
        Ok(label.to_owned())
    }

    /// Presses Tab until `label` has the focus, at most ten times, which is more than enough.
    async fn tab_to(&self, label: &str) -> Result<()> {
        let mut passed = Vec::new();
        for _ in 0..10 {
            self.press(Key::Tab).await?;
            let focused = self.focused().await?;
            if focused == label {
                return Ok(());
            }
            passed.push(focused);
        }
        anyhow::bail!("{label:?} is not among {passed:?}")
    }

    /// Presses Tab once and checks the focus: after a new screen, the main button is the next stop.
    async fn next_is(&self, label: &str) -> Result<()> {
        self.press(Key::Tab).await?;
        let focused = self.focused().await?;
        ensure!(focused == label, "the next stop is {focused:?}, not {label:?}");
        Ok(())
    }
}

#[tokio::test]
async fn the_right_account_works_again_without_a_mouse() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let keyboard = Keyboard(&session);
    keyboard.next_is("Reconnect").await?;
    keyboard.press(Key::Enter).await?;
    let next = "Continue to Alder Bank";
    session.page.assert_arrival("explaining", "Reconnect your Alder Bank account", next).await?;
    keyboard.next_is(next).await?;
    keyboard.press(" ").await?;
    let bank = session.bank().await?;
    keyboard.tab_to("Agree and continue").await?;
    keyboard.press(Key::Enter).await?;
    bank.wait_for_screen("institution").await?;
    keyboard.tab_to(next).await?;
    keyboard.press(" ").await?;
    bank.wait_for_screen("login").await?;
    keyboard.tab_to("username").await?;
    keyboard.press("jenny").await?;
    keyboard.tab_to("password").await?;
    keyboard.press("correct").await?;
    keyboard.press(Key::Enter).await?;
    bank.wait_for_screen("choice").await?;
    choose(&keyboard).await?;
    keyboard.press(Key::Enter).await?;
    bank.wait_for_screen("done").await?;
    keyboard.tab_to("Done").await?;
    // The frame may be gone before the driver answers.
    let pressed = keyboard.press(" ").await;
    bank.is_gone().await.with_context(|| format!("the space bar gave {pressed:?}"))?;
    session.assert_success().await?;
    keyboard.next_is("Done").await?;
    keyboard.press(Key::Enter).await?;
    session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
    assert!(session.page.row(ALDER).await?.text.contains("Connected"));
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.assert_session_requests(1).await?;
    session.finish().await
}

/// Chooses an account in the group of radio buttons, which is a single tab stop in which arrow keys move and choose.
async fn choose(keyboard: &Keyboard<'_>) -> Result<()> {
    for _ in 0..10 {
        keyboard.press(Key::Tab).await?;
        if !["", "Close the bank window"].contains(&keyboard.focused().await?.as_str()) {
            break;
        }
    }
    keyboard.press(" ").await?;
    for _ in 0..5 {
        if keyboard.focused().await? == "6789 chosen" {
            return Ok(());
        }
        keyboard.press(Key::Down).await?;
    }
    anyhow::bail!("••6789 can't be chosen with the keyboard")
}

#[tokio::test]
async fn a_failure_can_be_left_without_a_mouse() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let keyboard = Keyboard(&session);
    session.go_to_bank().await?.escape().await?;
    session.assert_failure("cancelled", "You closed the bank window", "Start again").await?;
    keyboard.next_is("Start again").await?;
    keyboard.next_is("Not now").await?;
    keyboard.press(" ").await?;
    session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
    session.assert_session_requests(1).await?;
    session.finish().await
}

#[tokio::test]
async fn another_account_is_paid_from_without_a_mouse() -> Result<()> {
    let session = BrowserSession::begin_with(&[("RELINK_ANY_ACCOUNT", "true")]).await?;
    let keyboard = Keyboard(&session);
    session.relink(ALDER, "Alder Bank", &["2231"]).await?;
    let next = "Pay from ••2231";
    session.page.assert_arrival("new_account", "Pay from ••2231 instead?", next).await?;
    keyboard.next_is(next).await?;
    keyboard.next_is("Keep ••6789").await?;
    let keys = session.browser()?.driver()?.action_chain();
    keys.key_down(Key::Shift).send_keys(Key::Tab).key_up(Key::Shift).perform().await?;
    ensure!(keyboard.focused().await? == next, "there is no way back to {next}");
    keyboard.press(" ").await?;
    session.page.assert_arrival("paid", "You can pay from Alder Bank ••2231 now", "Done").await?;
    keyboard.next_is("Done").await?;
    session.finish().await
}

//! The dialog and the banner, with the bank window in front of both.

use anyhow::{Context as _, Result, ensure};
use relink_e2e::{ALDER, BrowserSession, InputMethod, Rule, until};
use serde_json::{Value, json};
use thirtyfour::Key;

use super::open_page_with;

const BANNER: &str =
    "<p>A shop.</p><bank-relink banner token-url='/demo/token'></bank-relink><p>More of it.</p>";
const DIALOG: &str = "<button id='opener'>Bank accounts</button><bank-relink mode='dialog' token-url='/demo/token'></bank-relink>";

/// Returns the text of the banner; empty if there is none.
async fn banner(session: &BrowserSession) -> Result<String> {
    let said =
        session.page.run("const one = root.querySelector('.banner'); return one ? seen(one) : '';").await?;
    Ok(said.as_str().unwrap_or_default().to_owned())
}

async fn assert_banner(session: &BrowserSession, expected: &str) -> Result<()> {
    until(async || {
        let said = banner(session).await?;
        ensure!(
            said.contains(expected) && said.is_empty() == expected.is_empty(),
            "the banner says {said:?}"
        );
        Ok(())
    })
    .await
}

/// Waits for the element's event `ready`, which it sends once it has the accounts.
async fn wait_for_ready(session: &BrowserSession) -> Result<()> {
    until(async || {
        let received = session.page.run("return received.map((one) => one.name);").await?;
        ensure!(received.as_array().is_some_and(|received| received.contains(&json!("ready"))), "{received}");
        Ok(())
    })
    .await
}

/// Waits until the dialog is open or closed, and modal or not.
async fn assert_dialog(session: &BrowserSession, is_open: bool, is_modal: bool) -> Result<()> {
    let script = "const one = root.querySelector('dialog'); return [one.open, one.matches(':modal')];";
    until(async || {
        let found = session.page.run(script).await?;
        ensure!(found == json!([is_open, is_modal]), "the dialog is open, modal: {found}");
        Ok(())
    })
    .await
}

async fn from_banner_to_success(method: InputMethod) -> Result<()> {
    let session = BrowserSession::prepare_by(method, &[]).await?;
    open_page_with(&session, BANNER).await?;
    assert_banner(&session, "Reconnect Alder Bank ••6789").await?;
    assert_dialog(&session, false, false).await?;
    session.page.press("Reconnect").await?;
    let heading = "Reconnect your Alder Bank account";
    session.page.assert_arrival("explaining", heading, "Continue to Alder Bank").await?;
    assert_dialog(&session, true, true).await?;
    let bank = session.press_into_bank("Continue to Alder Bank").await?;
    bank.leave_frame().await?;
    assert_dialog(&session, true, false).await?;
    let bank = bank.enter_frame().await?;
    session.connect(bank).await?;
    assert_dialog(&session, true, true).await?;
    session.page.press("Done").await?;
    assert_dialog(&session, false, false).await?;
    assert_banner(&session, "").await?;
    until(async || {
        let focus = session.page.run("return focused().className;").await?;
        ensure!(focus == "place", "the focus is not where the banner was but at {focus}");
        Ok(())
    })
    .await?;
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.finish().await
}

#[tokio::test]
async fn a_banner_leads_to_success_and_is_gone_then() -> Result<()> {
    from_banner_to_success(InputMethod::Mouse).await
}

#[tokio::test]
async fn a_banner_leads_to_success_by_keyboard() -> Result<()> {
    from_banner_to_success(InputMethod::Keyboard).await
}

#[tokio::test]
async fn a_banner_leads_to_success_at_320_pixels() -> Result<()> {
    from_banner_to_success(InputMethod::NarrowScreen).await
}

#[tokio::test]
async fn a_banner_at_320_pixels_breaks_no_word_of_its_buttons() -> Result<()> {
    let session = BrowserSession::prepare_by(InputMethod::NarrowScreen, &[]).await?;
    open_page_with(&session, BANNER).await?;
    assert_banner(&session, "Reconnect Alder Bank ••6789").await?;
    let lines = "
        return [...root.querySelectorAll('.banner button')].map((button) => {
            const text = document.createRange();
            text.selectNodeContents(button);
            return new Set([...text.getClientRects()].map(({ top }) => top)).size;
        });";
    assert_eq!(session.page.run(lines).await?, json!([1, 1]));
    session.finish().await
}

#[tokio::test]
async fn a_banner_that_is_sent_away_stays_away_until_something_else_is_broken() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    open_page_with(&session, BANNER).await?;
    assert_banner(&session, "Reconnect Alder Bank ••6789").await?;
    session.page.press("Not now").await?;
    assert_banner(&session, "").await?;
    session.environment.repair_elsewhere().await?;
    session.page.wait_for_rendering().await?;
    assert_banner(&session, "").await?;
    session.finish().await
}

#[tokio::test]
async fn a_dismissed_banner_stays_dismissed_after_a_reload() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    open_page_with(&session, BANNER).await?;
    assert_banner(&session, "Reconnect Alder Bank ••6789").await?;
    session.page.press("Not now").await?;
    assert_banner(&session, "").await?;
    open_page_with(&session, BANNER).await?;
    wait_for_ready(&session).await?;
    assert_eq!(banner(&session).await?, "");
    session.finish().await
}

#[tokio::test]
async fn an_expiring_banner_can_be_postponed_until_the_account_breaks() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.repair_elsewhere().await?;
    let now = session.environment.state().await?["now"].as_i64().context("no time")?;
    let in_a_week = json!({ "expected_deactivation_date": now + 7 * 24 * 60 * 60 });
    session.environment.change_account(ALDER, &in_a_week).await?;
    session.environment.server_knows(ALDER, "expiring").await?;
    open_page_with(&session, BANNER).await?;
    assert_banner(&session, "Reconnect").await?;
    session.page.press("Remind me later").await?;
    assert_banner(&session, "").await?;
    open_page_with(&session, BANNER).await?;
    wait_for_ready(&session).await?;
    assert_eq!(banner(&session).await?, "");
    // Once the account is broken, the banner comes back.
    let broken = json!({ "status": "inactive", "action": "relink_required", "cause": "access_expired" });
    session.environment.change_account(ALDER, &broken).await?;
    assert_banner(&session, "Reconnect").await?;
    session.page.press("Not now").await?;
    session.finish().await
}

#[tokio::test]
async fn while_all_is_well_a_banner_takes_no_room_whatever_is_inside() -> Result<()> {
    let session =
        BrowserSession::prepare_with(&[("RELINK_DEMO_CUSTOMER", "cus_SandboxNoor")], Value::Null).await?;
    open_page_with(
        &session,
        &BANNER.replace("</bank-relink>", "<a href='/elsewhere'>Bank accounts</a></bank-relink>"),
    )
    .await?;
    wait_for_ready(&session).await?;
    let height = "return document.querySelector('bank-relink').getBoundingClientRect().height;";
    assert_eq!(session.page.run(height).await?, json!(0));
    session.finish().await
}

async fn opener_has_focus(session: &BrowserSession) -> Result<()> {
    until(async || {
        let focus = session.page.run("return document.activeElement.id;").await?;
        ensure!(focus == "opener", "{focus} has the focus");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_dialog_opens_and_closes_and_gives_the_focus_back() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    open_page_with(&session, DIALOG).await?;
    assert_dialog(&session, false, false).await?;
    let open = r"
        const opener = document.querySelector('#opener');
        opener.onclick = () => document.querySelector('bank-relink').open();
        opener.focus();
        opener.click();
    ";
    for close in ["root.querySelector('.close').click()", "document.querySelector('bank-relink').close()", ""]
    {
        session.page.run(open).await?;
        session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
        assert_dialog(&session, true, true).await?;
        if close.is_empty() {
            let driver = session.browser()?.driver()?;
            driver.action_chain().send_keys(Key::Escape).perform().await?;
        } else {
            session.page.run(close).await?;
        }
        assert_dialog(&session, false, false).await?;
        opener_has_focus(&session).await?;
    }
    let exits = "return received.filter((one) => one.name === 'exit').map(({ reason, account }) => [reason, account]);";
    assert_eq!(session.page.run(exits).await?, json!([["closed", null], ["closed", null], ["closed", null]]));
    session.finish().await
}

#[tokio::test]
async fn a_link_inside_leads_where_it_says_until_the_element_opens_in_its_place() -> Result<()> {
    const LINK: &str = "<p><bank-relink mode='dialog' token-url='/demo/token'>\
        <a id='opener' href='#elsewhere'>Bank accounts</a></bank-relink></p>";
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule("/relink.js", Rule::NotFound);
    open_page_with(&session, LINK).await?;
    let leads_there = async |held: &str| {
        let press = format!(
            r"
            const click = {{ {held} bubbles: true, cancelable: true, composed: true }};
            return document.getElementById('opener').dispatchEvent(new MouseEvent('click', click));
            "
        );
        session.page.run(&press).await
    };
    assert_eq!(leads_there("").await?, json!(true), "without the loader");
    // By script, because the page's content security policy forbids inline styles.
    session.page.run("document.querySelector('main p').style.font = 'italic 20px/3 serif';").await?;
    let style = "
        const { font, color, lineHeight } = getComputedStyle(document.getElementById('opener'));
        return [font, color, lineHeight];
    ";
    let before = session.page.run(style).await?;
    session.environment.proxy.set_rule("/relink.js?", Rule::Forward);
    // By an element, as pages do: in Firefox, a module that the driver's script imports runs apart from the page's own
    // scripts, and the program draws nothing.
    let load = "
        const script = document.createElement('script');
        Object.assign(script, { type: 'module', src: '/relink.js?now' });
        document.head.append(script);
    ";
    session.page.run(load).await?;
    until(async || {
        let is_there = "return document.querySelector('bank-relink').shadowRoot?.styleSheets.length === 1;";
        ensure!(session.page.run(is_there).await? == json!(true), "the style sheet is not there");
        Ok(())
    })
    .await?;
    assert_eq!(session.page.run(style).await?, before, "the link looks as the page has it");
    for held in ["ctrlKey: true,", "metaKey: true,", "shiftKey: true,"] {
        assert_eq!(
            leads_there(held).await?,
            json!(true),
            "in a tab or window of its own, it is the link's: {held}"
        );
    }
    assert_dialog(&session, false, false).await?;
    session.page.run("document.getElementById('opener').focus();").await?;
    assert_eq!(leads_there("").await?, json!(false), "with the loader");
    session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
    assert_dialog(&session, true, true).await?;
    session.browser()?.driver()?.action_chain().send_keys(Key::Escape).perform().await?;
    assert_dialog(&session, false, false).await?;
    opener_has_focus(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn a_dialog_is_named_by_its_screen_and_has_the_direction_of_its_language() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    open_page_with(&session, &DIALOG.replace("token-url", "locale='ar' token-url")).await?;
    session.page.run("document.querySelector('bank-relink').open();").await?;
    session.page.wait_for_screen("browsing").await?;
    let found = "
        const dialog = root.querySelector('dialog');
        const label = root.getElementById(dialog.getAttribute('aria-labelledby'));
        const heading = document.createRange();
        heading.selectNodeContents(label);
        const [text, close] = [heading, root.querySelector('.close')].map((one) => one.getBoundingClientRect());
        const apart = text.left >= close.right || text.right <= close.left;
        return [label === root.querySelector('h1'), dialog.lang, dialog.dir, apart];
    ";
    assert_eq!(session.page.run(found).await?, json!([true, "ar", "rtl", true]));
    session.finish().await
}

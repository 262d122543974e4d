//! The dialog and the banner, with the bank window in front of both.

use anyhow::{Context as _, Result, ensure};
use relink_e2e::{ALDER, Rule, Visit, Way, until};
use serde_json::{Value, json};
use thirtyfour::Key;

use super::page_with;

const BANNER: &str =
    "<p>A shop.</p><bank-relink banner token-url='/demo/token'></bank-relink><p>More of it.</p>";
const DIALOG: &str = "<button id='opener'>Bank accounts</button><bank-relink mode='dialog' token-url='/demo/token'></bank-relink>";

/// Returns the text of the banner; empty if there is none.
async fn banner(visit: &Visit) -> Result<String> {
    let said =
        visit.page.run("const one = root.querySelector('.banner'); return one ? seen(one) : '';").await?;
    Ok(said.as_str().unwrap_or_default().to_owned())
}

async fn banner_says(visit: &Visit, expected: &str) -> Result<()> {
    until(async || {
        let said = banner(visit).await?;
        ensure!(
            said.contains(expected) && said.is_empty() == expected.is_empty(),
            "the banner says {said:?}"
        );
        Ok(())
    })
    .await
}

/// Waits for the element's event `ready`, which it sends once it has the accounts.
async fn is_ready(visit: &Visit) -> Result<()> {
    until(async || {
        let told = visit.page.run("return told.map((one) => one.name);").await?;
        ensure!(told.as_array().is_some_and(|told| told.contains(&json!("ready"))), "{told}");
        Ok(())
    })
    .await
}

/// Waits until the dialog is open or closed, and modal or not.
async fn dialog_is(visit: &Visit, is_open: bool, is_modal: bool) -> Result<()> {
    let script = "const one = root.querySelector('dialog'); return [one.open, one.matches(':modal')];";
    until(async || {
        let found = visit.page.run(script).await?;
        ensure!(found == json!([is_open, is_modal]), "the dialog is open, modal: {found}");
        Ok(())
    })
    .await
}

async fn from_banner_to_success(way: Way) -> Result<()> {
    let visit = Visit::prepare_by(way, &[]).await?;
    page_with(&visit, BANNER).await?;
    banner_says(&visit, "Reconnect Alder Bank ••6789").await?;
    dialog_is(&visit, false, false).await?;
    visit.page.press("Reconnect").await?;
    let heading = "Reconnect your Alder Bank account";
    visit.page.arrives("explaining", heading, "Continue to Alder Bank").await?;
    dialog_is(&visit, true, true).await?;
    let bank = visit.press_into_bank("Continue to Alder Bank").await?;
    bank.step_out().await?;
    dialog_is(&visit, true, false).await?;
    let bank = bank.step_in().await?;
    visit.connects(bank).await?;
    dialog_is(&visit, true, true).await?;
    visit.page.press("Done").await?;
    dialog_is(&visit, false, false).await?;
    banner_says(&visit, "").await?;
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.end().await
}

#[tokio::test]
async fn a_banner_leads_to_success_and_is_gone_then() -> Result<()> {
    from_banner_to_success(Way::Mouse).await
}

#[tokio::test]
async fn a_banner_leads_to_success_by_keyboard() -> Result<()> {
    from_banner_to_success(Way::Keyboard).await
}

#[tokio::test]
async fn a_banner_leads_to_success_at_320_pixels() -> Result<()> {
    from_banner_to_success(Way::Narrow).await
}

#[tokio::test]
async fn a_banner_that_is_sent_away_stays_away_until_something_else_is_broken() -> Result<()> {
    let visit = Visit::prepare().await?;
    page_with(&visit, BANNER).await?;
    banner_says(&visit, "Reconnect Alder Bank ••6789").await?;
    visit.page.press("Not now").await?;
    banner_says(&visit, "").await?;
    visit.stand.repair_elsewhere().await?;
    visit.page.settles().await?;
    banner_says(&visit, "").await?;
    visit.end().await
}

#[tokio::test]
async fn what_is_broken_stays_away_where_the_page_is_loaded_anew() -> Result<()> {
    let visit = Visit::prepare().await?;
    page_with(&visit, BANNER).await?;
    banner_says(&visit, "Reconnect Alder Bank ••6789").await?;
    visit.page.press("Not now").await?;
    banner_says(&visit, "").await?;
    page_with(&visit, BANNER).await?;
    is_ready(&visit).await?;
    assert_eq!(banner(&visit).await?, "");
    visit.end().await
}

#[tokio::test]
async fn what_is_about_to_end_can_wait_until_it_has_ended() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.stand.repair_elsewhere().await?;
    let now = visit.stand.state().await?["now"].as_i64().context("no time")?;
    let in_a_week = json!({ "expected_deactivation_date": now + 7 * 24 * 60 * 60 });
    visit.stand.change_account(ALDER, &in_a_week).await?;
    visit.stand.server_knows(ALDER, "expiring").await?;
    page_with(&visit, BANNER).await?;
    banner_says(&visit, "Reconnect").await?;
    visit.page.press("Remind me later").await?;
    banner_says(&visit, "").await?;
    page_with(&visit, BANNER).await?;
    is_ready(&visit).await?;
    assert_eq!(banner(&visit).await?, "");
    // Once the account is broken, the banner comes back.
    let broken = json!({ "status": "inactive", "action": "relink_required", "cause": "access_expired" });
    visit.stand.change_account(ALDER, &broken).await?;
    banner_says(&visit, "Reconnect").await?;
    visit.page.press("Not now").await?;
    visit.end().await
}

#[tokio::test]
async fn while_all_is_well_a_banner_takes_no_room_whatever_is_inside() -> Result<()> {
    let visit = Visit::prepare_with(&[("RELINK_DEMO_CUSTOMER", "cus_SandboxNoor")], Value::Null).await?;
    page_with(
        &visit,
        &BANNER.replace("</bank-relink>", "<a href='/elsewhere'>Bank accounts</a></bank-relink>"),
    )
    .await?;
    is_ready(&visit).await?;
    let height = "return document.querySelector('bank-relink').getBoundingClientRect().height;";
    assert_eq!(visit.page.run(height).await?, json!(0));
    visit.end().await
}

async fn opener_has_focus(visit: &Visit) -> Result<()> {
    until(async || {
        let focus = visit.page.run("return document.activeElement.id;").await?;
        ensure!(focus == "opener", "{focus} has the focus");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_dialog_opens_and_closes_and_gives_the_focus_back() -> Result<()> {
    let visit = Visit::prepare().await?;
    page_with(&visit, DIALOG).await?;
    dialog_is(&visit, false, false).await?;
    let open = r"
        const opener = document.querySelector('#opener');
        opener.onclick = () => document.querySelector('bank-relink').open();
        opener.focus();
        opener.click();
    ";
    for close in ["root.querySelector('.close').click()", "document.querySelector('bank-relink').close()", ""]
    {
        visit.page.run(open).await?;
        visit.page.arrives_without_choice("browsing", "Your bank accounts").await?;
        dialog_is(&visit, true, true).await?;
        if close.is_empty() {
            let driver = visit.browser()?.driver()?;
            driver.action_chain().send_keys(Key::Escape).perform().await?;
        } else {
            visit.page.run(close).await?;
        }
        dialog_is(&visit, false, false).await?;
        opener_has_focus(&visit).await?;
    }
    let exits =
        "return told.filter((one) => one.name === 'exit').map(({ reason, account }) => [reason, account]);";
    assert_eq!(visit.page.run(exits).await?, json!([["closed", null], ["closed", null], ["closed", null]]));
    visit.end().await
}

#[tokio::test]
async fn a_link_inside_leads_where_it_says_until_the_element_opens_in_its_place() -> Result<()> {
    const LINK: &str = "<p><bank-relink mode='dialog' token-url='/demo/token'>\
        <a id='opener' href='#elsewhere'>Bank accounts</a></bank-relink></p>";
    let visit = Visit::prepare().await?;
    visit.stand.gate.set("/relink.js", Rule::Missing);
    page_with(&visit, LINK).await?;
    let leads_there = async |held: &str| {
        let press = format!(
            r"
            const click = {{ {held} bubbles: true, cancelable: true, composed: true }};
            return document.getElementById('opener').dispatchEvent(new MouseEvent('click', click));
            "
        );
        visit.page.run(&press).await
    };
    assert_eq!(leads_there("").await?, json!(true), "without the loader");
    // By script, because the page's content security policy forbids inline styles.
    visit.page.run("document.querySelector('main p').style.font = 'italic 20px/3 serif';").await?;
    let look = "
        const { font, color, lineHeight } = getComputedStyle(document.getElementById('opener'));
        return [font, color, lineHeight];
    ";
    let before = visit.page.run(look).await?;
    visit.stand.gate.set("/relink.js?", Rule::Pass);
    visit.page.run("import('/relink.js?now');").await?;
    until(async || {
        let is_there = "return document.querySelector('bank-relink').shadowRoot?.styleSheets.length === 1;";
        ensure!(visit.page.run(is_there).await? == json!(true), "the style sheet is not there");
        Ok(())
    })
    .await?;
    assert_eq!(visit.page.run(look).await?, before, "the link looks as the page has it");
    for held in ["ctrlKey: true,", "metaKey: true,", "shiftKey: true,"] {
        assert_eq!(
            leads_there(held).await?,
            json!(true),
            "in a tab or window of its own, it is the link's: {held}"
        );
    }
    dialog_is(&visit, false, false).await?;
    visit.page.run("document.getElementById('opener').focus();").await?;
    assert_eq!(leads_there("").await?, json!(false), "with the loader");
    visit.page.arrives_without_choice("browsing", "Your bank accounts").await?;
    dialog_is(&visit, true, true).await?;
    visit.browser()?.driver()?.action_chain().send_keys(Key::Escape).perform().await?;
    dialog_is(&visit, false, false).await?;
    opener_has_focus(&visit).await?;
    visit.end().await
}

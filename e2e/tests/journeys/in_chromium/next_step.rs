//! On a small phone, the next step is on the screen after a press.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, BrowserSession, until};
use serde_json::{Value, json};

/// Waits until the whole card is in view.
async fn is_in_view(session: &BrowserSession, name: &str) -> Result<()> {
    session.page.wait_for_screen(name).await?;
    let place = "
        const { top, bottom } = root.querySelector('.card').getBoundingClientRect();
        return [top >= 0 && bottom <= innerHeight, top, bottom, innerHeight];
    ";
    until(async || {
        let place = session.page.run(place).await?;
        ensure!(place[0] == Value::Bool(true), "{name} is at {place}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_next_step_is_on_the_screen_after_a_press_and_nothing_moves_before_one() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    // A phone of 360 × 640 pixels.
    session.browser()?.set_size_in_chromium(360, 640).await?;
    session.page.open(session.environment.url()).await?;
    let page = "
        document.querySelector('main').innerHTML =
            '<p id=above>A shop.</p><bank-relink token-url=/demo/token></bank-relink><p id=below></p>';
    ";
    session.page.run(page).await?;
    let room = "
        document.getElementById('above').style.blockSize = '500px';
        document.getElementById('below').style.blockSize = '2000px';
    ";
    session.page.run(room).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.page.wait_for_rendering().await?;
    assert_eq!(session.page.run("return scrollY;").await?, json!(0), "nobody has pressed anything");
    session.page.open_account(ALDER).await?;
    is_in_view(&session, "explaining").await?;
    session.page.press("Not now").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.finish().await
}

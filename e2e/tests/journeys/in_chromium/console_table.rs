//! Density of the console's table of connections.

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, Settings, until};
use serde_json::json;

use crate::relink_requests::{OPERATOR, prepare_with_email, wait_for_text};

const LANGUAGES: [&str; 7] = ["en", "de", "fr", "es", "pt-BR", "zh-Hans", "ar"];
const NAMES: Settings = &[("RELINK_CUSTOMER_NAMES", "true")];

/// Returns the number of rows that are seen as a whole, between the head of the table and the bar below it, and whether
/// the page is wider than its window.
const SEEN: &str = "
    const bar = document.querySelector('#bar').getBoundingClientRect().top;
    const rows = [...document.querySelectorAll('#connections tbody tr')];
    const shown = rows.filter((row) => row.getBoundingClientRect().bottom <= bar);
    return [shown.length, document.documentElement.scrollWidth > innerWidth];";

async fn choose(session: &BrowserSession, language: &str) -> Result<()> {
    let button = json!(format!("button[name=language][value='{language}']"));
    session.page.run(&format!("document.querySelector({button}).click();")).await?;
    until(async || {
        let chosen = session.page.run("return document.documentElement.lang;").await?;
        ensure!(chosen == language, "the page is in {chosen}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn in_every_language_a_window_of_1280_by_900_shows_20_rows() -> Result<()> {
    let (session, _merchant) = prepare_with_email(NAMES).await?;
    session.environment.add_history().await?;
    let console = format!("{}/console", session.environment.url());
    session.go_to(&format!("{console}/sign-in")).await?;
    session.submit("#email", OPERATOR).await?;
    session.submit("#code", &session.emailed_code().await?).await?;
    wait_for_text(&session, "Connections").await?;
    session.browser()?.width(1280).await?;
    // A command of this kind keeps the browser, and the language in its cookies, from the next journey.
    session.browser()?.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await?;
    let mut seen = Vec::new();
    for language in LANGUAGES {
        choose(&session, language).await?;
        for page in ["?size=50", "?size=50&state=broken", "?size=50&order=urgent"] {
            session.go_to(&[&console, page].concat()).await?;
            session.page.wait_for_rendering().await?;
            seen.push((language, page, session.page.run(SEEN).await?));
        }
    }
    let few = seen.iter().filter(|(.., seen)| seen[0].as_u64() < Some(20) || seen[1] == true);
    let few: Vec<_> = few.collect();
    ensure!(few.is_empty(), "rows, and whether the page is too wide: {few:#?}");
    session.finish().await
}

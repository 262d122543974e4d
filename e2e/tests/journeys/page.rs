//! Properties of the page on the whole way to success: an empty console, and no requests to other hosts.

use anyhow::Result;
use relink_e2e::BrowserSession;

/// Returns every URL that the page has requested.
const ADDRESSES: &str = "return performance.getEntriesByType('resource').map((one) => one.name);";

#[tokio::test]
async fn on_the_way_to_success_the_console_stays_empty_and_nobody_else_is_asked() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.record_complaints();
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    bank.close_with("Done").await?;
    session.assert_success().await?;
    session.page.press("Done").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    assert_eq!(session.complaints().await?, [""; 0]);
    let asked: Vec<String> = serde_json::from_value(session.page.run(ADDRESSES).await?)?;
    let known = [session.environment.url(), session.environment.sandbox_url(), "data:"];
    for url in &asked {
        assert!(known.iter().any(|known| url.starts_with(known)), "asked for {url}");
    }
    assert!(asked.len() > 5, "not all is seen: {asked:?}");
    session.finish().await
}

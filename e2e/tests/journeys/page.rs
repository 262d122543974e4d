//! Properties of the page on the whole way to success: an empty console, and no requests to other hosts.

use anyhow::Result;
use relink_e2e::Visit;

/// Returns every URL that the page has requested.
const ADDRESSES: &str = "return performance.getEntriesByType('resource').map((one) => one.name);";

#[tokio::test]
async fn on_the_way_to_success_the_console_stays_empty_and_nobody_else_is_asked() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.listen();
    visit.page.open(visit.stand.url()).await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    bank.leave_by("Done").await?;
    visit.sees_success().await?;
    visit.page.press("Done").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    assert_eq!(visit.complaints().await?, [""; 0]);
    let asked: Vec<String> = serde_json::from_value(visit.page.run(ADDRESSES).await?)?;
    let known = [visit.stand.url(), visit.stand.sandbox_url(), "data:"];
    for url in &asked {
        assert!(known.iter().any(|known| url.starts_with(known)), "asked for {url}");
    }
    assert!(asked.len() > 5, "not all is seen: {asked:?}");
    visit.end().await
}

//! The element in a page of somebody else's: around its cards, in and out of the page, and when it can't come at all.

mod around;
mod failing;
mod life;
mod told;

use anyhow::Result;
use relink_e2e::Visit;
use serde_json::json;

/// A page with this in it. Whatever the page tells, it keeps.
async fn page_with(visit: &Visit, html: &str) -> Result<()> {
    visit.page.open(visit.stand.url()).await?;
    let script = format!(
        r"
        window.told = [];
        document.addEventListener('relink-event', (event) => told.push(event.detail));
        document.querySelector('main').innerHTML = {};
        ",
        json!(html)
    );
    visit.page.run(&script).await.map(drop)
}

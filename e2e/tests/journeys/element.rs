//! The element in a merchant's page: dialog and banner, insertion and removal, events, and failures to load.

mod around;
mod failing;
mod life;
mod told;

use anyhow::Result;
use relink_e2e::Visit;
use serde_json::json;

/// Opens a page with this HTML in it, and records the element's events in `told`.
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

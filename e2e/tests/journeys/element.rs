//! The element in a merchant's page: dialog and banner, insertion and removal, events, dialogs of the page, and failures
//! to load.

mod dialog_and_banner;
mod events;
mod in_any_page;
mod layout;
mod life_cycle;
pub(crate) mod load_errors;
mod own_dialogs;
mod preload;
mod token;

use anyhow::Result;
use relink_e2e::BrowserSession;
use serde_json::json;

/// Opens a page with this HTML in it, and records the element's events in `received`.
async fn open_page_with(session: &BrowserSession, html: &str) -> Result<()> {
    session.page.open(session.environment.url()).await?;
    let script = format!(
        r"
        window.received = [];
        document.addEventListener('relink-event', (event) => received.push(event.detail));
        document.querySelector('main').innerHTML = {};
        ",
        json!(html)
    );
    session.page.run(&script).await.map(drop)
}

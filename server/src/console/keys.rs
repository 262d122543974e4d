//! `GET /console/keys`: the API keys, without their secrets.

use std::sync::Arc;

use axum::extract::State;
use jiff::Timestamp;
use maud::{Markup, html};

use super::auth::SignedIn;
use super::error::PageError;
use super::layout::{Layout, moment};
use crate::state::AppState;
use crate::store::api_keys::Key;

/// Renders the page.
pub(super) async fn page(State(app): State<Arc<AppState>>, by: SignedIn) -> Result<Markup, PageError> {
    let keys = app.store.keys().await?;
    let now = crate::clock::now();
    let content = html! {
        h1 { "API keys" }
        p.hint { "Keys are made and revoked with " code { "relink-server keys" } ". The last use is noted once a minute." }
        @if !app.config.api_keys.load().is_empty() {
            p { code { "RELINK_API_KEY" } " is set: a key that may do everything, without an end. It is not in the table." }
        }
        @if keys.is_empty() { p.empty { "There are none." } } @else {
            table {
                caption.hidden { "API keys" }
                thead { tr { th scope="col" { "Key" } th scope="col" { "Owner" } th scope="col" { "Scopes" } th scope="col" { "Last used" } th scope="col" { "Expires" } th scope="col" { "State" } } }
                tbody { @for key in &keys { (row(key, now)) } }
            }
        }
    };
    Ok(Layout::new("API keys", &by).page(&content))
}

fn row(key: &Key, now: Timestamp) -> Markup {
    let at = |at: Option<Timestamp>| html! { @if let Some(at) = at { (moment(at)) } @else { "never" } };
    html! { tr {
        th scope="row" data-name="Key" { bdi { (key.name) } div.small { (key.starts_with) "…" } div.small { (key.id) } }
        td data-name="Owner" { bdi { (key.owner.as_deref().unwrap_or("not named")) } }
        td data-name="Scopes" { @for scope in &key.scopes { div.small { (scope.as_str()) } } }
        td data-name="Last used" { (at(key.last_used_at)) }
        td data-name="Expires" { (at(key.expires_at)) }
        td data-name="State" { (key.state(now)) div.small { "made " (moment(key.created_at)) } }
    } }
}

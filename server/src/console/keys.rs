//! `GET /console/keys`: the API keys, without their secrets.

use std::sync::Arc;

use axum::extract::State;
use jiff::Timestamp;
use maud::{Markup, Render, html};

use super::auth::SignedIn;
use super::error::PageError;
use super::layout::{Layout, moment};
use super::texts;
use crate::state::AppState;
use crate::store::api_keys::Key;

/// Renders the page.
pub(super) async fn page(State(app): State<Arc<AppState>>, by: SignedIn) -> Result<Markup, PageError> {
    let keys = app.store.keys().await?;
    let now = crate::clock::now();
    let content = html! {
        h1 { (texts::nav_keys()) }
        p.hint { (texts::keys_hint(html! { code { "relink-server keys" } })) }
        @if !app.config.api_keys.load().is_empty() {
            p { (texts::keys_setting(html! { code { "RELINK_API_KEY" } })) }
        }
        @if keys.is_empty() { p.empty { (texts::keys_empty()) } } @else {
            table {
                caption.hidden { (texts::nav_keys()) }
                thead { tr {
                    th scope="col" { (texts::column_key()) }
                    th scope="col" { (texts::column_owner()) }
                    th scope="col" { (texts::column_scopes()) }
                    th scope="col" { (texts::column_last_used()) }
                    th scope="col" { (texts::column_expires()) }
                    th scope="col" { (texts::column_state()) }
                } }
                tbody { @for key in &keys { (row(key, now)) } }
            }
        }
    };
    Ok(Layout::new(texts::nav_keys(), &by).page(&content))
}

fn row(key: &Key, now: Timestamp) -> Markup {
    let at = |at: Option<Timestamp>, without: &str| html! { @if let Some(at) = at { (moment(at)) } @else { (without) } };
    html! { tr {
        th scope="row" data-name=(texts::column_key()) { bdi { (key.name) } div.small { bdi { (key.starts_with) "…" } } div.small { bdi { (key.id) } } }
        td data-name=(texts::column_owner()) { bdi { (key.owner.as_deref().unwrap_or(texts::not_named())) } }
        td data-name=(texts::column_scopes()) { @for scope in &key.scopes { div.small { code { (scope.as_str()) } } } }
        td data-name=(texts::column_last_used()) { (at(key.last_used_at, texts::never())) }
        td data-name=(texts::column_expires()) { (at(key.expires_at, texts::key_no_end())) }
        td data-name=(texts::column_state()) { (state(key, now)) div.small { (texts::key_made(moment(key.created_at))) } }
    } }
}

fn state(key: &Key, now: Timestamp) -> Markup {
    match key.revoked_at {
        Some(at) => texts::key_revoked(moment(at)),
        None if key.is_expired(now) => texts::key_is_expired().render(),
        None => texts::key_in_use().render(),
    }
}

//! `GET /console/audit`: the audit trail.

use std::sync::Arc;

use axum::extract::{Query, State};
use maud::{Markup, html};
use serde::Deserialize;

use super::account::doer;
use super::address::{address, public_path};
use super::auth::SignedIn;
use super::connections::spaced;
use super::error::PageError;
use super::layout::{Layout, moment};
use crate::state::AppState;
use crate::store::audit::{AuditRow, Subject};

/// Query parameters: filter and cursor.
#[derive(Debug, Deserialize)]
pub(super) struct Params {
    #[serde(default)]
    subject: String,
    #[serde(default)]
    before: String,
}

const SHOWN: i64 = 100;

/// Renders the page.
pub(super) async fn page(
    State(app): State<Arc<AppState>>,
    by: SignedIn,
    Query(asked): Query<Params>,
) -> Result<Markup, PageError> {
    let subject = asked.subject.trim();
    let about = match (subject.is_empty(), Subject::of(subject)) {
        (true, _) => None,
        (false, Some(kind)) => Some((kind, subject)),
        (false, None) => {
            let why = "The audit trail is searched for a customer (cus_… or acct_…), an account (fca_…) or a session (fcsess_…).";
            return Err(PageError::NotUnderstood(why.to_owned()));
        }
    };
    let before = Some(asked.before.as_str()).filter(|before| !before.is_empty());
    let entries = app.store.audit(about, before, SHOWN).await?;
    let last = entries.last().filter(|_| i64::try_from(entries.len()).is_ok_and(|shown| shown == SHOWN));
    let content = html! {
        h1 { "Audit trail" }
        form.search method="get" action=(public_path("/console/audit")) role="search" {
            div { label for="subject" { "Customer, account or session" } input #subject type="search" name="subject" value=(subject) maxlength="200"; }
            div { button { "Show" } }
        }
        @if entries.is_empty() { p.empty { "No entries." } } @else {
            table {
                caption.hidden { "Who did what" }
                thead { tr { th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "About" } th scope="col" { "From" } } }
                tbody { @for entry in &entries { (row(entry)) } }
            }
        }
        @if let Some(last) = last {
            nav.pages aria-label="Pages" { a rel="next" href=(address("/console/audit", &[("subject", subject), ("before", &last.id)])) { "Earlier" } }
        }
    };
    Ok(Layout::new("Audit trail", &by).page(&content))
}

fn row(entry: &AuditRow) -> Markup {
    let at = jiff::Timestamp::from_second(entry.at).ok();
    html! { tr {
        td data-name="When" { @if let Some(at) = at { (moment(at)) } }
        td data-name="Who" { bdi { (doer(&entry.actor)) } }
        th scope="row" data-name="What" { (spaced(&entry.action)) }
        td data-name="About" {
            @if let Some(account) = &entry.account { div { a href={ (public_path("/console/accounts/")) (account) } { (account) } } }
            @if let Some(customer) = &entry.customer { div.small { (customer) } }
            @if let Some(session) = &entry.session { div.small { (session) } }
            @if !entry.detail.is_null() { details { summary { "Details" } code.small { (entry.detail) } } }
        }
        td data-name="From" { @if let Some(ip_address) = &entry.ip_address { (ip_address) } }
    } }
}

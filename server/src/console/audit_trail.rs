//! `GET /console/audit`: the audit trail.

use std::sync::Arc;

use axum::extract::{Query, State};
use maud::{Markup, html};
use serde::Deserialize;

use super::account::doer;
use super::address::{address, public_path};
use super::auth::SignedIn;
use super::error::PageError;
use super::layout::{Layout, moment};
use super::texts;
use super::words::{list, spaced, stored};
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
            let why = texts::audit_search_error("fca_…", list(["cus_…", "acct_…"]), "fcsess_…");
            return Err(PageError::NotUnderstood(why));
        }
    };
    let before = Some(asked.before.as_str()).filter(|before| !before.is_empty());
    let entries = app.store.audit(about, before, SHOWN).await?;
    let last = entries.last().filter(|_| i64::try_from(entries.len()).is_ok_and(|shown| shown == SHOWN));
    let content = html! {
        h1 { (texts::nav_audit()) }
        form.search method="get" action=(public_path("/console/audit")) role="search" {
            div { label for="subject" { (texts::audit_subject()) } input #subject type="search" name="subject" value=(subject) maxlength="200"; }
            div { button { (texts::show()) } }
        }
        @if entries.is_empty() { p.empty { (texts::audit_empty()) } } @else {
            table {
                caption.hidden { (texts::audit_caption()) }
                thead { tr {
                    th scope="col" { (texts::column_when()) }
                    th scope="col" { (texts::column_who()) }
                    th scope="col" { (texts::column_what()) }
                    th scope="col" { (texts::column_about()) }
                    th scope="col" { (texts::column_from()) }
                } }
                tbody { @for entry in &entries { (row(entry)) } }
            }
        }
        @if let Some(last) = last {
            nav.pages aria-label=(texts::pages()) { a rel="next" href=(address("/console/audit", &[("subject", subject), ("before", &last.id)])) { (texts::earlier()) } }
        }
    };
    Ok(Layout::new(texts::nav_audit(), &by).page(&content))
}

fn row(entry: &AuditRow) -> Markup {
    let at = jiff::Timestamp::from_second(entry.at).ok();
    html! { tr {
        td data-name=(texts::column_when()) { @if let Some(at) = at { (moment(at)) } }
        td data-name=(texts::column_who()) { bdi { (doer(&entry.actor)) } }
        th scope="row" data-name=(texts::column_what()) { (stored(&spaced(&entry.action))) }
        td data-name=(texts::column_about()) {
            @if let Some(account) = &entry.account { div { a href={ (public_path("/console/accounts/")) (account) } { bdi { (account) } } } }
            @if let Some(customer) = &entry.customer { div.small { bdi { (customer) } } }
            @if let Some(session) = &entry.session { div.small { bdi { (session) } } }
            @if !entry.detail.is_null() { details { summary { (texts::details()) } code.small { (entry.detail) } } }
        }
        td data-name=(texts::column_from()) { @if let Some(ip_address) = &entry.ip_address { bdi { (ip_address) } } }
    } }
}

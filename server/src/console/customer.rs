//! `GET /console/customers/{id}`: a customer's accounts, and who asked for them when and with which result.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State as FromApp};
use maud::{Markup, html};
use relink_protocol::HolderId;
use serde_json::json;

use super::account_actions::entry;
use super::address::{address, public_path};
use super::auth::SignedIn;
use super::connections::{name, spaced};
use super::error::PageError;
use super::icon::badge;
use super::layout::{Layout, date, moment};
use super::results::stages;
use crate::domain::audit::AuditAction;
use crate::domain::connection::StoredAccount;
use crate::domain::filter::State;
use crate::domain::relink_request::Request;
use crate::state::AppState;

/// Maximum number of accounts and of requests on the page.
const SHOWN: i64 = 100;

/// Renders the page. The view is recorded in the audit trail.
pub(super) async fn page(
    FromApp(app): FromApp<Arc<AppState>>,
    by: SignedIn,
    Path(id): Path<String>,
) -> Result<Markup, PageError> {
    let id: HolderId = id.parse().map_err(|_| PageError::NotFound)?;
    let (accounts, requests) = app.store.accounts_and_requests(id.as_str(), SHOWN).await?;
    if accounts.is_empty() && requests.is_empty() {
        return Err(PageError::NotFound);
    }
    let mut entry = entry(by.source(), AuditAction::ConnectionsListed, None, json!({"customer": id}));
    entry.customer = Some(id.clone());
    app.audit.record(&entry).await?;
    let names = app.store.customer_names(&BTreeSet::from([&id])).await?;
    let content = html! {
        h1 { "Customer " bdi { (id) } }
        @if let Some(named) = names.get(&id) {
            p { @for text in [&named.name, &named.email].into_iter().flatten() { bdi { (text) } " " } }
        }
        @if app.store.has_opted_out(&id).await? { p { "This customer wants no automatic emails." } }
        h2 { "Accounts" }
        (accounts_table(&accounts))
        h2 { "Requests" }
        (requests_list(&accounts, &requests))
        p { a href=(address("/console", &[("q", id.as_str())])) { "Show in the table of connections" } }
        p.hint { "At most " (SHOWN) " accounts and " (SHOWN) " requests." }
    };
    Ok(Layout::new("Customer", &by).within("Connections").page(&content))
}

fn accounts_table(accounts: &[StoredAccount]) -> Markup {
    if accounts.is_empty() {
        return html! { p.empty { "Stripe has no accounts of this customer any more." } };
    }
    html! {
        table {
            caption.hidden { "Accounts" }
            thead { tr { th scope="col" { "Account" } th scope="col" { "State" } th scope="col" { "Changed" } } }
            tbody { @for kept in accounts {
                @let (state, cause, ends) = kept.in_words();
                @let ends = ends.and_then(|ends| jiff::Timestamp::from_second(ends).ok());
                tr {
                    th scope="row" data-name="Account" { a href={ (public_path("/console/accounts/")) (kept.account.id) } { bdi { (name(&kept.account)) } } }
                    td data-name="State" {
                        (badge(state.parse().unwrap_or(State::Unrecognized)))
                        @if let Some(cause) = cause { " " span.small { (spaced(cause.as_str())) } }
                        @if let Some(ends) = ends { " " span.small { "ends " (date(ends)) } }
                    }
                    td data-name="Changed" { (moment(kept.changed_at)) }
                }
            } }
        }
    }
}

fn requests_list(accounts: &[StoredAccount], requests: &[Request]) -> Markup {
    if requests.is_empty() {
        return html! { p.empty { "This customer was never asked." } };
    }
    let account = |request: &Request| {
        let kept = accounts.iter().find(|kept| kept.account.id == request.account);
        kept.map_or_else(|| request.account.to_string(), |kept| name(&kept.account))
    };
    html! {
        ol.history { @for request in requests { li {
            strong { a href={ (public_path("/console/accounts/")) (request.account) } { bdi { (account(request)) } } }
            " " span.small { "by " (spaced(&super::account::word(request.delivery)))
                @if request.is_automatic { ", as a reminder" } }
            (stages(request))
        } } }
    }
}

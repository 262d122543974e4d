//! `GET /console/customers/{id}`: a customer's accounts, and who asked for them when and with which result.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State as FromApp};
use maud::{Markup, html};
use relink_protocol::{HolderId, HolderKind, StripeAccountId};
use serde_json::json;

use super::account::channel;
use super::account_actions::entry;
use super::address::{address, public_path};
use super::auth::SignedIn;
use super::connections::name;
use super::error::PageError;
use super::icon::badge;
use super::layout::{Layout, date, moment, unreadable_row};
use super::results::stages;
use super::words::stored;
use super::{texts, words};
use crate::domain::audit::AuditAction;
use crate::domain::connection::StoredAccount;
use crate::domain::filter::State;
use crate::domain::relink_request::Request;
use crate::state::AppState;
use crate::store::encryption::Listed;

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
    let stripe_account = app.config.stripe_accounts.is_platform().then(|| stripe_account(&id)).flatten();
    let name = app.store.customer_names(&BTreeSet::from([&id])).await?.remove(&id).unwrap_or_default();
    let content = html! {
        @if let Some(title) = name.title() {
            h1 { bdi { (title) } }
            p { bdi { (id) } @if let Some(email) = name.email.as_deref().filter(|email| *email != title) { " · " bdi { (email) } } }
        } @else {
            h1 { (texts::customer_heading(html! { bdi { (id) } })) }
        }
        @if app.store.has_opted_out(&id).await? { p { (texts::customer_opted_out()) } }
        h2 { (texts::accounts_heading()) }
        (accounts_table(&accounts))
        h2 { (texts::nav_requests()) }
        (requests_list(&accounts, &requests))
        p { a href=(address("/console", &[("q", id.as_str())])) { (texts::customer_show()) } }
        @if let Some(account) = stripe_account {
            p { a href=(address("/console", &[("stripe_account", account.as_str())])) { (texts::customer_stripe_account(html! { bdi { (account) } })) } }
        }
        p.hint { (texts::customer_at_most(SHOWN)) }
    };
    Ok(Layout::new(texts::customer_title(), &by).within(texts::nav_connections()).page(&content))
}

/// Returns the connected account that a holder is, or a customer of.
fn stripe_account(holder: &HolderId) -> Option<StripeAccountId> {
    let own = (holder.kind() == HolderKind::ConnectedAccount).then(|| holder.at_stripe().parse().ok());
    holder.stripe_account().or(own.flatten())
}

fn accounts_table(accounts: &Listed<StoredAccount>) -> Markup {
    if accounts.is_empty() {
        return html! { p.empty { (texts::customer_no_accounts()) } };
    }
    html! {
        table {
            caption.hidden { (texts::accounts_heading()) }
            thead { tr {
                th scope="col" { (texts::column_account()) }
                th scope="col" { (texts::column_state()) }
                th scope="col" { (texts::column_changed()) }
            } }
            tbody { @for kept in accounts { @match kept {
                Ok(kept) => (account_row(kept)),
                Err(lost) => (unreadable_row(Some(&lost.id), lost, 3)),
            } } }
        }
    }
}

fn account_row(kept: &StoredAccount) -> Markup {
    let (state, cause, ends) = kept.in_words();
    let ends = ends.and_then(|ends| jiff::Timestamp::from_second(ends).ok());
    html! { tr {
        th scope="row" data-name=(texts::column_account()) { a href={ (public_path("/console/accounts/")) (kept.account.id) } { bdi { (name(&kept.account)) } } }
        td data-name=(texts::column_state()) {
            (badge(state.parse().unwrap_or(State::Unrecognized)))
            @if let Some(cause) = cause { " " span.small { (words::cause(cause)) } }
            @if let Some(ends) = ends { " " span.small { (texts::ends_at(date(ends))) } }
        }
        td data-name=(texts::column_changed()) { (moment(kept.changed_at)) }
    } }
}

fn requests_list(accounts: &Listed<StoredAccount>, requests: &Listed<Request>) -> Markup {
    if requests.is_empty() {
        return html! { p.empty { (texts::customer_no_requests()) } };
    }
    let account = |request: &Request| {
        let kept = accounts.iter().flatten().find(|kept| kept.account.id == request.account);
        kept.map_or_else(|| request.account.to_string(), |kept| name(&kept.account))
    };
    html! {
        ol.history { @for request in requests { li { @match request {
            Ok(request) => {
                strong { a href={ (public_path("/console/accounts/")) (request.account) } { bdi { (account(request)) } } }
                " " span.small { (texts::by_delivery(channel(request))) }
                (stages(request))
            }
            Err(lost) => { code { (lost.id) } " " (stored(&lost.error.to_string())) }
        } } } }
    }
}

//! `GET /console/accounts/{id}`: an account, its details and its history.

use std::sync::Arc;

use axum::extract::{Path, Query, State as FromApp};
use jiff::Timestamp;
use maud::{Markup, html};
use relink_protocol::AccountId;
use relink_protocol::stripe::{BlockRemedy, PaymentBlock};
use serde::Deserialize;
use serde_json::Value;

use super::account_actions::{note, refused};
use super::address::{address, public_path};
use super::auth::SignedIn;
use super::connections::{customer_link, name, spaced};
use super::error::PageError;
use super::icon::badge;
use super::layout::{Layout, form_token, moment};
use super::preview::REASON;
use super::results::stages;
use crate::domain::audit::AuditAction;
use crate::domain::connection::StoredAccount;
use crate::domain::eligible::{GivenReason, Ineligible};
use crate::domain::filter::State;
use crate::domain::relink_request::{Delivery, Request};
use crate::domain::request_refusal::RequestRefusal;
use crate::domain::request_result::RequestResult;
use crate::services::relink_requests::{self, CreateError};
use crate::state::AppState;
use crate::store::history::{HistoryCursor, HistoryEntry, What};
use crate::store::requests::Filter;

/// Query parameters: the position from which the history continues.
#[derive(Debug, Deserialize)]
pub(super) struct Params {
    #[serde(default)]
    at: Option<i64>,
    #[serde(default)]
    kind: i64,
    #[serde(default)]
    id: String,
}

const HISTORY: usize = 50;
const REQUESTS: i64 = 10;

/// Renders the page. The view is recorded in the audit trail.
pub(super) async fn page(
    FromApp(app): FromApp<Arc<AppState>>,
    by: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Params>,
) -> Result<Markup, PageError> {
    let id: AccountId = id.parse().map_err(|_| PageError::NotFound)?;
    let kept = app.store.account(&id).await?.ok_or(PageError::NotFound)?;
    let before =
        asked.at.map_or_else(HistoryCursor::now, |at| HistoryCursor { at, rank: asked.kind, id: asked.id });
    let mut history = app.store.history(&id, &before, HISTORY + 1).await?;
    let has_more = history.len() > HISTORY;
    history.truncate(HISTORY);
    let filter = Filter { account: Some(id.to_string()), ..Filter::default() };
    let requests = app.store.requests(&filter, None, REQUESTS).await?;
    note(&app, by.source(), AuditAction::AccountViewed, Some(&kept.account), Value::Null).await?;
    let ways = html! {
        (way(&app, &by, &kept, Delivery::Link, "Make a link").await?)
        (way(&app, &by, &kept, Delivery::Email, "Send a mail").await?)
    };
    let content = html! {
        h1 { bdi { (name(&kept.account)) } }
        (facts(&kept))
        h2 { "Ask the customer" }
        @if by.may_act() { (ways) } @else { p.hint { "Your role is viewer: operators make links and send mails." } }
        (requests_table(&by, &requests))
        h2 #history { "History" }
        (timeline(&id, &history, has_more))
    };
    Ok(Layout::new("Account", &by).within("Connections").page(&content))
}

fn facts(kept: &StoredAccount) -> Markup {
    let account = &kept.account;
    let (state, cause, ends) = kept.in_words();
    let ends = ends.and_then(|ends| Timestamp::from_second(ends).ok());
    html! {
        dl {
            div { dt { "State" } dd { (badge(state.parse().unwrap_or(State::Unrecognized))) } }
            @if let Some(cause) = cause { div { dt { "Cause" } dd { (spaced(cause.as_str())) } } }
            @if let Some(block) = &account.payment_block { div { dt { "Debits" } dd { (blocked(block)) } } }
            @if let Some(by) = &kept.replaced_by {
                div { dt { "Replaced by" } dd { a href={ (public_path("/console/accounts/")) (by) } { code { (by) } } } }
            }
            @if let Some(ends) = ends { div { dt { "Ends" } dd { (moment(ends)) } } }
            div { dt { "Customer" } dd { (customer_link(account)) } }
            div { dt { "Account" } dd { code { (account.id) } } }
            @if let Some(login) = &account.authorization { div { dt { "Bank login" } dd { code { (login) } } } }
            @if let Some(name) = &account.display_name { div { dt { "Name at the bank" } dd { bdi { (name) } } } }
            div { dt { "Changed" } dd { (moment(kept.changed_at)) } }
            div { dt { "Read from Stripe" } dd { (moment(kept.read_at)) } }
        }
    }
}

/// Renders why Stripe no longer debits a payment method, and what helps.
fn blocked(block: &PaymentBlock) -> Markup {
    let helps = match block.remedy() {
        BlockRemedy::Relink => "a relink helps",
        BlockRemedy::NewAuthorization => "ask the customer for a new authorization",
        BlockRemedy::AnotherAccount => "ask for another account",
    };
    html! {
        "Blocked: " (spaced(block.reason.as_str()))
        @if let Some(code) = &block.network_code { " (" (code) ")" }
        "; " (helps) div.small { code { (block.payment_method) } }
    }
}

/// Renders a button, or the rule that forbids the request.
async fn way(
    app: &AppState,
    by: &SignedIn,
    kept: &StoredAccount,
    delivery: Delivery,
    label: &str,
) -> Result<Markup, PageError> {
    let word = if delivery == Delivery::Email { "email" } else { "link" };
    let settings = &app.config.requests;
    if settings.public_url.is_none() || (delivery == Delivery::Email && app.mailer.is_none()) {
        return Ok(html! { p.hint { (label) ": not set up." } });
    }
    let now = crate::clock::now();
    let may = |given| relink_requests::may_create(app, &kept.account, delivery, given, now);
    let mut allowed = may(None).await;
    let is_healthy =
        matches!(allowed, Err(CreateError::Refused(RequestRefusal::Account(Ineligible::Healthy), _)));
    let is_update = is_healthy && app.config.policy.permissions.is_some();
    if is_update {
        allowed = may(Some(GivenReason::PermissionsChanged)).await;
    }
    match allowed {
        Ok(_) | Err(CreateError::Repeated) => Ok(html! {
            form.inline method="post" action={ (public_path("/console/accounts/")) (kept.account.id) "/link" } {
                (form_token(by))
                input type="hidden" name="delivery" value=(word);
                @if is_update { input type="hidden" name=(REASON[0]) value=(REASON[1]); }
                button { (label) @if is_update { " about new permissions" } }
            }
        }),
        Err(CreateError::Refused(rule, from)) => {
            Ok(html! { p.hint { strong { (label) } ": " (refused(rule.sentence(), from)) } })
        }
        Err(CreateError::Failed(failure)) => Err(failure.into()),
    }
}

fn requests_table(by: &SignedIn, requests: &[Request]) -> Markup {
    if requests.is_empty() {
        return html! {};
    }
    html! {
        table {
            caption { "Latest relink requests" }
            thead { tr { th scope="col" { "By" } th scope="col" { "Result" } th scope="col" { "In time" } th scope="col" { "Action" } } }
            tbody { @for request in requests { tr {
                th scope="row" data-name="By" { (spaced(&word(request.delivery))) @if request.is_automatic { ", as a reminder" }
                    div.small { (request.id) } }
                td data-name="Result" { (RequestResult::of(Some(request)).label()) }
                td data-name="In time" { (stages(request)) }
                td { @if !request.state.is_end() {
                    form method="post" action={ (public_path("/console/requests/")) (request.id) "/cancel" } {
                        (form_token(by)) button.quiet { "Cancel request" }
                    }
                } }
            } } }
        }
    }
}

/// Returns the name of a delivery.
pub(super) fn word(delivery: Delivery) -> String {
    serde_json::to_value(delivery).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn timeline(account: &AccountId, history: &[HistoryEntry], has_more: bool) -> Markup {
    let last = history.last().filter(|_| has_more);
    html! {
        @if history.is_empty() { p.empty { "No history." } }
        ol.history { @for one in history { li { (moment(one.at)) " " (happening(&one.what)) } } }
        @if let Some(last) = last {
            p { a href=(earlier(account, last)) { "Earlier" } }
        }
    }
}

fn earlier(account: &AccountId, last: &HistoryEntry) -> String {
    let HistoryCursor { at, rank, id } = HistoryCursor::behind(last);
    let values = [("at", at.to_string()), ("kind", rank.to_string()), ("id", id)];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    address(&format!("/console/accounts/{account}"), &values) + "#history"
}

fn happening(what: &What) -> Markup {
    match what {
        What::Event { kind, source } => html! {
            strong { (kind.trim_start_matches("financial_connections.")) } " " span.small { "From Stripe, by " (spaced(source)) }
        },
        What::Mail { request, state, error } => html! {
            strong { "mail: " (state) } " " span.small { (request) @if let Some(error) = error { ": " (error) } }
        },
        What::Deed { actor, action, session, detail } => html! {
            strong { (spaced(action)) } " by " (doer(actor))
            @if let Some(session) = session { " " span.small { (session) } }
            @if !detail.is_null() { details { summary { "Details" } code.small { (detail) } } }
        },
    }
}

/// Returns the display name of an audit entry's actor.
pub(super) fn doer(actor: &Value) -> String {
    let text = |name: &str| actor.get(name).and_then(Value::as_str);
    match text("type").unwrap_or_default() {
        "operator" => text("email").or(text("subject")).unwrap_or("an operator").to_owned(),
        "customer" => text("customer").unwrap_or("the customer").to_owned(),
        "link" => format!("{}, by link", text("customer").unwrap_or("the customer")),
        "back_end" => text("key").unwrap_or("RELINK_API_KEY").to_owned(),
        "command_line" => format!("{}, at the command line", text("user").unwrap_or("somebody")),
        "unknown" => "a stranger".to_owned(),
        "server" => "this server".to_owned(),
        other => other.to_owned(),
    }
}

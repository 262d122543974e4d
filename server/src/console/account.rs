//! `GET /console/accounts/{id}`: an account, its details and its history.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as FromApp};
use jiff::Timestamp;
use maud::{Markup, Render, html};
use relink_protocol::stripe::{BlockRemedy, PaymentBlock};
use relink_protocol::{AccountId, HolderId};
use serde::Deserialize;
use serde_json::Value;

use super::account_actions::{note, refused};
use super::address::{address, public_path};
use super::auth::SignedIn;
use super::connections::{customer_link, missing, name, stripe_account_link};
use super::error::PageError;
use super::icon::badge;
use super::layout::{Layout, form_token, moment, unreadable_row};
use super::preview::REASON;
use super::results::stages;
use super::words::{refusal, spaced, stored};
use super::{texts, words};
use crate::domain::audit::AuditAction;
use crate::domain::connection::StoredAccount;
use crate::domain::customer_name::CustomerName;
use crate::domain::eligible::{GivenReason, Ineligible};
use crate::domain::filter::State;
use crate::domain::policy::TokenNarrowing;
use crate::domain::relink_request::{Delivery, Request};
use crate::domain::request_refusal::RequestRefusal;
use crate::domain::request_result::RequestResult;
use crate::services::relink_requests::{self, CreateError};
use crate::state::AppState;
use crate::store::encryption::Listed;
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
        (way(&app, &by, &kept, Delivery::Link).await?)
        (way(&app, &by, &kept, Delivery::Email).await?)
    };
    let names = app.store.customer_names(&kept.account.holder().into_iter().collect()).await?;
    let terms = app.config.policy.terms(TokenNarrowing::default()).ok();
    let content = html! {
        h1 { bdi { (name(&kept.account)) } }
        (facts(&kept, &names, missing(terms.as_ref(), &kept)))
        h2 { (texts::account_ask()) }
        @if by.may_act() { (ways) } @else { p.hint { (texts::account_viewer()) } }
        (requests_table(&by, &requests))
        h2 #history { (texts::history()) }
        (timeline(&id, &history, has_more))
    };
    Ok(Layout::new(texts::account_title(), &by).within(texts::nav_connections()).page(&content))
}

fn facts(kept: &StoredAccount, names: &BTreeMap<HolderId, CustomerName>, missing: Option<Markup>) -> Markup {
    let account = &kept.account;
    let (state, cause, ends) = kept.in_words();
    let ends = ends.and_then(|ends| Timestamp::from_second(ends).ok());
    html! {
        dl {
            div { dt { (texts::column_state()) } dd { (badge(state.parse().unwrap_or(State::Unrecognized))) } }
            @if let Some(cause) = cause { div { dt { (texts::cause()) } dd { (words::cause(cause)) } } }
            @if let Some(block) = &account.payment_block { div { dt { (texts::account_debits()) } dd { (blocked(block)) } } }
            @if let Some(missing) = missing { div { dt { (texts::permissions()) } dd { (texts::lacks(missing)) } } }
            @if let Some(by) = &kept.replaced_by {
                div { dt { (texts::account_replaced_by()) } dd { a href={ (public_path("/console/accounts/")) (by) } { code { (by) } } } }
            }
            @if let Some(ends) = ends { div { dt { (texts::column_ends()) } dd { (moment(ends)) } } }
            div { dt { (texts::column_customer()) } dd { (customer_link(account, names)) } }
            @if let Some(link) = stripe_account_link(&account.id) { div { dt { (texts::column_stripe_account()) } dd { (link) } } }
            div { dt { (texts::column_account()) } dd { code { (account.id) } } }
            @if let Some(login) = &account.authorization { div { dt { (texts::account_login()) } dd { code { (login) } } } }
            @if let Some(name) = &account.display_name { div { dt { (texts::account_bank_name()) } dd { bdi { (name) } } } }
            div { dt { (texts::column_changed()) } dd { (moment(kept.changed_at)) } }
            div { dt { (texts::account_read()) } dd { (moment(kept.read_at)) } }
        }
    }
}

/// Renders why Stripe no longer debits a payment method, and what helps.
fn blocked(block: &PaymentBlock) -> Markup {
    let reason = html! {
        (words::block_reason(&block.reason))
        @if let Some(code) = &block.network_code { " (" bdi { (code) } ")" }
    };
    let sentence = match block.remedy() {
        BlockRemedy::Relink => texts::blocked_relink(reason),
        BlockRemedy::NewAuthorization => texts::blocked_authorization(reason),
        BlockRemedy::AnotherAccount => texts::blocked_another(reason),
    };
    html! { (sentence) div.small { code { (block.payment_method) } } }
}

/// Renders a button, or the rule that forbids the request.
async fn way(
    app: &AppState,
    by: &SignedIn,
    kept: &StoredAccount,
    delivery: Delivery,
) -> Result<Markup, PageError> {
    let is_email = delivery == Delivery::Email;
    let label = if is_email { texts::send_email() } else { texts::make_link() };
    let settings = &app.config.requests;
    if settings.public_url.is_none() || (is_email && app.mailer.is_none()) {
        return Ok(html! { p.hint { (texts::way_not_set_up(label)) } });
    }
    let update = if is_email { texts::send_email_update() } else { texts::make_link_update() };
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
                input type="hidden" name="delivery" value=(if is_email { "email" } else { "link" });
                @if is_update { input type="hidden" name=(REASON[0]) value=(REASON[1]); }
                button { (if is_update { update } else { label }) }
            }
        }),
        Err(CreateError::Refused(rule, from)) => Ok(
            html! { p.hint { (texts::way_refused(refused(refusal(rule), from), html! { strong { (label) } })) } },
        ),
        Err(CreateError::Failed(failure)) => Err(failure.into()),
    }
}

fn requests_table(by: &SignedIn, requests: &Listed<Request>) -> Markup {
    if requests.is_empty() {
        return html! {};
    }
    html! {
        table {
            caption { (texts::requests_latest()) }
            thead { tr {
                th scope="col" { (texts::column_by()) }
                th scope="col" { (texts::column_result()) }
                th scope="col" { (texts::column_in_time()) }
                th scope="col" { (texts::column_action()) }
            } }
            tbody { @for request in requests { @match request {
                Ok(request) => (request_row(by, request)),
                Err(lost) => (unreadable_row(Some(&lost.id), lost, 4)),
            } } }
        }
    }
}

fn request_row(by: &SignedIn, request: &Request) -> Markup {
    html! { tr {
        th scope="row" data-name=(texts::column_by()) { (channel(request)) div.small { bdi { (request.id) } } }
        td data-name=(texts::column_result()) { (words::result(RequestResult::of(Some(request)))) }
        td data-name=(texts::column_in_time()) { (stages(request)) }
        td { @if !request.state.is_end() {
            form method="post" action={ (public_path("/console/requests/")) (request.id) "/cancel" } {
                (form_token(by)) button.quiet { (texts::cancel_request()) }
            }
        } }
    } }
}

/// Renders how the customer was asked.
pub(super) fn channel(request: &Request) -> Markup {
    let delivery = words::delivery(request.delivery);
    if request.is_automatic { texts::as_reminder(delivery) } else { delivery.render() }
}

fn timeline(account: &AccountId, history: &[HistoryEntry], has_more: bool) -> Markup {
    let last = history.last().filter(|_| has_more);
    html! {
        @if history.is_empty() { p.empty { (texts::history_empty()) } }
        ol.history { @for one in history { li { (moment(one.at)) " " (happening(&one.what)) } } }
        @if let Some(last) = last {
            p { a href=(earlier(account, last)) { (texts::earlier()) } }
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
            strong { (stored(kind.trim_start_matches("financial_connections."))) } " "
            span.small { (if source == "webhook" { texts::history_event() } else { texts::history_event_read() }) }
        },
        What::Mail { request, state, error } => html! {
            strong { (texts::history_email(email_state(state))) } " "
            span.small { bdi { (request) } @if let Some(error) = error { " " (stored(error)) } }
        },
        What::Deed { actor, action, session, detail } => html! {
            (texts::history_by(html! { strong { (stored(&spaced(action))) } }, html! { bdi { (doer(actor)) } }))
            @if let Some(session) = session { " " span.small { bdi { (session) } } }
            @if !detail.is_null() { details { summary { (texts::details()) } code.small { (detail) } } }
        },
    }
}

/// Renders the display name of an audit entry's actor.
pub(super) fn doer(actor: &Value) -> Markup {
    let text = |name: &str| actor.get(name).and_then(Value::as_str);
    match text("type").unwrap_or_default() {
        "operator" => text("email").or(text("subject")).unwrap_or(texts::actor_operator()).render(),
        "customer" => text("customer").unwrap_or(texts::actor_customer()).render(),
        "link" => texts::actor_by_link(text("customer").unwrap_or(texts::actor_customer())),
        "back_end" => text("key").unwrap_or("RELINK_API_KEY").render(),
        "command_line" => texts::actor_command_line(text("user").unwrap_or(texts::actor_somebody())),
        "unknown" => texts::actor_unknown().render(),
        "server" => texts::actor_server().render(),
        other => stored(other),
    }
}

/// Returns the state of an email in words.
fn email_state(state: &str) -> Markup {
    match state {
        "waiting" => texts::email_waiting().render(),
        "sending" => texts::email_sending().render(),
        "sent" => texts::email_sent().render(),
        "failed" => texts::email_failed().render(),
        "unknown" => texts::email_unknown().render(),
        other => stored(other),
    }
}

//! `GET /console/batches/{id}`: a batch's progress, its funnel and its accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use maud::{Markup, html};
use serde::Deserialize;
use strum::IntoEnumIterator;

use super::address::{address, public_path};
use super::auth::{SignedIn, Watcher};
use super::batch::{heading, may_approve};
use super::connections::{customer_link, name, spaced};
use super::error::PageError;
use super::icon::badge;
use super::layout::{Layout, count, form_token, many, moment};
use super::results::{funnel, result};
use crate::domain::filter::{Filter, State as ConnectionState};
use crate::domain::request_refusal::RequestRefusal;
use crate::domain::request_result::{Funnel, RequestResult};
use crate::state::AppState;
use crate::store::batches::{Batch, Chosen};
use crate::store::requests::results::BatchRow;

/// Query parameters: a part of the list.
#[derive(Debug, Deserialize)]
pub(super) struct Params {
    /// Result of the request; empty for all accounts.
    #[serde(default)]
    result: String,
    /// Account after which the list begins.
    #[serde(default)]
    after: String,
}

/// Number of accounts on a page.
const SHOWN: i64 = 50;

/// Renders the page. Its script renews the progress.
pub(super) async fn page(
    State(app): State<Arc<AppState>>,
    by: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Params>,
) -> Result<Markup, PageError> {
    let result = match asked.result.as_str() {
        "" => None,
        word => Some(word.parse().map_err(|_| PageError::NotFound)?),
    };
    let batch = app.store.batch(&id).await?.ok_or(PageError::NotFound)?;
    let mut accounts = app.store.batch_accounts(&id, result, &asked.after, SHOWN + 1).await?;
    let size = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let has_more = accounts.len() > size;
    accounts.truncate(size);
    let is_running = batch.state == "running";
    let is_waiting = batch.state == "waiting";
    let content = html! {
        (progress(&app, &batch).await?)
        p.hidden #announcement role="status" {}
        @if is_waiting { (waiting(&by, &batch)) }
        @if (is_running || is_waiting) && by.may_act() {
            form #stop method="post" action={ (public_path("/console/batches/")) (id) "/stop" } {
                (form_token(&by))
                button.quiet { @if is_waiting { "Do not send" } @else { "Stop sending" } }
            }
            @if is_running {
                noscript { p { a.button href={ (public_path("/console/batches/")) (id) } { "See how far it is now" } } }
            }
        }
        p.hint { "Begun " (moment(batch.created_at)) " by " (batch.operator.name())
            @if let Some(at) = batch.ended_at { ", ended " (moment(at)) "." } @else if is_waiting { ". Nothing is sent before it is approved." } @else { ". It goes on when the server is restarted." } }
        @if !is_waiting {
            h2 #accounts { "Accounts" }
            (choice(&id, result))
            (list(&accounts))
        }
        @if let Some(last) = accounts.last().filter(|_| has_more) {
            nav.pages aria-label="Pages" {
                a rel="next" href=(part(&id, &asked.result, last.result.account.as_str())) { "Next page" }
            }
        }
    };
    Ok(Layout::new("Batch", &by).within("Requests").page(&content))
}

/// Renders what a second operator has to know, with the button if it is this one.
fn waiting(by: &SignedIn, batch: &Batch) -> Markup {
    let accounts = match &batch.chosen {
        Chosen::Named(accounts) => count(as_number(accounts.len()), "account"),
        Chosen::Matching(filter) => format!("all accounts that match: {}", conditions(filter)),
    };
    let news = batch.reason.map(|_| " Customers of healthy accounts are asked to share what is new.");
    html! {
        p { strong { (batch.operator.name()) } " wants to ask the customers of " (accounts) ". A batch of this size waits for an operator \
             who did not begin it, and who is not signed in with a key." (news.unwrap_or_default()) }
        @if may_approve(by, batch) {
            form method="post" action={ (public_path("/console/batches/")) (batch.id) "/approve" } {
                (form_token(by))
                button { "Approve and send" }
            }
        }
    }
}

/// Returns the conditions of a filter that are set, by their names.
fn conditions(filter: &Filter) -> String {
    let fields = serde_json::to_value(filter).unwrap_or_default();
    let set = fields.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let set: Vec<String> = set.map(|(name, value)| format!("{name} {value}")).collect();
    if set.is_empty() { "every account".to_owned() } else { set.join(", ") }
}

/// `GET /console/batches/{id}/progress`: the part of the page that changes, for its script. Does not keep the session
/// alive, because nobody may be there.
pub(super) async fn fragment(
    State(app): State<Arc<AppState>>,
    _: Watcher,
    Path(id): Path<String>,
) -> Result<Markup, PageError> {
    let batch = app.store.batch(&id).await?.ok_or(PageError::NotFound)?;
    progress(&app, &batch).await
}

async fn progress(app: &AppState, batch: &Batch) -> Result<Markup, PageError> {
    let counts = app.store.batch_counts(&batch.id).await?;
    let requests = Funnel::new(app.store.batch_progress(&batch.id).await?);
    let done: i64 = counts.values().sum();
    let processed = match &batch.chosen {
        Chosen::Named(accounts) => {
            format!("Processed: {} of {}", many(done), count(as_number(accounts.len()), "account"))
        }
        Chosen::Matching(_) => format!("Processed: {}", count(done, "account")),
    };
    if batch.state == "waiting" {
        return Ok(html! { h1 { (heading(batch)) } });
    }
    Ok(html! {
        div #progress data-state=(batch.state) data-announce={ (heading(batch)) ". " (processed) "." } {
            h1 { (heading(batch)) }
            p { (processed) "." }
            @if let Chosen::Named(accounts) = &batch.chosen {
                progress max=(accounts.len()) value=(done) aria-label="Accounts dealt with" {}
            }
            h2 { "From request to repair" }
            @if counts.contains_key("asked") && requests == Funnel::default() {
                p.empty { "This batch was started by an earlier version, which did not keep its accounts. Each account's page has \
                           the result." }
            } @else { (funnel(&requests)) }
            (left_out(&counts))
        }
    })
}

/// Renders the numbers of accounts that were not asked, by reason.
fn left_out(counts: &BTreeMap<String, i64>) -> Markup {
    let left_out: Vec<(&String, &i64)> = counts.iter().filter(|(result, _)| *result != "asked").collect();
    html! {
        @if !left_out.is_empty() {
            h2 { "Left out" }
            table {
                caption.hidden { "Accounts that were left out" }
                thead { tr { th scope="col" { "Reason" } th.number scope="col" { "Accounts" } } }
                tbody { @for (result, accounts) in left_out {
                    tr { th scope="row" data-name="Reason" { (sentence(result)) } td.number data-name="Accounts" { (many(*accounts)) } }
                } }
            }
        }
    }
}

fn sentence(result: &str) -> &'static str {
    match result {
        "asked" => "Asked by email.",
        "account_unknown" => "Stripe no longer knows the account.",
        "failed" => "Not asked, as this failed again and again. The server's log says why.",
        other => RequestRefusal::parse(other)
            .map_or("Left out by a rule of another version.", RequestRefusal::sentence),
    }
}

fn part(id: &str, result: &str, after: &str) -> String {
    address(&format!("/console/batches/{id}"), &[("result", result), ("after", after)]) + "#accounts"
}

/// Renders links to the accounts with each result.
fn choice(id: &str, chosen: Option<RequestResult>) -> Markup {
    let link = |result: Option<RequestResult>, label: &str| {
        let is_this = result == chosen;
        html! {
            a href=(part(id, result.map_or("", RequestResult::as_str), "")) aria-current=[is_this.then_some("true")] { (label) }
        }
    };
    html! {
        nav.states aria-label="Results" {
            (link(None, "All"))
            @for result in RequestResult::iter() {
                @let label = if result == RequestResult::NeverAsked { "Left out" } else { result.label() };
                (link(Some(result), label))
            }
        }
    }
}

fn list(accounts: &[BatchRow]) -> Markup {
    if accounts.is_empty() {
        return html! { p.empty { "No accounts here." } };
    }
    html! {
        table.dense {
            caption.hidden { "Accounts" }
            thead { tr { th scope="col" { "Account" } th scope="col" { "Customer" } th scope="col" { "State now" } th scope="col" { "Result" } } }
            tbody { @for BatchRow { result: of, kept, request } in accounts {
                tr {
                    th scope="row" data-name="Account" { a href={ (public_path("/console/accounts/")) (of.account) } { bdi {
                        @if let Some(kept) = kept { (name(&kept.account)) } @else { (of.account) }
                    } } }
                    td data-name="Customer" { @if let Some(kept) = kept { (customer_link(&kept.account)) } @else { "—" } }
                    td data-name="State now" { @if let Some(kept) = kept {
                        @let (state, cause, _) = kept.in_words();
                        (badge(state.parse().unwrap_or(ConnectionState::Unrecognized)))
                        @if let Some(cause) = cause { " " span.small { (spaced(cause.as_str())) } }
                    } @else { "—" } }
                    td.result data-name="Result" {
                        @if request.is_some() { (result(request.as_ref())) } @else { (sentence(&of.result)) }
                    }
                }
            } }
        }
    }
}

fn as_number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

//! `GET /console/batches/{id}`: a batch's progress, its funnel and its accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use maud::{Markup, Render, html};
use relink_protocol::HolderId;
use serde::Deserialize;
use strum::IntoEnumIterator;

use super::address::{address, public_path};
use super::auth::{SignedIn, Watcher};
use super::batch::{self, heading, may_approve};
use super::connections::{customer_link, named, stripe_account_link};
use super::error::PageError;
use super::icon::badge;
use super::layout::{Layout, form_token, many, moment, number_of};
use super::results::{funnel, result};
use super::words::conditions;
use super::{texts, words};
use crate::domain::customer_name::CustomerName;
use crate::domain::filter::State as ConnectionState;
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
    /// Connected account; empty for all accounts.
    #[serde(default)]
    stripe_account: String,
}

impl Params {
    /// Returns the URL of the part of the list with this result, after this account.
    fn part(&self, id: &str, result: &str, after: &str) -> String {
        let values = [("result", result), ("after", after), ("stripe_account", self.stripe_account.trim())];
        address(&format!("/console/batches/{id}"), &values) + "#accounts"
    }
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
    let of_account = batch::of_account(&asked.stripe_account)?;
    let batch = app.store.batch(&id).await?.ok_or(PageError::NotFound)?;
    let accounts = app.store.batch_accounts(&id, result, of_account.as_ref(), &asked.after, SHOWN + 1);
    let mut accounts = accounts.await?;
    let size = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let has_more = accounts.len() > size;
    accounts.truncate(size);
    let holders = accounts.iter().filter_map(|row| row.kept.as_ref()?.account.holder());
    let names = app.store.customer_names(&holders.collect()).await?;
    let is_running = batch.state == "running";
    let is_waiting = batch.state == "waiting";
    let content = html! {
        (progress(&app, &batch).await?)
        p.hidden #announcement role="status" {}
        @if is_waiting { (waiting(&by, &batch)) }
        @if (is_running || is_waiting) && by.may_act() {
            form #stop method="post" action={ (public_path("/console/batches/")) (id) "/stop" } {
                (form_token(&by))
                button.quiet { (if is_waiting { texts::batch_do_not_send() } else { texts::batch_stop() }) }
            }
            @if is_running {
                noscript { p { a.button href={ (public_path("/console/batches/")) (id) } { (texts::batch_reload()) } } }
            }
        }
        p.hint { (begun(&batch)) }
        @if !is_waiting {
            h2 #accounts { (texts::accounts_heading()) }
            (batch::narrow(&format!("/console/batches/{id}"), &[("result", &asked.result)], &asked.stripe_account, &app))
            (choice(&id, result, &asked))
            (list(&accounts, &names, app.config.stripe_accounts.is_platform()))
        }
        @if let Some(last) = accounts.last().filter(|_| has_more) {
            nav.pages aria-label=(texts::pages()) {
                a rel="next" href=(asked.part(&id, &asked.result, last.result.account.as_str())) { (texts::page_next()) }
            }
        }
    };
    Ok(Layout::new(texts::batch_title(), &by).within(texts::nav_requests()).page(&content))
}

/// Renders who has begun the batch and when, and whether it goes on.
fn begun(batch: &Batch) -> Markup {
    let operator = html! { bdi { (batch.operator.name()) } };
    let begun = moment(batch.created_at);
    match batch.ended_at {
        Some(at) => texts::batch_begun(moment(at), operator, begun),
        None if batch.state == "waiting" => texts::batch_begun_waiting(operator, begun),
        None => texts::batch_begun_running(operator, begun),
    }
}

/// Renders what a second operator has to know, with the button if it is this one.
fn waiting(by: &SignedIn, batch: &Batch) -> Markup {
    let operator = html! { strong { bdi { (batch.operator.name()) } } };
    let wish = match &batch.chosen {
        Chosen::Named(accounts) => texts::batch_wants(number_of(accounts), operator),
        Chosen::Matching(filter) => texts::batch_wants_matching(conditions(filter), operator),
    };
    html! {
        p { (wish) " " (texts::batch_waits()) @if batch.reason.is_some() { " " (texts::batch_news()) } }
        @if may_approve(by, batch) {
            form method="post" action={ (public_path("/console/batches/")) (batch.id) "/approve" } {
                (form_token(by))
                button { (texts::batch_approve()) }
            }
        }
    }
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
            texts::batch_processed_of(texts::accounts(number_of(accounts)), many(done))
        }
        Chosen::Matching(_) => texts::batch_processed(texts::accounts(done)),
    };
    if batch.state == "waiting" {
        return Ok(html! { h1 { (texts::condition(texts::batch_title(), heading(batch))) } });
    }
    Ok(html! {
        div #progress data-state=(batch.state) data-announce=(texts::batch_announce(heading(batch), &processed)) {
            h1 { (texts::condition(texts::batch_title(), heading(batch))) }
            p { (texts::sentence(&processed)) }
            @if let Chosen::Named(accounts) = &batch.chosen {
                progress max=(accounts.len()) value=(done) aria-label=(texts::batch_bar()) {}
            }
            h2 { (texts::funnel()) }
            @if counts.contains_key("asked") && requests == Funnel::default() {
                p.empty { (texts::batch_no_accounts()) }
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
            h2 { (texts::left_out()) }
            table {
                caption.hidden { (texts::left_out_caption()) }
                thead { tr { th scope="col" { (texts::column_reason()) } th.number scope="col" { (texts::accounts_heading()) } } }
                tbody { @for (result, accounts) in left_out {
                    tr { th scope="row" data-name=(texts::column_reason()) { (sentence(result)) } td.number data-name=(texts::accounts_heading()) { (many(*accounts)) } }
                } }
            }
        }
    }
}

fn sentence(result: &str) -> Markup {
    match result {
        "asked" => texts::outcome_asked().render(),
        "account_unknown" => texts::outcome_account_unknown().render(),
        "failed" => texts::outcome_failed().render(),
        other => {
            RequestRefusal::parse(other).map_or_else(|| texts::outcome_other_rule().render(), words::refusal)
        }
    }
}

/// Renders links to the accounts with each result.
fn choice(id: &str, chosen: Option<RequestResult>, asked: &Params) -> Markup {
    let link = |result: Option<RequestResult>, label: &str| {
        let is_this = result == chosen;
        html! {
            a href=(asked.part(id, result.map_or("", RequestResult::as_str), "")) aria-current=[is_this.then_some("true")] { (label) }
        }
    };
    html! {
        nav.states aria-label=(texts::batch_results()) {
            (link(None, texts::table_all()))
            @for result in RequestResult::iter() {
                @let label = if result == RequestResult::NeverAsked { texts::left_out() } else { words::result(result) };
                (link(Some(result), label))
            }
        }
    }
}

fn list(accounts: &[BatchRow], names: &BTreeMap<HolderId, CustomerName>, is_platform: bool) -> Markup {
    if accounts.is_empty() {
        return html! { p.empty { (texts::batch_list_empty()) } };
    }
    html! {
        table.dense.platform[is_platform] {
            caption.hidden { (texts::accounts_heading()) }
            thead { tr {
                th.account scope="col" { (texts::column_account()) }
                th.customer scope="col" { (texts::column_customer()) }
                @if is_platform { th.stripe_account scope="col" { (texts::column_stripe_account()) } }
                th.state scope="col" { (texts::column_state_now()) }
                th scope="col" { (texts::column_result()) }
            } }
            tbody { @for BatchRow { result: of, kept, request } in accounts {
                tr {
                    th scope="row" data-name=(texts::column_account()) { a href={ (public_path("/console/accounts/")) (of.account) } {
                        @if let Some(kept) = kept { (named(&kept.account)) } @else { bdi { (of.account) } }
                    } }
                    td data-name=(texts::column_customer()) { @if let Some(kept) = kept { (customer_link(&kept.account, names)) } @else { "—" } }
                    @if is_platform {
                        td data-name=(texts::column_stripe_account()) { @if let Some(link) = stripe_account_link(&of.account) { (link) } @else { "—" } }
                    }
                    td data-name=(texts::column_state_now()) { @if let Some(kept) = kept {
                        @let (state, cause, _) = kept.in_words();
                        (badge(state.parse().unwrap_or(ConnectionState::Unrecognized)))
                        @if let Some(cause) = cause { " " span.small { (words::cause(cause)) } }
                    } @else { "—" } }
                    td.result data-name=(texts::column_result()) {
                        @if request.is_some() { (result(request.as_ref())) } @else { (sentence(&of.result)) }
                    }
                }
            } }
        }
    }
}

//! `GET /console`: the connections table.

use std::sync::Arc;

use axum::extract::{Query, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use relink_protocol::stripe::Account;
use serde_json::json;
use strum::IntoEnumIterator;

use super::account_actions::note;
use super::auth::SignedIn;
use super::error::PageError;
use super::filter_form::{SIZES, TableParams};
use super::icon::badge;
use super::layout::{Layout, form_token, many, moment};
use crate::domain::audit::AuditAction;
use crate::domain::connection::StoredAccount;
use crate::domain::filter::State;
use crate::state::AppState;
use crate::store::connection_search::{Order, PageCursor};
use crate::store::daily_counts::ConnectionCounts;

/// Renders one page of the table.
pub(super) async fn page(
    FromApp(app): FromApp<Arc<AppState>>,
    by: SignedIn,
    Query(asked): Query<TableParams>,
) -> Result<Response, PageError> {
    let tally = app.store.tally().await?;
    let (status, table) = match asked.filter(&tally) {
        Ok(filter) => {
            let place = asked.place()?;
            note(&app, by.source(), AuditAction::ConnectionsListed, None, json!({"connections": filter}))
                .await?;
            let mut rows = app.store.table(&filter, asked.order(), place.as_ref(), asked.size() + 1).await?;
            let size = usize::try_from(asked.size()).unwrap_or(usize::MAX);
            let has_more = rows.len() > size;
            rows.truncate(size);
            (StatusCode::OK, table(&by, &asked, &rows, has_more))
        }
        Err(why) => (StatusCode::BAD_REQUEST, html! { p.alert role="alert" { (why) } }),
    };
    let content = html! {
        h1 { "Connections" }
        (states(&asked, &tally))
        (search(&asked, &tally))
        (table)
    };
    Ok((status, Layout::new("Connections", &by).page(&content)).into_response())
}

/// Renders the links to the states. Their counts are made in the background, and shown with their time, because
/// counting all accounts for each page would be too slow.
fn states(asked: &TableParams, tally: &ConnectionCounts) -> Markup {
    let bank = Some(asked.wanted.bank.as_str()).filter(|bank| !bank.is_empty());
    let link = |state: &'static str, name: &Markup, count: i64| {
        let is_this = asked.wanted.state == state;
        html! {
            a href=(asked.with("/console", &[("state", state), ("cause", "")])) aria-current=[is_this.then_some("true")] {
                (name) " " span.count { (many(count)) }
            }
        }
    };
    html! {
        nav.states aria-label="States" {
            (link("", &html! { "All" }, tally.of(None, bank)))
            @for state in State::iter() {
                @let count = tally.of(Some(state.as_str()), bank);
                @if count > 0 || !state.is_rare() || asked.wanted.state == state.as_str() {
                    (link(state.as_str(), &badge(state), count))
                }
            }
        }
        @if let Some(at) = tally.counted_at {
            p.hint { "Counted " (moment(at)) ". The table is current." }
        } @else {
            p.hint { "Not counted yet; that happens within a minute. The table is current." }
        }
    }
}

/// Causes, as Stripe names them.
const CAUSES: [&str; 5] =
    ["access_denied", "access_expired", "account_closed", "account_unavailable", "unspecified"];

fn search(asked: &TableParams, tally: &ConnectionCounts) -> Markup {
    let wanted = &asked.wanted;
    let is_known = CAUSES.contains(&wanted.cause.as_str()) || wanted.cause.is_empty();
    html! {
        form.search method="get" action="/console" role="search" {
            div { label for="q" { "Customer, account, last digits or bank" }
                input #q type="search" name="q" value=(wanted.q) maxlength="200"; }
            div { button { "Show" } }
            details open[asked.is_narrowed()] {
            summary { "Narrow and sort" }
            div.more {
            div { label for="state" { "State" }
                select #state name="state" {
                    option value="" { "Any" }
                    @for state in State::iter() {
                        option value=(state.as_str()) selected[wanted.state == state.as_str()] { (state.label()) }
                    }
                } }
            div { label for="cause" { "Cause" }
                select #cause name="cause" {
                    option value="" { "Any" }
                    @for cause in CAUSES { option value=(cause) selected[wanted.cause == cause] { (spaced(cause)) } }
                    @if !is_known { option value=(wanted.cause) selected { (spaced(&wanted.cause)) } }
                } }
            div { label for="bank" { "Bank" }
                (banks("Any", &wanted.bank, tally)) }
            div { label for="from" { "Changed from" } input #from type="date" name="from" value=(wanted.from); }
            div { label for="to" { "until" } input #to type="date" name="to" value=(wanted.to); }
            div { label for="order" { "Order" }
                select #order name="order" {
                    option value="" { "Newest change first" }
                    option value="oldest" selected[asked.order() == Order::OldestFirst] { "Oldest change first" }
                } }
            div { label for="size" { "Rows" }
                select #size name="size" {
                    @for size in SIZES { option value=(size) selected[asked.size().to_string() == size] { (size) } }
                } }
            } }
            @if asked.is_narrowed() { p { a href="/console" { "Show all again" } } }
        }
    }
}

/// Maximum number of banks in the menu; others are found by searching for the name.
const BANKS: usize = 200;

/// Renders the menu of banks.
pub(super) fn banks(all: &str, chosen: &str, tally: &ConnectionCounts) -> Markup {
    let banks = tally.largest(BANKS);
    html! {
        select #bank name="bank" {
            option value="" { (all) }
            @for bank in &banks { option value=(bank) selected[chosen == bank] { (bank) } }
            @if !chosen.is_empty() && !banks.iter().any(|bank| bank == chosen) { option value=(chosen) selected { (chosen) } }
            @if banks.len() == BANKS { option disabled { "Others: search for the name" } }
        }
    }
}

fn table(by: &SignedIn, asked: &TableParams, rows: &[StoredAccount], has_more: bool) -> Markup {
    if rows.is_empty() {
        return html! { p.empty { "No connections match." } };
    }
    html! {
        form method="post" action="/console/preview" {
            (form_token(by))
            (asked.hidden())
            table {
                caption.hidden { "Connections" }
                thead { tr {
                    th.choose scope="col" { span.hidden { "Choose" } }
                    th scope="col" { "State" }
                    th scope="col" { "Account" }
                    th scope="col" { "Customer" }
                    th scope="col" aria-sort=(if asked.order() == Order::OldestFirst { "ascending" } else { "descending" }) { "Changed" }
                } }
                tbody { @for kept in rows { (row(kept)) } }
            }
            (paging(asked, rows, has_more))
            div.actions {
                button name="all" value="" { "Ask the chosen customers…" }
                button.quiet name="all" value="1" { "Ask all that match…" }
                a href=(asked.with("/console/connections.csv", &[("size", "")])) { "Export CSV" }
            }
            p.hint { "Before anything is sent you see who would get a mail, and which rule leaves others out." }
        }
    }
}

fn row(kept: &StoredAccount) -> Markup {
    let account = &kept.account;
    let (state, cause, ends) = kept.in_words();
    let state = state.parse().unwrap_or(State::Unrecognized);
    let ends = ends.and_then(|ends| jiff::Timestamp::from_second(ends).ok());
    html! {
        tr {
            td.choose { input type="checkbox" name="account" value=(account.id) aria-label={ "Choose " (name(account)) }; }
            td data-name="State" {
                (badge(state))
                @if let Some(cause) = cause { div.small { (spaced(cause.as_str())) } }
                @if let Some(ends) = ends { div.small { "on " (moment(ends)) } }
            }
            th scope="row" data-name="Account" { a href={ "/console/accounts/" (account.id) } { bdi { (name(account)) } }
                div.small { (account.id) } }
            td data-name="Customer" { bdi { (customer(account)) } }
            td data-name="Changed" { (moment(kept.changed_at)) }
        }
    }
}

fn paging(asked: &TableParams, rows: &[StoredAccount], has_more: bool) -> Markup {
    let next = rows.last().filter(|_| has_more).map(|last| PageCursor::behind(last).to_string());
    html! {
        nav.pages aria-label="Pages" {
            @if !asked.after.is_empty() { a href=(asked.with("/console", &[])) rel="first" { "First page" } }
            @if let Some(next) = next { a href=(asked.with("/console", &[("after", &next)])) rel="next" { "Next page" } }
        }
    }
}

/// Returns the bank and the last digits.
pub(super) fn name(account: &Account) -> String {
    match &account.last4 {
        Some(last4) => format!("{} ••{last4}", account.institution_name),
        None => account.institution_name.clone(),
    }
}

/// Returns the id of the customer who holds the account, or a placeholder.
pub(super) fn customer(account: &Account) -> String {
    let holder = account.account_holder.as_ref().and_then(|holder| holder.customer.as_ref());
    holder.map_or_else(|| "no customer".to_owned(), ToString::to_string)
}

/// Makes a code of Stripe's readable.
pub(super) fn spaced(word: &str) -> String {
    word.replace(['_', '.'], " ")
}

//! `GET /console`: the connections table.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::{Query, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use relink_protocol::stripe::Account;
use relink_protocol::{AccountId, HolderId};
use serde_json::json;
use strum::IntoEnumIterator;

use super::account_actions::note;
use super::address::public_path;
use super::auth::SignedIn;
use super::error::PageError;
use super::filter_form::TableParams;
use super::icon::badge;
use super::layout::{Layout, count, date, form_token, many, moment};
use super::results::result;
use super::search_form::search;
use crate::domain::audit::AuditAction;
use crate::domain::connection::StoredAccount;
use crate::domain::customer_name::CustomerName;
use crate::domain::filter::{Filter, State};
use crate::domain::policy::{Terms, TokenNarrowing};
use crate::domain::relink_request::Request;
use crate::domain::session_plan::{is_updatable, permission_change};
use crate::state::AppState;
use crate::store::connection_search::{Order, TableRow};
use crate::store::daily_counts::ConnectionCounts;

/// Renders one page of the table.
pub(super) async fn page(
    FromApp(app): FromApp<Arc<AppState>>,
    by: SignedIn,
    Query(asked): Query<TableParams>,
) -> Result<Response, PageError> {
    let tally = app.store.tally().await?;
    let (status, table) = match asked.filter(&app, &tally).await? {
        Ok(filter) => {
            let place = asked.place()?;
            note(&app, by.source(), AuditAction::ConnectionsListed, None, json!({"connections": filter}))
                .await?;
            let mut rows = app.store.table(&filter, asked.order(), place.as_ref(), asked.size() + 1).await?;
            let size = usize::try_from(asked.size()).unwrap_or(usize::MAX);
            let has_more = rows.len() > size;
            rows.truncate(size);
            let requests = app.store.latest_requests(rows.iter().map(|row| &row.kept.account.id)).await?;
            let terms = app.config.policy.terms(TokenNarrowing::default()).ok();
            let names = app
                .store
                .customer_names(&rows.iter().filter_map(|row| row.kept.account.holder()).collect())
                .await?;
            let page =
                TablePage { rows, requests, names, has_more, matching: matching(&filter, &tally), terms };
            (StatusCode::OK, page.render(&by, &asked))
        }
        Err(why) => (StatusCode::BAD_REQUEST, html! { p.alert role="alert" { (why) } }),
    };
    let content = html! {
        div.top { h1 { "Connections" } (states(&asked, &tally)) }
        (search(&asked, &tally, app.config.policy.permissions.is_some()))
        (table)
        (counted(&tally))
        (shortcuts())
    };
    Ok((status, Layout::new("Connections", &by).wide().page(&content)).into_response())
}

/// Renders the links to the states. Their counts are made in the background, and shown with their time, because
/// counting all accounts for each page would be too slow.
fn states(asked: &TableParams, tally: &ConnectionCounts) -> Markup {
    let bank = Some(asked.wanted.bank.as_str()).filter(|bank| !bank.is_empty());
    let is_counted = tally.counted_at.is_some();
    let link = |state: &'static str, name: &Markup, count: i64| {
        let is_this = asked.wanted.state == state;
        html! {
            a href=(asked.with("/console", &[("state", state), ("cause", ""), ("permissions", "")])) aria-current=[is_this.then_some("true")] {
                (name) @if is_counted { " " span.count { (many(count)) } }
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
            @if !is_counted { span.hint { "counting…" } }
        }
    }
}

/// Renders the list of shortcuts, which the script shows: without it there are none.
fn shortcuts() -> Markup {
    html! {
        details #shortcuts hidden {
            summary { "Keyboard shortcuts" }
            ul {
                li { kbd { "/" } " searches" }
                li { kbd { "j" } " and " kbd { "k" } " go to the next and the previous connection" }
                li { kbd { "x" } " chooses it, " kbd { "Enter" } " opens it" }
            }
            label.inline { input type="checkbox"; " Use these shortcuts in this browser" }
        }
    }
}

fn counted(tally: &ConnectionCounts) -> Markup {
    html! {
        @if let Some(at) = tally.counted_at {
            p.hint { "Numbers above the table were counted " (moment(at)) ". The table itself is current." }
        } @else {
            p.hint { "Connections are being counted, which happens within a minute. The table itself is current." }
        }
    }
}

/// Returns the number of matching accounts, where it was counted: for a state, a bank or both.
fn matching(filter: &Filter, tally: &ConnectionCounts) -> Option<i64> {
    let Filter { state, bank, .. } = filter;
    let counted = Filter { state: *state, bank: bank.clone(), ..Filter::default() };
    let count = tally.of(state.map(State::as_str), bank.as_deref());
    (tally.counted_at.is_some() && *filter == counted).then_some(count)
}

/// One page of the table.
struct TablePage {
    rows: Vec<TableRow>,
    requests: HashMap<AccountId, Request>,
    /// Names of the customers, where they are stored.
    names: BTreeMap<HolderId, CustomerName>,
    has_more: bool,
    /// Number of accounts on all pages; `None` if unknown.
    matching: Option<i64>,
    /// Terms by which customers can be asked to share more.
    terms: Option<Terms>,
}

impl TablePage {
    fn render(&self, by: &SignedIn, asked: &TableParams) -> Markup {
        if self.rows.is_empty() {
            return html! { p.empty { "No connections match." } };
        }
        html! {
            form #connections method="post" action=(public_path("/console/preview")) {
                (form_token(by))
                (asked.hidden())
                table.dense {
                    caption.hidden { "Connections" }
                    thead { tr {
                        th.choose scope="col" { span.hidden { "Choose" } }
                        (sortable(asked, "State", [Order::MostUrgentFirst, Order::LeastUrgentFirst]))
                        th scope="col" { "Account" }
                        th scope="col" { "Customer" }
                        (sortable(asked, "Ends", [Order::EndsSoonest, Order::EndsLatest]))
                        (sortable(asked, "Changed", [Order::NewestFirst, Order::OldestFirst]))
                        th scope="col" { "Last asked" }
                        th scope="col" { "Result" }
                    } }
                    tbody { @for row in &self.rows { (self.row(row)) } }
                }
                (self.bar(asked))
            }
        }
    }

    fn row(&self, TableRow { kept, .. }: &TableRow) -> Markup {
        let account = &kept.account;
        let (state, cause, ends) = kept.in_words();
        let state = state.parse().unwrap_or(State::Unrecognized);
        let ends = ends.and_then(|ends| jiff::Timestamp::from_second(ends).ok());
        let request = self.requests.get(&account.id);
        html! {
            tr {
                td.choose { input type="checkbox" name="account" value=(account.id) aria-label={ "Choose " (name(account)) }; }
                td data-name="State" {
                    (badge(state))
                    @if let Some(cause) = cause { " " span.small { (spaced(cause.as_str())) } }
                    @if let Some(block) = &account.payment_block { " " span.small { (spaced(block.reason.as_str())) } }
                    @if let Some(missing) = self.missing(kept) { " " span.small { "lacks " (missing) } }
                }
                th scope="row" data-name="Account" { a href={ (public_path("/console/accounts/")) (account.id) } { bdi { (name(account)) } } }
                td data-name="Customer" {
                    @if let Some(title) = account.holder().and_then(|id| self.names.get(id)?.title()) { bdi { (title) } " " }
                    (customer_link(account))
                }
                td data-name="Ends" { @if let Some(ends) = ends { (date(ends)) } @else { (none()) } }
                td data-name="Changed" { (date(kept.changed_at)) }
                td data-name="Last asked" { @if let Some(request) = request { (date(request.created_at)) } @else { (none()) } }
                td.result data-name="Result" { (result(request)) }
            }
        }
    }

    /// Returns the permissions that the customer can be asked for in addition, of an account that works.
    fn missing(&self, kept: &StoredAccount) -> Option<String> {
        let terms = self.terms.as_ref()?;
        is_updatable(terms, &kept.account, &kept.condition).then(|| {
            let missing = permission_change(terms, &kept.account).added;
            let names: Vec<String> = missing.iter().map(|one| spaced(one.as_str())).collect();
            names.join(", ")
        })
    }

    /// Renders the bar with what can be done, which stays in view. Its script counts what is chosen.
    fn bar(&self, asked: &TableParams) -> Markup {
        let next = self.rows.last().filter(|_| self.has_more).map(|last| last.place.to_string());
        let all = self.matching.map_or_else(
            || "Choose all that match".to_owned(),
            |matching| format!("Choose all {} that match", many(matching)),
        );
        html! {
            div.bar #bar {
                @if !asked.none_chosen.is_empty() { p.alert #none role="alert" { "Choose at least one connection first." } }
                p.chosen #chosen role="status" { "Tick connections, or choose all that match." }
                label { input #all type="checkbox" name="all" value="1"; " " (all) }
                button aria-describedby="before" { "Ask the chosen customers…" }
                span.hidden #before { "You see who would get an email before anything is sent." }
                nav.pages aria-label="Pages" {
                    span.count { (count(i64::try_from(self.rows.len()).unwrap_or(i64::MAX), "row")) }
                    @if !asked.after.is_empty() { a href=(asked.with("/console", &[])) rel="first" { "First page" } }
                    @if let Some(next) = next { a href=(asked.with("/console", &[("after", &next)])) rel="next" { "Next page" } }
                    a href=(asked.with("/console/connections.csv", &[("size", "")])) { "Export CSV" }
                }
            }
        }
    }
}

/// Renders the header of a column by which the table can be sorted.
fn sortable(asked: &TableParams, name: &str, orders: [Order; 2]) -> Markup {
    let order = asked.order();
    let is_up = matches!(order, Order::OldestFirst | Order::LeastUrgentFirst | Order::EndsSoonest);
    let sort = orders.contains(&order).then_some(if is_up { "ascending" } else { "descending" });
    html! {
        th scope="col" aria-sort=[sort] {
            a href=(asked.with("/console", &[("order", asked.next_order(orders))])) { (name)
                span.arrow aria-hidden="true" { @match sort { Some("ascending") => " ▲", Some(_) => " ▼", None => " ↕" } }
            }
        }
    }
}

/// Renders an empty cell.
fn none() -> Markup {
    html! { span.empty { "—" } }
}

/// Renders the customer who holds the account, with a link to their page.
pub(super) fn customer_link(account: &Account) -> Markup {
    let holder = account.holder();
    html! {
        @if let Some(id) = holder { a href={ (public_path("/console/customers/")) (id) } { bdi { (id) } } } @else { "no holder" }
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
    let holder = account.holder();
    holder.map_or_else(|| "no holder".to_owned(), ToString::to_string)
}

/// Makes a code of Stripe's readable.
pub(super) fn spaced(word: &str) -> String {
    word.replace(['_', '.'], " ")
}

//! `GET /console`: the connections table.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::{Query, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, Render, html};
use relink_protocol::stripe::Account;
use relink_protocol::{AccountId, HolderId};
use serde_json::json;
use strum::IntoEnumIterator;

use super::account_actions::note;
use super::address::{address, public_path};
use super::auth::SignedIn;
use super::error::PageError;
use super::filter_form::TableParams;
use super::icon::badge;
use super::layout::{Layout, date, form_token, many, moment, number_of};
use super::results::result;
use super::search_form::search;
use super::words::{filter_error, stored};
use super::{texts, words};
use crate::domain::audit::AuditAction;
use crate::domain::connection::StoredAccount;
use crate::domain::customer_name::CustomerName;
use crate::domain::filter::{Filter, State};
use crate::domain::policy::{Terms, TokenNarrowing};
use crate::domain::relink_request::Request;
use crate::domain::session_plan::{is_updatable, permission_change};
use crate::state::AppState;
use crate::store::connection_search::{ListedRow, Order};
use crate::store::daily_counts::ConnectionCounts;
use crate::store::encryption::Unreadable;

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
            let mut rows =
                app.store.table_rows(&filter, asked.order(), place.as_ref(), asked.size() + 1).await?;
            let size = usize::try_from(asked.size()).unwrap_or(usize::MAX);
            let has_more = rows.len() > size;
            rows.truncate(size);
            let accounts: Vec<&Account> =
                rows.iter().filter_map(|row| Some(&row.kept.as_ref().ok()?.account)).collect();
            let requests = app.store.latest_requests(accounts.iter().map(|account| &account.id)).await?;
            let terms = app.config.policy.terms(TokenNarrowing::default()).ok();
            let names = app
                .store
                .customer_names(&accounts.iter().filter_map(|account| account.holder()).collect())
                .await?;
            let is_platform = app.config.stripe_accounts.is_platform();
            let page = TablePage {
                rows,
                requests,
                names,
                has_more,
                matching: matching(&filter, &tally),
                terms,
                is_platform,
            };
            (StatusCode::OK, page.render(&by, &asked))
        }
        Err(why) => (StatusCode::BAD_REQUEST, html! { p.alert role="alert" { (filter_error(why)) } }),
    };
    let content = html! {
        div.top { h1 { (texts::nav_connections()) } (states(&asked, &tally)) }
        (search(&asked, &tally, &app.config))
        (table)
        (counted(&tally))
        (shortcuts())
    };
    Ok((status, Layout::new(texts::nav_connections(), &by).wide().page(&content)).into_response())
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
        nav.states aria-label=(texts::table_states()) {
            (link("", &html! { (texts::table_all()) }, tally.of(None, bank)))
            @for state in State::iter() {
                @let count = tally.of(Some(state.as_str()), bank);
                @if count > 0 || !state.is_rare() || asked.wanted.state == state.as_str() {
                    (link(state.as_str(), &badge(state), count))
                }
            }
            @if !is_counted { span.hint { (texts::table_counting()) } }
        }
    }
}

/// Renders the list of shortcuts, which the script shows: without it there are none.
fn shortcuts() -> Markup {
    html! {
        details #shortcuts hidden {
            summary { (texts::shortcuts()) }
            ul {
                li { (texts::shortcut_search(key("/"))) }
                li { (texts::shortcut_move(key("j"), key("k"))) }
                li { (texts::shortcut_choose(key("Enter"), key("x"))) }
            }
            label.inline { input type="checkbox"; " " (texts::shortcuts_use()) }
        }
    }
}

fn key(name: &str) -> Markup {
    html! { kbd { (name) } }
}

fn counted(tally: &ConnectionCounts) -> Markup {
    html! {
        @if let Some(at) = tally.counted_at {
            p.hint { (texts::table_counted(moment(at))) }
        } @else {
            p.hint { (texts::table_being_counted()) }
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
    rows: Vec<ListedRow>,
    requests: HashMap<AccountId, Request>,
    /// Names of the customers, where they are stored.
    names: BTreeMap<HolderId, CustomerName>,
    has_more: bool,
    /// Number of accounts on all pages; `None` if unknown.
    matching: Option<i64>,
    /// Terms by which customers can be asked to share more.
    terms: Option<Terms>,
    /// True if the server works for connected accounts, which have a column of their own.
    is_platform: bool,
}

impl TablePage {
    fn render(&self, by: &SignedIn, asked: &TableParams) -> Markup {
        if self.rows.is_empty() {
            return html! { p.empty { (texts::table_empty()) } };
        }
        html! {
            form #connections method="post" action=(public_path("/console/preview")) {
                (form_token(by))
                (asked.hidden())
                table.dense.platform[self.is_platform] {
                    caption.hidden { (texts::nav_connections()) }
                    thead { tr {
                        th.choose scope="col" { span.hidden { (texts::choose()) } }
                        (sortable(asked, "state", texts::column_state(), [Order::MostUrgentFirst, Order::LeastUrgentFirst]))
                        th.account scope="col" { (texts::column_account()) }
                        th.customer scope="col" { (texts::column_customer()) }
                        @if self.is_platform { th.stripe_account scope="col" { (texts::column_stripe_account()) } }
                        (sortable(asked, "ends", texts::column_ends(), [Order::EndsSoonest, Order::EndsLatest]))
                        (sortable(asked, "changed", texts::column_changed(), [Order::NewestFirst, Order::OldestFirst]))
                        th.asked scope="col" { (texts::column_last_asked()) }
                        th scope="col" { (texts::column_result()) }
                    } }
                    tbody {
                        @for row in &self.rows { @match &row.kept {
                            Ok(kept) => (self.row(kept)),
                            Err(lost) => (self.unreadable(lost)),
                        } }
                    }
                }
                (self.bar(asked))
            }
        }
    }

    fn row(&self, kept: &StoredAccount) -> Markup {
        let account = &kept.account;
        let (state, cause, ends) = kept.in_words();
        let state = state.parse().unwrap_or(State::Unrecognized);
        let ends = ends.and_then(|ends| jiff::Timestamp::from_second(ends).ok());
        let request = self.requests.get(&account.id);
        html! {
            tr {
                td.choose { input type="checkbox" name="account" value=(account.id) aria-label=(texts::choose_account(name(account))); }
                td.state data-name=(texts::column_state()) {
                    (badge(state))
                    @if let Some(cause) = cause { " " span.small { (words::cause(cause)) } }
                    @if let Some(block) = &account.payment_block { " " span.small { (words::block_reason(&block.reason)) } }
                    @if let Some(missing) = missing(self.terms.as_ref(), kept) { " " span.small { (texts::lacks(missing)) } }
                }
                th scope="row" data-name=(texts::column_account()) { a href={ (public_path("/console/accounts/")) (account.id) } { (named(account)) } }
                td data-name=(texts::column_customer()) { (customer_link(account, &self.names)) }
                @if self.is_platform {
                    td data-name=(texts::column_stripe_account()) { (stripe_account_link(&account.id).unwrap_or_else(none)) }
                }
                td data-name=(texts::column_ends()) { @if let Some(ends) = ends { (date(ends)) } @else { (none()) } }
                td data-name=(texts::column_changed()) { (date(kept.changed_at)) }
                td data-name=(texts::column_last_asked()) { @if let Some(request) = request { (date(request.created_at)) } @else { (none()) } }
                td.result data-name=(texts::column_result()) { (result(request)) }
            }
        }
    }

    /// Renders an account that can't be decrypted, of which neither the name nor anything to choose is known.
    fn unreadable(&self, lost: &Unreadable) -> Markup {
        html! { tr {
            td.choose {}
            th colspan="2" scope="row" { a href={ (public_path("/console/accounts/")) (lost.id) } { code { (lost.id) } } }
            td.unreadable colspan=(5 + usize::from(self.is_platform)) { (stored(&lost.error.to_string())) }
        } }
    }

    /// Renders the bar with what can be done, which stays in view. Its script counts what is chosen.
    fn bar(&self, asked: &TableParams) -> Markup {
        let next = self.rows.last().filter(|_| self.has_more).map(|last| last.place.to_string());
        let all = self.matching.map_or_else(|| texts::choose_all().render(), texts::choose_all_counted);
        html! {
            div.bar #bar {
                @if !asked.none_chosen.is_empty() { p.alert #none role="alert" { (texts::chosen_none()) } }
                p.chosen #chosen role="status" data-some=(texts::chosen_some("{chosen}", "{total}")) data-all=(texts::chosen_all())
                    data-none=(texts::chosen_none()) data-page=(texts::choose_page()) { (texts::chosen_hint()) }
                label { input #all type="checkbox" name="all" value=(asked.all()); " " (all) }
                button aria-describedby="before" { (texts::ask_chosen()) }
                span.hidden #before { (texts::ask_before()) }
                nav.pages aria-label=(texts::pages()) {
                    span.count { (texts::rows(number_of(&self.rows))) }
                    @if !asked.after.is_empty() { a href=(asked.with("/console", &[])) rel="first" { (texts::page_first()) } }
                    @if let Some(next) = next { a href=(asked.with("/console", &[("after", &next)])) rel="next" { (texts::page_next()) } }
                    a href=(asked.with("/console/connections.csv", &[("size", "")])) { (texts::export_csv()) }
                }
            }
        }
    }
}

/// Renders the header of a column by which the table can be sorted.
fn sortable(asked: &TableParams, class: &str, name: &str, orders: [Order; 2]) -> Markup {
    let order = asked.order();
    let is_up = matches!(order, Order::OldestFirst | Order::LeastUrgentFirst | Order::EndsSoonest);
    let sort = orders.contains(&order).then_some(if is_up { "ascending" } else { "descending" });
    html! {
        th class=(class) scope="col" aria-sort=[sort] {
            a href=(asked.with("/console", &[("order", asked.next_order(orders))])) { (name)
                span.arrow aria-hidden="true" { @match sort { Some("ascending") => " ▲", Some(_) => " ▼", None => " ↕" } }
            }
        }
    }
}

/// Returns the permissions that the customer can be asked for in addition, of an account that works.
pub(super) fn missing(terms: Option<&Terms>, kept: &StoredAccount) -> Option<Markup> {
    let terms = terms.filter(|terms| is_updatable(terms, &kept.account, &kept.condition))?;
    Some(words::list(permission_change(terms, &kept.account).added.iter().map(words::permission)))
}

/// Renders an empty cell.
fn none() -> Markup {
    html! { span.empty { "—" } }
}

/// Renders the customer who holds the account, by name where it is stored, with a link to their page.
pub(super) fn customer_link(account: &Account, names: &BTreeMap<HolderId, CustomerName>) -> Markup {
    let Some(id) = account.holder() else { return texts::no_holder().render() };
    let title = names.get(id).and_then(CustomerName::title);
    // A connected account has its own column or row.
    let own = id.at_stripe();
    html! {
        a href={ (public_path("/console/customers/")) (id) } { bdi { @if let Some(title) = title { (title) } @else { (own) } } }
        @if title.is_some() { " " bdi.small { (own) } }
    }
}

/// Renders the bank and the last digits, of which the digits stay in a narrow column.
pub(super) fn named(account: &Account) -> Markup {
    html! {
        bdi.named {
            span { (account.institution_name) }
            @if let Some(last4) = &account.last4 { " " span { "••" (last4) } }
        }
    }
}

/// Renders the connected account whose customer holds the account, with a link to all of its accounts; `None` for the
/// merchant's own.
pub(super) fn stripe_account_link(account: &AccountId) -> Option<Markup> {
    let id = account.stripe_account()?;
    Some(html! { a href=(address("/console", &[("stripe_account", id.as_str())])) { bdi { (id) } } })
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
    holder.map_or_else(|| texts::no_holder().to_owned(), ToString::to_string)
}

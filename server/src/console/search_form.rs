//! Form above the connections table: search, filters, order and page size, all of which are in the page's address.

use std::collections::BTreeSet;

use maud::{Markup, html};
use relink_protocol::HolderKind;
use relink_protocol::stripe::Cause;
use strum::IntoEnumIterator;

use super::address::public_path;
use super::filter_form::{ORDERS, SIZES, TableParams};
use super::{texts, words};
use crate::config::settings::Config;
use crate::domain::filter::{MISSING, State};
use crate::domain::request_result::RequestResult;
use crate::domain::stripe_accounts::{ConnectedAccounts, StripeAccounts};
use crate::store::daily_counts::ConnectionCounts;

/// Renders the form. Customers are found by name where names are stored; permissions are a filter where the merchant has
/// set some, so that customers may share less.
pub(super) fn search(asked: &TableParams, tally: &ConnectionCounts, config: &Config) -> Markup {
    let label =
        if config.console.customer_names { texts::search_label_named() } else { texts::search_label() };
    html! {
        form.search method="get" action=(public_path("/console")) role="search" {
            div { label.hidden for="q" { (label) }
                input #q type="search" name="q" value=(asked.wanted.q) maxlength="200" placeholder=(label); }
            button { (texts::search()) }
            details open[asked.is_narrowed()] {
                summary { (texts::filters()) }
                div.more {
                    (by_state(asked, tally))
                    (by_request(asked))
                    @if config.policy.permissions.is_some() { (by_permissions(asked)) }
                    (by_holder(asked))
                    @if let StripeAccounts::Platform(served) = &config.stripe_accounts {
                        (by_stripe_account(&asked.wanted.stripe_account, served))
                    }
                    (order_and_size(asked))
                    div { button.quiet { (texts::apply()) } }
                }
            }
            @if asked.is_narrowed() { a href=(public_path("/console")) { (texts::show_all()) } }
        }
    }
}

fn by_state(asked: &TableParams, tally: &ConnectionCounts) -> Markup {
    let wanted = &asked.wanted;
    html! {
        div { label for="state" { (texts::column_state()) }
            select #state name="state" {
                option value="" { (texts::any()) }
                @for state in State::iter() {
                    option value=(state.as_str()) selected[wanted.state == state.as_str()] { (words::state(state)) }
                }
            } }
        div { label for="cause" { (texts::cause()) }
            select #cause name="cause" {
                option value="" { (texts::any()) }
                @for cause in causes(&wanted.cause, tally) {
                    option value=(cause) selected[wanted.cause == cause] { (words::cause_name(cause)) }
                }
            } }
        div { label for="bank" { (texts::bank()) } (banks(texts::any(), &wanted.bank, tally)) }
        div { label for="from" { (texts::changed_from()) } input #from type="date" name="from" value=(wanted.from); }
        div { label for="to" { (texts::changed_until()) } input #to type="date" name="to" value=(wanted.to); }
    }
}

fn by_request(asked: &TableParams) -> Markup {
    let wanted = &asked.wanted;
    html! {
        div { label for="result" { (texts::last_request()) }
            select #result name="result" {
                option value="" { (texts::any()) }
                @for result in RequestResult::iter() {
                    option value=(result.as_str()) selected[wanted.result == result.as_str()] { (words::result(result)) }
                }
            } }
        div { label for="asked_from" { (texts::asked_from()) }
            input #asked_from type="date" name="asked_from" value=(wanted.asked_from); }
        div { label for="asked_to" { (texts::asked_until()) }
            input #asked_to type="date" name="asked_to" value=(wanted.asked_to); }
    }
}

fn by_permissions(asked: &TableParams) -> Markup {
    html! {
        div { label for="permissions" { (texts::permissions()) }
            select #permissions name="permissions" {
                option value="" { (texts::any()) }
                option value=(MISSING) selected[asked.wanted.permissions == MISSING] { (texts::permissions_missing()) }
            } }
    }
}

fn by_holder(asked: &TableParams) -> Markup {
    html! {
        div { label for="holder" { (texts::holder()) }
            select #holder name="holder" {
                option value="" { (texts::any()) }
                @for kind in HolderKind::ALL {
                    option value=(kind.as_str()) selected[asked.wanted.holder == kind.as_str()] { (words::holder(kind)) }
                }
            } }
    }
}

/// Most connected accounts that are suggested.
const SUGGESTED: usize = 200;

/// Renders the field for a connected account, which suggests those of the settings.
pub(super) fn by_stripe_account(chosen: &str, served: &ConnectedAccounts) -> Markup {
    let listed = match served {
        ConnectedAccounts::All => None,
        ConnectedAccounts::Listed(listed) => Some(listed),
    };
    html! {
        div { label for="stripe_account" { (texts::column_stripe_account()) }
            input #stripe_account name="stripe_account" value=(chosen) maxlength="128" placeholder="acct_…" autocomplete="off"
                spellcheck="false" list=[listed.map(|_| "stripe_accounts")];
            @if let Some(listed) = listed {
                datalist #stripe_accounts { @for account in listed.iter().take(SUGGESTED) { option value=(account) {} } }
            } }
    }
}

fn order_and_size(asked: &TableParams) -> Markup {
    html! {
        div { label for="order" { (texts::order()) }
            select #order name="order" {
                @for (name, order, label) in ORDERS { option value=(name) selected[asked.order() == order] { (label()) } }
            } }
        div { label for="size" { (texts::row_count()) }
            select #size name="size" {
                @for size in SIZES { option value=(size) selected[asked.size().to_string() == size] { (size) } }
            } }
    }
}

/// Returns every cause: those that Stripe documents, those that were counted, and the chosen one.
fn causes<'a>(chosen: &'a str, tally: &'a ConnectionCounts) -> BTreeSet<&'a str> {
    let all = Cause::KNOWN.iter().copied().chain(tally.causes()).chain(Some(chosen));
    all.filter(|cause| !cause.is_empty()).collect()
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
        }
    }
}

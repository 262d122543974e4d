//! Tables of a report: by bank and by cause, ranked, and every number by day.

use std::collections::BTreeMap;

use maud::{Markup, Render, html};
use strum::IntoEnumIterator;

use super::address::address;
use super::layout::{many, number_of, stored_day};
use super::progress::duration;
use super::reports::Report;
use super::results::bar;
use super::{texts, words};
use crate::domain::filter::State;
use crate::domain::report::{Repairs, grouped};

/// Maximum number of banks.
const BANKS: usize = 20;

/// Renders the banks, those with the most broken connections first.
pub(super) fn by_bank(report: &Report) -> Markup {
    if report.bank.is_some() {
        return html! {};
    }
    let broken = report.tally.by_bank(State::Broken.as_str());
    let repairs = grouped(report.requests.iter().map(|row| (row.bank.clone(), row.waited)));
    let mut banks: BTreeMap<&str, i64> = broken.into_iter().collect();
    for bank in repairs.keys() {
        banks.entry(bank).or_default();
    }
    let mut banks: Vec<(&str, i64)> = banks.into_iter().collect();
    banks.sort_by_key(|(_, broken)| -broken);
    let most = banks.first().map_or(0, |(_, broken)| *broken);
    let is_counted = report.tally.counted_at.is_some();
    html! {
        h2 { (texts::by_bank()) }
        @if banks.is_empty() { p.empty { (texts::by_bank_empty()) } } @else {
            table {
                caption.hidden { (texts::by_bank_caption()) }
                thead { tr {
                    th scope="col" { (texts::bank()) } th.number scope="col" { (texts::column_broken_now()) } th.bars scope="col" aria-hidden="true" {}
                    (repair_heads())
                } }
                tbody { @for (bank, broken) in banks.iter().take(BANKS) { tr {
                    th scope="row" data-name=(texts::bank()) { a href=(address("/console", &[("bank", *bank), ("state", "broken")])) { bdi { (bank) } } }
                    td.number data-name=(texts::column_broken_now()) { @if is_counted { (many(*broken)) } @else { "—" } }
                    td.bars aria-hidden="true" { (bar(*broken, most)) }
                    (repair_cells(repairs.get(*bank)))
                } } }
            }
            @if banks.len() > BANKS { p.hint { (texts::banks_first(BANKS, many(number_of(&banks)))) } }
        }
    }
}

/// Renders the causes of broken connections and of those that no relink repairs, the most frequent first.
pub(super) fn by_cause(report: &Report) -> Markup {
    let causes = report.tally.by_cause(report.bank.as_deref());
    let most = causes.first().map_or(0, |(_, accounts)| *accounts);
    let bank = report.bank.as_deref().unwrap_or_default();
    html! {
        h2 { (texts::by_cause()) }
        @if causes.is_empty() { p.empty { (if report.tally.counted_at.is_some() { texts::by_cause_empty() } else { texts::counting() }) } } @else {
            table {
                caption.hidden { (texts::by_cause_caption()) }
                thead { tr { th scope="col" { (texts::cause()) } th.number scope="col" { (texts::column_connections_now()) } th.bars scope="col" aria-hidden="true" {} } }
                tbody { @for (cause, accounts) in causes { tr {
                    th scope="row" data-name=(texts::cause()) { a href=(address("/console", &[("cause", cause), ("bank", bank)])) { (words::cause_name(cause)) } }
                    td.number data-name=(texts::column_connections_now()) { (many(accounts)) }
                    td.bars aria-hidden="true" { (bar(accounts, most)) }
                } } }
            }
        }
    }
}

/// Renders every number by day.
pub(super) fn by_day(report: &Report) -> Markup {
    let repairs = report.repairs_by_day();
    html! {
        h2 { (texts::by_day()) }
        details {
            summary { (texts::show_table()) }
            section.scroll tabindex="0" aria-label=(texts::by_day_caption()) { table.plain {
                caption.hidden { (texts::by_day_caption()) }
                thead { tr {
                    th scope="col" { (texts::column_day()) }
                    @for state in State::iter() { th.number scope="col" { (words::state(state)) } }
                    (repair_heads())
                } }
                tbody { @for day in report.period.days().iter().rev() { tr {
                    th scope="row" { (stored_day(day)) }
                    @for state in State::iter() { td.number { (report.connections(day, state).map_or_else(|| "—".to_owned(), many)) } }
                    (repair_cells(Some(repairs.get(day).unwrap_or(&Repairs::default()))))
                } } }
            } }
        }
    }
}

fn heads() -> [&'static str; 4] {
    [texts::stage_asked(), texts::result_repaired(), texts::column_repair_rate(), texts::column_median()]
}

fn repair_heads() -> Markup {
    html! { @for name in heads() { th.number scope="col" { (name) } } }
}

fn repair_cells(repairs: Option<&Repairs>) -> Markup {
    let text = |text: Option<Markup>| text.unwrap_or_else(|| "—".render());
    let cells = [
        many(repairs.map_or(0, |one| one.asked)).render(),
        many(repairs.map_or(0, Repairs::repaired)).render(),
        text(repairs.and_then(Repairs::rate).map(texts::percent)),
        text(repairs.and_then(Repairs::median).map(|median| duration(median / 1000))),
    ];
    html! { @for (name, cell) in heads().into_iter().zip(cells) { td.number data-name=(name) { (cell) } } }
}

//! Tables of a report: by bank and by cause, ranked, and every number by day.

use std::collections::BTreeMap;

use maud::{Markup, html};
use strum::IntoEnumIterator;

use super::address::address;
use super::connections::spaced;
use super::layout::many;
use super::progress::duration;
use super::reports::Report;
use super::results::bar;
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
        h2 { "By bank" }
        @if banks.is_empty() { p.empty { "No bank has broken connections or requests." } } @else {
            table {
                caption.hidden { "Banks, those with the most broken connections first" }
                thead { tr {
                    th scope="col" { "Bank" } th.number scope="col" { "Broken now" } th.bars scope="col" aria-hidden="true" {}
                    (repair_heads())
                } }
                tbody { @for (bank, broken) in banks.iter().take(BANKS) { tr {
                    th scope="row" data-name="Bank" { a href=(address("/console", &[("bank", *bank), ("state", "broken")])) { bdi { (bank) } } }
                    td.number data-name="Broken now" { @if is_counted { (many(*broken)) } @else { "—" } }
                    td.bars aria-hidden="true" { (bar(*broken, most)) }
                    (repair_cells(repairs.get(*bank)))
                } } }
            }
            @if banks.len() > BANKS { p.hint { "The first " (BANKS) " of " (banks.len()) " banks." } }
        }
    }
}

/// Renders the causes of broken connections and of those that no relink repairs, the most frequent first.
pub(super) fn by_cause(report: &Report) -> Markup {
    let causes = report.tally.by_cause(report.bank.as_deref());
    let most = causes.first().map_or(0, |(_, accounts)| *accounts);
    let bank = report.bank.as_deref().unwrap_or_default();
    html! {
        h2 { "By cause" }
        @if causes.is_empty() { p.empty { @if report.tally.counted_at.is_some() { "No connection is broken now." } @else { "Counting…" } } } @else {
            table {
                caption.hidden { "Causes, the most frequent first" }
                thead { tr { th scope="col" { "Cause" } th.number scope="col" { "Connections now" } th.bars scope="col" aria-hidden="true" {} } }
                tbody { @for (cause, accounts) in causes { tr {
                    th scope="row" data-name="Cause" { a href=(address("/console", &[("cause", cause), ("bank", bank)])) { (spaced(cause)) } }
                    td.number data-name="Connections now" { (many(accounts)) }
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
        h2 { "By day" }
        details {
            summary { "Show as table" }
            section.scroll tabindex="0" aria-label="Numbers by day" { table.plain {
                caption.hidden { "Numbers by day" }
                thead { tr {
                    th scope="col" { "Day" }
                    @for state in State::iter() { th.number scope="col" { (state.label()) } }
                    (repair_heads())
                } }
                tbody { @for day in report.period.days().iter().rev() { tr {
                    th scope="row" { (day) }
                    @for state in State::iter() { td.number { (report.connections(day, state).map_or_else(|| "—".to_owned(), many)) } }
                    (repair_cells(Some(repairs.get(day).unwrap_or(&Repairs::default()))))
                } } }
            } }
        }
    }
}

const HEADS: [&str; 4] = ["Asked", "Repaired", "Repair rate", "Median time"];

fn repair_heads() -> Markup {
    html! { @for name in HEADS { th.number scope="col" { (name) } } }
}

fn repair_cells(repairs: Option<&Repairs>) -> Markup {
    let text = |text: Option<String>| text.unwrap_or_else(|| "—".to_owned());
    let cells = [
        many(repairs.map_or(0, |one| one.asked)),
        many(repairs.map_or(0, Repairs::repaired)),
        text(repairs.and_then(Repairs::rate).map(|rate| format!("{rate} %"))),
        text(repairs.and_then(Repairs::median).map(|median| duration(median / 1000))),
    ];
    html! { @for (name, cell) in HEADS.iter().zip(cells) { td.number data-name=(name) { (cell) } } }
}

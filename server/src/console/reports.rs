//! `GET /console/pictures`: connections and repairs over time, as charts with their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State as FromApp};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use strum::IntoEnumIterator;

use super::auth::SignedIn;
use super::bar_chart::bars;
use super::connections::banks;
use super::error::PageError;
use super::icon::badge;
use super::layout::{Layout, many, moment};
use crate::domain::filter::State;
use crate::state::AppState;
use crate::store::daily_counts::{ConnectionCounts, day};
use crate::store::repair_stats::{DAYS, RepairStats};

/// Query parameters: the bank.
#[derive(Debug, Deserialize)]
pub(super) struct Params {
    #[serde(default)]
    bank: String,
}

/// Renders the page.
pub(super) async fn page(
    FromApp(app): FromApp<Arc<AppState>>,
    by: SignedIn,
    Query(asked): Query<Params>,
) -> Result<Markup, PageError> {
    let now = crate::clock::now();
    let days: Vec<String> =
        (0..DAYS).rev().map(|back| day(now - SignedDuration::from_hours(back * 24))).collect();
    let since = now - SignedDuration::from_hours((DAYS - 1) * 24);
    let bank = Some(asked.bank.as_str()).filter(|bank| !bank.is_empty());
    let tally = app.store.tally().await?;
    let states = app.store.states_by_day(since, bank).await?;
    let repairs = app.store.repairs_by_day(now, bank).await?;
    let by_bank = app.store.repairs_by_bank().await?;
    let content = html! {
        h1 { "Reports" }
        (choice(&asked.bank, &tally))
        h2 { "Connections by state, the last " (DAYS) " days" }
        div.charts { @for state in State::iter() { (state_chart(state, &days, &states)) } }
        (states_table(&days, &states))
        h2 { "Repairs, by the day of the request" }
        div.charts {
            (repair_chart("Requests", "How many customers were asked", &days, &repairs, |one| Some(as_float(one.asked))))
            (repair_chart("Repair rate", "Of these, how many percent repaired their account since", &days, &repairs, rate))
            (repair_chart("Time to repair", "Hours from request to repair: half of those who came took no longer", &days, &repairs, hours))
        }
        details { summary { "Show as table" } (repairs_table("Day", repairs.iter().rev())) }
        h2 { "Repairs by bank, the last " (DAYS) " days" }
        (repairs_table("Bank", by_bank.iter()))
        (counted(tally.counted_at))
    };
    Ok(Layout::new("Reports", &by).page(&content))
}

fn choice(bank: &str, tally: &ConnectionCounts) -> Markup {
    html! {
        form.search method="get" action="/console/pictures" {
            div { label for="bank" { "Bank" }
                (banks("All", bank, tally)) }
            div { button { "Show" } }
        }
    }
}

fn counted(at: Option<Timestamp>) -> Markup {
    html! { p.hint { @if let Some(at) = at { "Counted " (moment(at)) ". Days are in UTC." } @else { "Not counted yet." } } }
}

type States = BTreeMap<String, BTreeMap<String, i64>>;

fn of(states: &States, day: &str, state: State) -> Option<i64> {
    states.get(day).map(|of_day| of_day.get(state.as_str()).copied().unwrap_or(0))
}

fn state_chart(state: State, days: &[String], states: &States) -> Markup {
    let values: Vec<Option<f64>> = days.iter().map(|day| of(states, day, state).map(as_float)).collect();
    // Today may not be counted yet.
    let now = days.iter().rev().find_map(|day| of(states, day, state)).unwrap_or(0);
    let most = days.iter().filter_map(|day| of(states, day, state)).max().unwrap_or(0);
    html! {
        figure {
            figcaption { (badge(state)) " " strong { (many(now)) } }
            (bars(&format!("{}: {} now, at most {}", state.label(), many(now), many(most)), &values))
            p.small { "At most " (many(most)) }
        }
    }
}

fn states_table(days: &[String], states: &States) -> Markup {
    html! {
        details {
            summary { "Show as table" }
            div.scroll tabindex="0" role="region" aria-label="Connections by state and day" { table.plain {
                caption.hidden { "Connections by state and day" }
                thead { tr { th scope="col" { "Day" } @for state in State::iter() { th.number scope="col" { (state.label()) } } } }
                tbody { @for day in days.iter().rev().filter(|day| states.contains_key(*day)) { tr {
                    th scope="row" { (day) }
                    @for state in State::iter() { td.number { (many(of(states, day, state).unwrap_or(0))) } }
                } } }
            } }
        }
    }
}

fn repair_chart(
    title: &str,
    what: &str,
    days: &[String],
    repairs: &BTreeMap<String, RepairStats>,
    value: impl Fn(&RepairStats) -> Option<f64>,
) -> Markup {
    let values: Vec<Option<f64>> = days.iter().map(|day| repairs.get(day).and_then(&value)).collect();
    let most = values.iter().flatten().copied().fold(0.0_f64, f64::max);
    html! {
        figure {
            figcaption { strong { (title) } }
            (bars(&format!("{what}; at most {most:.0} on a day"), &values))
            p.small { (what) ". At most " (format!("{most:.0}")) "." }
        }
    }
}

fn repairs_table<'a>(
    of: &str,
    repairs: impl ExactSizeIterator<Item = (&'a String, &'a RepairStats)>,
) -> Markup {
    let text = |number: Option<f64>, unit: &str| {
        number.map_or_else(|| "—".to_owned(), |number| format!("{number:.1}{unit}"))
    };
    html! {
        @if repairs.len() == 0 { p.empty { "No requests in this period." } } @else {
            table {
                caption.hidden { "Repairs by " (of.to_lowercase()) }
                thead { tr {
                    th scope="col" { (of) }
                    @for name in ["Asked", "Repaired", "Repair rate", "Hours to repair (median)"] { th.number scope="col" { (name) } }
                } }
                tbody { @for (name, one) in repairs { tr {
                    th scope="row" data-name=(of) { @if name.is_empty() { strong { "All" } } @else { bdi { (name) } } }
                    td.number data-name="Asked" { (many(one.asked)) }
                    td.number data-name="Repaired" { (many(one.completed)) }
                    td.number data-name="Repair rate" { (text(rate(one), " %")) }
                    td.number data-name="Hours to repair (median)" { (text(hours(one), "")) }
                } } }
            }
        }
    }
}

fn rate(repairs: &RepairStats) -> Option<f64> {
    (repairs.asked > 0).then(|| as_float(repairs.completed) * 100.0 / as_float(repairs.asked))
}

fn hours(repairs: &RepairStats) -> Option<f64> {
    repairs.median.map(|median| as_float(median) / 3_600_000.0)
}

#[expect(clippy::cast_precision_loss, reason = "for a drawing")]
fn as_float(number: i64) -> f64 {
    number as f64
}

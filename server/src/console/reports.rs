//! `GET /console/reports`: how connections and requests have developed, as figures, charts and tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State as FromApp};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use strum::IntoEnumIterator;

use super::account_actions::note;
use super::address::{address, public_path};
use super::auth::SignedIn;
use super::chart::{Series, stacked};
use super::error::PageError;
use super::export::lines;
use super::layout::{Layout, moment};
use super::report_figures::figures;
use super::report_tables::{by_bank, by_cause, by_day};
use super::results::funnel;
use super::search_form::banks;
use super::words::period_error;
use super::{texts, words};
use crate::domain::audit::AuditAction;
use crate::domain::filter::State;
use crate::domain::report::{PERIODS, Period, Repairs, grouped};
use crate::domain::request_result::Funnel;
use crate::state::AppState;
use crate::store::daily_counts::{ConnectionCounts, Figure, day};
use crate::store::requests::results::ReportRow;

/// Query parameters.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Params {
    /// Number of days; ignored if there are dates.
    #[serde(default)]
    days: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    bank: String,
    /// `all` for a chart of all states; otherwise of those that need attention.
    #[serde(default)]
    show: String,
}

impl Params {
    fn address(&self, path: &str, changed: &[(&'static str, &str)]) -> String {
        let Self { days, from, to, bank, show } = self;
        let own = [("days", days.as_str()), ("from", from), ("to", to), ("bank", bank), ("show", show)];
        let kept = own.into_iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
        let all: Vec<(&str, &str)> = kept.chain(changed.iter().copied()).collect();
        address(path, &all)
    }
}

/// Numbers of connections by day and state.
pub(super) type States = BTreeMap<String, BTreeMap<String, i64>>;

/// Everything that a report shows.
pub(super) struct Report {
    pub(super) period: Period,
    pub(super) bank: Option<String>,
    pub(super) tally: ConnectionCounts,
    pub(super) states: States,
    /// Requests of the period, and of the one before.
    pub(super) requests: Vec<ReportRow>,
    pub(super) before: Repairs,
    pub(super) customers: BTreeMap<String, i64>,
    /// Number of days before its end from which a connection counts as expiring.
    pub(super) expiring_days: i64,
}

impl Report {
    async fn read(app: &AppState, asked: &Params) -> Result<Self, PageError> {
        let today = crate::clock::now().to_zoned(TimeZone::UTC).date();
        let period = Period::read(&asked.days, &asked.from, &asked.to, today)
            .map_err(|error| PageError::NotUnderstood(period_error(error)))?;
        let bank = Some(asked.bank.clone()).filter(|bank| !bank.is_empty());
        let of = bank.as_deref();
        let mut before = Repairs::default();
        let earlier = period.previous();
        for row in app.store.requests_between(earlier.begins(), earlier.ends(), of).await? {
            before.add(row.waited);
        }
        Ok(Self {
            tally: app.store.tally().await?,
            states: app.store.states_by_day(period.begins(), of).await?,
            requests: app.store.requests_between(period.begins(), period.ends(), of).await?,
            customers: app.store.figure_by_day(Figure::CustomersBroken, period.begins(), of).await?,
            expiring_days: app.config.expiring_within / (24 * 60 * 60),
            before,
            period,
            bank,
        })
    }

    /// Returns the number of connections in a state on a day; `None` if they were not counted.
    pub(super) fn connections(&self, day: &str, state: State) -> Option<i64> {
        self.states.get(day).map(|of_day| of_day.get(state.as_str()).copied().unwrap_or(0))
    }

    /// Returns the results of the requests of each day.
    pub(super) fn repairs_by_day(&self) -> BTreeMap<String, Repairs> {
        grouped(self.requests.iter().map(|row| (day(row.created_at), row.waited)))
    }
}

/// Renders the page.
pub(super) async fn page(
    FromApp(app): FromApp<Arc<AppState>>,
    by: SignedIn,
    Query(asked): Query<Params>,
) -> Result<Markup, PageError> {
    let report = Report::read(&app, &asked).await?;
    let requests = Funnel::new(report.requests.iter().map(|row| row.group.clone()).collect());
    let content = html! {
        h1 { (texts::nav_reports()) }
        (choice(&asked, &report))
        (figures(&report))
        (states_chart(&asked, &report))
        h2 { (texts::requests_heading()) }
        (requests_chart(&report))
        h2 { (texts::funnel()) }
        (funnel(&requests))
        (by_bank(&report))
        (by_cause(&report))
        (by_day(&report))
        p { a.button href=(asked.address("/console/reports.csv", &[])) { (texts::export_csv()) } }
        (counted(&report.tally))
    };
    Ok(Layout::new(texts::nav_reports(), &by).page(&content))
}

/// `GET /console/pictures`: the earlier address.
pub(super) async fn moved(_: SignedIn) -> Redirect {
    Redirect::permanent(&public_path("/console/reports"))
}

fn choice(asked: &Params, report: &Report) -> Markup {
    let is_custom = !asked.from.is_empty() || !asked.to.is_empty();
    let (first, last) = (report.period.first().to_string(), report.period.last().to_string());
    html! {
        nav.states aria-label=(texts::period()) {
            @for days in PERIODS {
                @let is_this = !is_custom && report.period.length() == days;
                a href=(asked.address("/console/reports", &[("days", &days.to_string()), ("from", ""), ("to", "")]))
                    aria-current=[is_this.then_some("true")] { (texts::days(days)) }
            }
        }
        form.search method="get" action=(public_path("/console/reports")) {
            div { label for="from" { (texts::period_from()) } input #from type="date" name="from" value=(first); }
            div { label for="to" { (texts::period_until()) } input #to type="date" name="to" value=(last); }
            div { label for="bank" { (texts::bank()) } (banks(texts::table_all(), &asked.bank, &report.tally)) }
            @if !asked.show.is_empty() { input type="hidden" name="show" value=(asked.show); }
            button { (texts::show()) }
        }
    }
}

fn counted(tally: &ConnectionCounts) -> Markup {
    html! { p.hint {
        @if let Some(at) = tally.counted_at { (texts::reports_counted(moment(at))) } @else { (texts::reports_being_counted()) }
        " " (texts::reports_days())
    } }
}

/// States in the order of the columns, from the bottom. The first ones need attention.
const ORDER: [State; 9] = [
    State::Broken,
    State::NumberExpired,
    State::Expiring,
    State::Unrepairable,
    State::NumberPending,
    State::Disconnected,
    State::Replaced,
    State::Unrecognized,
    State::Healthy,
];
const IN_NEED: usize = 4;

fn states_chart(asked: &Params, report: &Report) -> Markup {
    let shows_all = asked.show == "all";
    let days = report.period.days();
    let shown = ORDER.into_iter().take(if shows_all { ORDER.len() } else { IN_NEED });
    let series = shown.map(|state| Series {
        class: state.as_str(),
        label: words::state(state),
        values: days.iter().map(|day| report.connections(day, state)).collect(),
        adds_up: false,
    });
    // Rare states would only lengthen the legend.
    let series: Vec<Series> = series
        .filter(|one| one.class == "broken" || one.values.iter().flatten().any(|value| *value > 0))
        .collect();
    let title = if shows_all { texts::states_all() } else { texts::states_in_need() };
    let (show, label) = if shows_all { ("", texts::show_in_need()) } else { ("all", texts::show_states()) };
    html! {
        h2 #states { (title) }
        p { a href={ (asked.address("/console/reports", &[("show", show)])) "#states" } { (label) } }
        (stacked(title, &days, &series))
    }
}

fn requests_chart(report: &Report) -> Markup {
    let days = report.period.days();
    let repairs = report.repairs_by_day();
    let value = |of: fn(&Repairs) -> i64| -> Vec<Option<i64>> {
        days.iter().map(|day| Some(repairs.get(day).map_or(0, of))).collect()
    };
    let series = [
        Series {
            class: "repaired",
            label: texts::result_repaired(),
            values: value(Repairs::repaired),
            adds_up: true,
        },
        Series {
            class: "waiting",
            label: texts::series_not_repaired(),
            values: value(|one| one.asked - one.repaired()),
            adds_up: true,
        },
    ];
    stacked(texts::requests_by_day(), &days, &series)
}

const MORE_COLUMNS: usize = 4;
const COLUMNS: usize = ORDER.len() + MORE_COLUMNS;

/// `GET /console/reports.csv`: the numbers of each day. A cell is empty if the number is not known.
pub(super) async fn csv(
    FromApp(app): FromApp<Arc<AppState>>,
    by: SignedIn,
    Query(asked): Query<Params>,
) -> Result<Response, PageError> {
    let report = Report::read(&app, &asked).await?;
    let days = (report.period.first().to_string(), report.period.last().to_string());
    let detail = json!({"report": {"from": days.0, "to": days.1, "bank": report.bank}});
    note(&app, by.source(), AuditAction::ListExported, None, detail).await?;
    let repairs = report.repairs_by_day();
    let text = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
    let head = State::iter().map(State::as_str).chain(["asked", "repaired", "median_seconds_to_repair"]);
    let row = |day: String| {
        let of_day = repairs.get(&day);
        let states = State::iter().map(|state| text(report.connections(&day, state)));
        let results = [
            text(Some(of_day.map_or(0, |one| one.asked))),
            text(Some(of_day.map_or(0, Repairs::repaired))),
            text(of_day.and_then(Repairs::median).map(|median| median / 1000)),
        ];
        row_of(states.chain(results), &day)
    };
    let mut rows = vec![row_of(head.map(str::to_owned), "day")];
    rows.extend(report.period.days().into_iter().map(row));
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"report.csv\""),
    ];
    Ok((headers, lines(&rows)).into_response())
}

fn row_of(cells: impl Iterator<Item = String>, first: &str) -> [String; COLUMNS] {
    let mut row = [const { String::new() }; COLUMNS];
    for (place, cell) in row.iter_mut().zip(std::iter::once(first.to_owned()).chain(cells)) {
        *place = cell;
    }
    row
}

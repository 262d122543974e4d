//! Headline figures of a report, each with its change.

use maud::{Markup, html};

use super::layout::{count, many};
use super::progress::duration;
use super::reports::Report;
use crate::domain::report::Repairs;
use crate::store::daily_counts::Figure;

/// One figure.
struct Headline {
    label: String,
    /// `None` if it is not known.
    value: Option<String>,
    change: String,
}

/// Renders the figures.
pub(super) fn figures(report: &Report) -> Markup {
    let mut repairs = Repairs::default();
    for row in &report.requests {
        repairs.add(row.waited);
    }
    let mut headlines = vec![rate(report, &repairs), median(report, &repairs), customers(report)];
    headlines.extend(ending(report));
    html! {
        dl.figures { @for one in &headlines { div {
            dt { (one.label) }
            dd { strong { (one.value.as_deref().unwrap_or("—")) } span.small { (one.change) } }
        } } }
    }
}

fn rate(report: &Report, repairs: &Repairs) -> Headline {
    let change = match (repairs.rate(), report.before.rate()) {
        (Some(now), Some(before)) => {
            format!(
                "{} points against the {} before",
                signed(now - before),
                count(report.period.length(), "day")
            )
        }
        (Some(_), None) => "no requests in the days before".to_owned(),
        (None, _) => "nobody was asked".to_owned(),
    };
    Headline {
        label: "Repair rate".to_owned(),
        value: repairs.rate().map(|rate| format!("{rate} %")),
        change,
    }
}

fn median(report: &Report, repairs: &Repairs) -> Headline {
    let text = |median: i64| duration(median / 1000);
    let change = match (repairs.median(), report.before.median()) {
        (Some(_), Some(before)) => format!("{} in the days before", text(before)),
        (Some(_), None) => "no repairs in the days before".to_owned(),
        (None, _) => "no repairs".to_owned(),
    };
    Headline { label: "Median time to repair".to_owned(), value: repairs.median().map(text), change }
}

fn customers(report: &Report) -> Headline {
    let now = report.figure(Figure::CustomersBroken);
    let first = report.customers.first_key_value();
    let change = match (now, first) {
        (Some(now), Some((day, then))) => format!("{} since {day}", signed(now - then)),
        _ => "not counted yet".to_owned(),
    };
    Headline { label: "Customers with a broken connection now".to_owned(), value: now.map(many), change }
}

/// Returns the numbers of connections that end soon. A window that is shorter by the settings is named as it is.
fn ending(report: &Report) -> Vec<Headline> {
    let share = || format!("of {}", count(report.tally.of(None, report.bank.as_deref()), "connection"));
    let windows = [(Figure::Ending7, 7), (Figure::Ending30, 30)];
    let headline = |(figure, days): (Figure, i64)| {
        let ending = report.figure(figure);
        let days = days.min(report.expiring_days);
        Headline {
            label: format!("Ending within {}", count(days, "day")),
            value: ending.map(many),
            change: ending.map_or_else(|| "not counted yet".to_owned(), |_| share()),
        }
    };
    windows.into_iter().map(headline).collect()
}

impl Report {
    /// Returns the newest value of a figure; `None` if it was not counted.
    fn figure(&self, figure: Figure) -> Option<i64> {
        let bank = self.bank.as_deref();
        self.tally.figure(figure, bank)
    }
}

fn signed(change: i64) -> String {
    match change {
        1.. => format!("+{}", many(change)),
        0 => "±0".to_owned(),
        _ => format!("−{}", many(-change)),
    }
}

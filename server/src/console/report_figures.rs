//! Headline figures of a report, each with its change.

use maud::{Markup, Render, html};

use super::layout::{many, stored_day};
use super::progress::duration;
use super::reports::Report;
use super::texts::{self, language};
use crate::domain::report::Repairs;
use crate::store::daily_counts::Figure;

/// One figure.
struct Headline {
    label: Markup,
    /// `None` if it is not known.
    value: Option<Markup>,
    change: Markup,
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
        dl.figures { @for one in headlines { div {
            dt { (one.label) }
            dd { strong { (one.value.unwrap_or_else(|| "—".render())) } span.small { (one.change) } }
        } } }
    }
}

fn rate(report: &Report, repairs: &Repairs) -> Headline {
    let change = match (repairs.rate(), report.before.rate()) {
        (Some(now), Some(before)) => {
            texts::figure_points(signed(now - before), texts::days(report.period.length()))
        }
        (Some(_), None) => texts::figure_no_requests().render(),
        (None, _) => texts::figure_nobody().render(),
    };
    Headline {
        label: texts::column_repair_rate().render(),
        value: repairs.rate().map(texts::percent),
        change,
    }
}

fn median(report: &Report, repairs: &Repairs) -> Headline {
    let text = |median: i64| duration(median / 1000);
    let change = match (repairs.median(), report.before.median()) {
        (Some(_), Some(before)) => texts::figure_median_before(text(before)),
        (Some(_), None) => texts::figure_no_repairs_before().render(),
        (None, _) => texts::figure_no_repairs().render(),
    };
    Headline { label: texts::figure_median().render(), value: repairs.median().map(text), change }
}

fn customers(report: &Report) -> Headline {
    let now = report.figure(Figure::CustomersBroken);
    let first = report.customers.first_key_value();
    let change = match (now, first) {
        (Some(now), Some((day, then))) => texts::figure_since(signed(now - then), stored_day(day)),
        _ => texts::figure_not_counted().render(),
    };
    let value = now.map(|now| many(now).render());
    Headline { label: texts::figure_customers().render(), value, change }
}

/// Returns the numbers of connections that end soon. A window that is shorter by the settings is named as it is.
fn ending(report: &Report) -> Vec<Headline> {
    let share = |_| texts::figure_share(report.tally.of(None, report.bank.as_deref()));
    let windows = [(Figure::Ending7, 7), (Figure::Ending30, 30)];
    let headline = |(figure, days): (Figure, i64)| {
        let ending = report.figure(figure);
        Headline {
            label: texts::figure_ending(days.min(report.expiring_days)),
            value: ending.map(|ending| many(ending).render()),
            change: ending.map_or_else(|| texts::figure_not_counted().render(), share),
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
    // The sign stays before the number where the line runs from the right.
    let mark = if language().is_right_to_left() { "\u{200e}" } else { "" };
    match change {
        1.. => format!("{mark}+{}", many(change)),
        0 => format!("{mark}±0"),
        _ => format!("{mark}−{}", many(-change)),
    }
}

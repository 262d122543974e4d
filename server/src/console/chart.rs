//! Stacked column charts by day, as SVG that needs no script. Colours come from the stylesheet, so that they follow light
//! and dark. A day that was not counted has no column but a mark, because unknown is not zero. Time runs from left to
//! right in every language.

use maud::{Markup, Render, html};

use super::layout::{axis_day, many, stored_day};
use super::texts;
use super::words::list;

/// One part of each column.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// Name of the style.
    pub(super) class: &'static str,
    pub(super) label: &'static str,
    /// Value of each day; `None` if it was not counted.
    pub(super) values: Vec<Option<i64>>,
    /// True if the values of days add up, as numbers of requests do and states don't.
    pub(super) adds_up: bool,
}

const WIDTH: i64 = 960;
const HEIGHT: i64 = 260;
/// Space for the values of the axis, and for the dates.
const LEFT: i64 = 56;
const FOOT: i64 = 28;
const TOP: i64 = 12;
/// Minimum distance between two dates.
const DATE_WIDTH: i64 = 84;

/// Draws the series on top of each other, the first one at the bottom, with a legend that has the newest values or their sums.
pub(super) fn stacked(title: &str, days: &[String], series: &[Series]) -> Markup {
    let totals = totals(days.len(), series);
    let ticks = ticks(totals.iter().flatten().copied().max().unwrap_or(0));
    let top = ticks.last().copied().unwrap_or(1);
    let plot = Plot { top, columns: i64::try_from(days.len()).unwrap_or(1).max(1) };
    let has_gaps = totals.iter().any(Option::is_none);
    html! {
        figure aria-label=(title) {
            (legend(series, has_gaps))
            section.scroll tabindex="0" aria-label=(texts::chart_of(title)) {
                svg.chart viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(summary(title, days, series)) {
                    @for tick in &ticks {
                        line.grid x1=(LEFT) x2=(WIDTH) y1=(plot.y(*tick)) y2=(plot.y(*tick)) {}
                        text.value x=(LEFT - 8) y=(plot.y(*tick) + 4) text-anchor="end" { (many(*tick)) }
                    }
                    @for (place, day) in (0..).zip(days) { (column(&plot, place, day, series, &totals)) }
                    @for (place, day) in (0..).zip(days) {
                        @if plot.has_date(place) { text.date x=(plot.middle(place)) y=(HEIGHT - 8) text-anchor="middle" { (axis_day(day)) } }
                    }
                    line.base x1=(LEFT) x2=(WIDTH) y1=(plot.y(0)) y2=(plot.y(0)) {}
                }
            }
        }
    }
}

/// Scale of a chart.
struct Plot {
    /// Value at the upper end.
    top: i64,
    columns: i64,
}

impl Plot {
    fn y(&self, value: i64) -> i64 {
        let high = HEIGHT - FOOT - TOP;
        HEIGHT - FOOT - value * high / self.top.max(1)
    }

    /// Returns the left end of a column, in tenths: columns of a year are narrower than one unit.
    fn left(&self, place: i64) -> i64 {
        LEFT * 10 + place * (WIDTH - LEFT) * 10 / self.columns
    }

    fn middle(&self, place: i64) -> i64 {
        (self.left(place) + self.left(place + 1)) / 20
    }

    /// True if there is room for a date below this column. Counted from the last day, which always has one.
    fn has_date(&self, place: i64) -> bool {
        let step = DATE_WIDTH * self.columns / (WIDTH - LEFT) + 1;
        let half = DATE_WIDTH / 2;
        let is_inside = (LEFT + half - 24..=WIDTH - half).contains(&self.middle(place));
        is_inside && (self.columns - 1 - place) % step == step / 2
    }
}

fn column(plot: &Plot, place: i64, day: &str, series: &[Series], totals: &[Option<i64>]) -> Markup {
    let (left, right) = (plot.left(place), plot.left(place + 1));
    let width = tenths((right - left) * 8 / 10);
    let x = tenths(left + (right - left) / 10);
    let index = usize::try_from(place).unwrap_or_default();
    let total = totals.get(index).copied().flatten();
    let value = |one: &Series| one.values.get(index).copied().flatten().unwrap_or(0);
    let mut below = 0;
    html! {
        g {
            title { (texts::chart_day(stored_day(day), tooltip(series, index, total))) }
            @if total.is_some() {
                @for one in series {
                    @let (low, high) = { let low = below; below += value(one); (plot.y(low), plot.y(below)) };
                    @if low > high { rect class={ "part " (one.class) } x=(x) y=(high) width=(width) height=(low - high) {} }
                }
            } @else {
                rect.gap x=(x) y=(plot.y(0) - 6) width=(width) height="6" {}
            }
            // The whole column answers to the pointer.
            rect.hover x=(tenths(left)) y=(TOP) width=(tenths(right - left)) height=(HEIGHT - FOOT - TOP) {}
        }
    }
}

fn tooltip(series: &[Series], index: usize, total: Option<i64>) -> Markup {
    if total.is_none() {
        return texts::chart_not_counted().render();
    }
    let parts = series.iter().rev().filter_map(|one| {
        let value = one.values.get(index).copied().flatten()?;
        Some(texts::chart_part(one.label, many(value)))
    });
    list(parts)
}

fn tenths(number: i64) -> String {
    format!("{}.{}", number / 10, number % 10)
}

/// Returns the sum of each day; `None` if nothing was counted.
fn totals(days: usize, series: &[Series]) -> Vec<Option<i64>> {
    let of_day = |index: usize| {
        let values: Vec<i64> =
            series.iter().filter_map(|one| one.values.get(index).copied().flatten()).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    };
    (0..days).map(of_day).collect()
}

fn legend(series: &[Series], has_gaps: bool) -> Markup {
    html! {
        ul.legend {
            @for one in series.iter().rev() {
                li { span class={ "swatch " (one.class) } {} (one.label) " "
                    strong { (in_legend(one).map_or_else(|| "—".to_owned(), many)) } }
            }
            @if has_gaps { li { span.swatch.gap {} (texts::chart_not_counted()) } }
        }
    }
}

/// Returns the sum of all days, or the newest value where a sum means nothing.
fn in_legend(series: &Series) -> Option<i64> {
    if series.adds_up { Some(series.values.iter().flatten().sum()) } else { newest(series) }
}

fn newest(series: &Series) -> Option<i64> {
    series.values.iter().rev().find_map(|value| *value)
}

/// Describes the chart for those who don't see it; the table below has every number.
fn summary(title: &str, days: &[String], series: &[Series]) -> Markup {
    let [first, last] =
        [days.first(), days.last()].map(|day| day.map(|day| stored_day(day)).unwrap_or_default());
    let parts = series.iter().filter_map(|one| {
        let most = one.values.iter().flatten().max()?;
        Some(texts::chart_series(one.label, many(*most), many(newest(one)?)))
    });
    texts::chart_summary(first, last, list(parts), title)
}

/// Returns the values of an axis: from zero in equal round steps, of which the last is no less than `most`.
fn ticks(most: i64) -> Vec<i64> {
    let mut steps = (0..18).flat_map(|power| [1, 2, 5].map(|factor| factor * 10_i64.pow(power)));
    let step = steps.find(|step| step.saturating_mul(5) >= most).unwrap_or(i64::MAX);
    (0..=most.max(1).div_euclid(step) + i64::from(most.max(1) % step > 0))
        .map(|number| number * step)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn(values: &[&[Option<i64>]]) -> String {
        let days: Vec<String> = (1..=values[0].len()).map(|day| format!("2026-11-{day:02}")).collect();
        let series: Vec<Series> = values
            .iter()
            .map(|values| Series {
                class: "broken",
                label: "Broken",
                values: values.to_vec(),
                adds_up: false,
            })
            .collect();
        stacked("Connections", &days, &series).into_string()
    }

    #[test]
    fn a_day_that_was_not_counted_is_marked_and_a_day_with_nothing_is_not() {
        let svg = drawn(&[&[Some(3), None, Some(0)]]);
        assert_eq!(svg.matches("<rect class=\"gap\"").count(), 1, "{svg}");
        assert_eq!(svg.matches("class=\"part broken\"").count(), 1);
        assert!(svg.contains("Nov 2, 2026: not counted") && svg.contains("Nov 3, 2026: Broken 0"), "{svg}");
        assert!(svg.contains("Broken: 0 last, at most 3"));
    }

    proptest! {
        #[test]
        fn an_axis_begins_at_zero_reaches_the_highest_value_and_has_few_round_steps(most in 0..1_000_000_000_i64) {
            let ticks = ticks(most);
            prop_assert_eq!(ticks[0], 0);
            prop_assert!(*ticks.last().unwrap() >= most);
            prop_assert!((2..=7).contains(&ticks.len()), "{ticks:?}");
            let digits = ticks[1].to_string();
            prop_assert!(["1", "2", "5"].contains(&digits.trim_end_matches('0')), "{ticks:?}");
        }

        #[test]
        fn columns_stay_inside_the_chart_and_stand_on_each_other(
            values in proptest::collection::vec((proptest::option::of(0..5000_i64), 0..5000_i64), 1..400),
        ) {
            let (one, two): (Vec<_>, Vec<_>) = values.iter().map(|(one, two)| (*one, one.map(|_| *two))).unzip();
            let svg = drawn(&[&one, &two]);
            for rect in svg.split("<rect class=\"part broken\"").skip(1) {
                let number = |name: &str| -> f64 {
                    let (_, rest) = rect.split_once(&format!("{name}=\"")).unwrap();
                    rest.split('"').next().unwrap().parse().unwrap()
                };
                let (left, top) = (number(" x"), number(" y"));
                prop_assert!(left >= 56.0 && left + number("width") <= 960.0);
                prop_assert!(top >= 12.0 && top + number("height") <= 232.0);
            }
        }
    }
}

//! Bar charts as SVG. Each series has its own chart and scale, so colours need not distinguish them. Time runs from
//! left to right in every language.

use std::fmt::Write;

use maud::{Markup, html};

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 96.0;
const FOOT: f64 = 8.0;

/// Draws one bar a day; `None` is a day without data.
pub(super) fn bars(label: &str, values: &[Option<f64>]) -> Markup {
    let top = values.iter().flatten().copied().fold(0.0_f64, f64::max);
    let step = WIDTH / as_float(values.len().max(1));
    let mut path = String::new();
    for (place, value) in values.iter().enumerate() {
        let Some(value) = value.filter(|_| top > 0.0) else { continue };
        let high = (value / top * (HEIGHT - FOOT)).max(1.0);
        let left = as_float(place) * step + step * 0.1;
        // Writing to a string can't fail.
        let _ =
            write!(path, "M{left:.1} {:.1}h{:.1}v{high:.1}h-{:.1}z", HEIGHT - high, step * 0.8, step * 0.8);
    }
    html! {
        svg.chart viewBox="0 0 320 100" role="img" aria-label=(label) preserveAspectRatio="none" {
            path.bar d=(path) {}
            path.base d="M0 98h320" {}
        }
    }
}

fn as_float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_fills_the_height_and_a_day_without_a_number_has_none() {
        let drawn = bars("x", &[Some(1.0), None, Some(2.0)]).into_string();
        assert_eq!(drawn.matches("h85.3").count(), 2, "{drawn}");
        assert!(drawn.contains("v88.0"), "{drawn}");
        assert!(!bars("x", &[None]).into_string().contains("NaN"));
        assert!(!bars("x", &[Some(0.0)]).into_string().contains("NaN"));
    }
}

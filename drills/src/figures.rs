//! Formatting of figures: percentiles and tables.

use std::time::Duration;

/// Waiting times, sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// Merges the times of several measurements.
    pub(crate) fn all(measurements: Vec<Self>) -> Self {
        Self::new(measurements.into_iter().flat_map(|times| times.0).collect())
    }

    /// Returns the percentile: the time that `percent` of all times do not exceed; zero if there are none.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let index = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(index).copied().unwrap_or_default()
    }

    pub(crate) fn longest(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}

/// Formats a time in milliseconds, with two decimals below 10 ms.
pub(crate) fn format_ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.0} ms") }
}

/// Formats a size in mebibytes, rounded up.
pub(crate) fn format_mib(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1024 * 1024))
}

/// Formats a number with thousands separators.
pub(crate) fn format_count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Converts a count, which is far below the numbers that a float can't represent exactly.
#[expect(clippy::cast_precision_loss, reason = "counts of events, far below 2^52")]
pub(crate) fn to_float(number: u64) -> f64 {
    number as f64
}

/// Formats a table with columns of minimal width, the first aligned left and the others right.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Times, format_count, table};

    #[test]
    fn a_quantile_is_a_time_that_was_measured() {
        let times = Times::new((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(times.percentile(50), Duration::from_millis(100));
        assert_eq!(times.percentile(99), Duration::from_millis(198));
        assert_eq!(times.longest(), Duration::from_millis(200));
        assert_eq!(Times::default().percentile(99), Duration::ZERO);
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(
            [format_count(7), format_count(1_000), format_count(1_234_567)],
            ["7", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn a_table_has_its_numbers_to_the_right() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(table(&[row(["a", "10"]), row(["long", "9"])]), "a     10\nlong   9\n");
    }
}

//! Reports: the period, and the results of its requests.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Periods that can be chosen, in days.
pub(crate) const PERIODS: [i64; 3] = [7, 30, 90];
const USUAL: i64 = 30;
/// Maximum number of days, as long as requests are kept.
const LONGEST: i64 = 400;

/// Error in the days of a report that an operator has typed or a link has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeriodError {
    /// Not a date as in ISO 8601.
    Date,
    /// The first day is after the last one, or in the future.
    Reversed,
    /// More than this number of days.
    TooLong(i64),
}

/// Days of a report, both included, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    first: Date,
    last: Date,
}

impl Period {
    /// Reads the period from a form: two dates, or else a number of days that end today.
    pub(crate) fn read(days: &str, from: &str, to: &str, today: Date) -> Result<Self, PeriodError> {
        if from.trim().is_empty() && to.trim().is_empty() {
            let days = days.parse().ok().filter(|days| PERIODS.contains(days)).unwrap_or(USUAL);
            return Ok(Self { first: back(today, days - 1), last: today });
        }
        let last = if to.trim().is_empty() { today } else { date(to)? };
        let first = if from.trim().is_empty() { back(last, USUAL - 1) } else { date(from)? };
        let period = Self { first, last: last.min(today) };
        if period.first > period.last {
            return Err(PeriodError::Reversed);
        }
        if period.length() > LONGEST {
            return Err(PeriodError::TooLong(LONGEST));
        }
        Ok(period)
    }

    /// Returns the number of days.
    pub(crate) fn length(self) -> i64 {
        i64::from((self.last - self.first).get_days()) + 1
    }

    /// Returns the period of the same length before this one.
    pub(crate) fn previous(self) -> Self {
        let last = back(self.first, 1);
        Self { first: back(last, self.length() - 1), last }
    }

    /// Returns the days, as they are stored.
    pub(crate) fn days(self) -> Vec<String> {
        let days = self.first.series(1.day()).take_while(|day| *day <= self.last);
        days.map(|day| day.to_string()).collect()
    }

    pub(crate) fn first(self) -> Date {
        self.first
    }

    pub(crate) fn last(self) -> Date {
        self.last
    }

    /// Returns the start of the first day.
    pub(crate) fn begins(self) -> Timestamp {
        start_of(self.first)
    }

    /// Returns the end of the last day.
    pub(crate) fn ends(self) -> Timestamp {
        start_of(self.last.saturating_add(1.day()))
    }
}

fn back(day: Date, days: i64) -> Date {
    day.saturating_sub(days.days())
}

fn start_of(day: Date) -> Timestamp {
    // Only the last days of the year 9999 have no time.
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

fn date(text: &str) -> Result<Date, PeriodError> {
    text.trim().parse().map_err(|_| PeriodError::Date)
}

/// Results of some requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Repairs {
    pub(crate) asked: i64,
    /// Time from request to repair of each repaired one, in milliseconds.
    waited: Vec<i64>,
}

impl Repairs {
    /// Adds a request; `waited` is the time until its repair, if it was repaired.
    pub(crate) fn add(&mut self, waited: Option<i64>) {
        self.asked += 1;
        self.waited.extend(waited);
    }

    pub(crate) fn repaired(&self) -> i64 {
        i64::try_from(self.waited.len()).unwrap_or(i64::MAX)
    }

    /// Returns the median time to repair, in milliseconds; `None` without a repair.
    pub(crate) fn median(&self) -> Option<i64> {
        let mut waited = self.waited.clone();
        waited.sort_unstable();
        waited.get(waited.len().saturating_sub(1) / 2).copied()
    }

    /// Returns the share of repaired requests in percent; `None` without a request, because unknown is not zero.
    pub(crate) fn rate(&self) -> Option<i64> {
        (self.asked > 0).then(|| (self.repaired() * 100 + self.asked / 2) / self.asked)
    }
}

/// Groups requests: each is a key, such as a day or a bank, and the time until its repair.
pub(crate) fn grouped(
    requests: impl IntoIterator<Item = (String, Option<i64>)>,
) -> BTreeMap<String, Repairs> {
    let mut groups: BTreeMap<String, Repairs> = BTreeMap::new();
    for (key, waited) in requests {
        groups.entry(key).or_default().add(waited);
    }
    groups
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = day(2026, 11, 28);

    proptest! {
        #[test]
        fn the_period_before_ends_the_day_before_and_is_as_long(from in 0..399_i64, to in 0..399_i64) {
            let (from, to) = (from.max(to), from.min(to));
            let text = |days| back(TODAY, days).to_string();
            let period = Period::read("", &text(from), &text(to), TODAY).unwrap();
            prop_assert_eq!(period.length(), from - to + 1);
            prop_assert_eq!(i64::try_from(period.days().len()).unwrap(), period.length());
            prop_assert_eq!(period.previous().length(), period.length());
            prop_assert_eq!(period.previous().ends(), period.begins());
        }

        #[test]
        fn half_of_the_repaired_took_no_longer_than_the_median(
            waited in proptest::collection::vec(proptest::option::of(0..1000_i64), 0..40),
        ) {
            let mut repairs = Repairs::default();
            for one in &waited {
                repairs.add(*one);
            }
            let known: Vec<i64> = waited.iter().flatten().copied().collect();
            prop_assert_eq!(repairs.repaired(), i64::try_from(known.len()).unwrap());
            prop_assert_eq!(repairs.median().is_none(), known.is_empty());
            if let Some(median) = repairs.median() {
                prop_assert!(known.iter().filter(|one| **one <= median).count() * 2 >= known.len());
                prop_assert!(known.iter().filter(|one| **one >= median).count() * 2 >= known.len());
            }
            prop_assert_eq!(repairs.rate().is_none(), waited.is_empty());
            prop_assert!(repairs.rate().is_none_or(|rate| (0..=100).contains(&rate)));
        }
    }

    #[test]
    fn a_period_is_thirty_days_unless_another_is_asked_for() {
        let read = |days, from, to| Period::read(days, from, to, TODAY);
        assert_eq!(read("", "", "").unwrap().first(), day(2026, 10, 30));
        assert_eq!(read("7", "", "").unwrap().first(), day(2026, 11, 22));
        assert_eq!(read("5", "", "").unwrap().length(), 30);
        assert_eq!(read("", "2026-11-01", "").unwrap().length(), 28);
        assert_eq!(read("", "", "2026-11-10").unwrap().first(), day(2026, 10, 12));
        assert_eq!(read("", "2026-11-20", "2027-01-01").unwrap().last(), TODAY);
        for (from, to) in
            [("2026-11-20", "2026-11-10"), ("2027-01-01", ""), ("2020-01-01", ""), ("1.11.", "")]
        {
            assert!(read("", from, to).is_err(), "{from} {to}");
        }
    }
}

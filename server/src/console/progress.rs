//! Progress of background reads from Stripe, as a section of the page of failed work.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, Render, html};

use super::layout::moment;
use super::texts;
use crate::services::progress::{BackfillProgress, CatchUpProgress, Progress, RecheckProgress, State};

/// Renders the section.
pub(super) fn section(progress: &Progress) -> Markup {
    html! {
        h2 { (texts::reading()) }
        dl {
            div { dt { (texts::reading_all()) } dd { (backfill(&progress.backfill)) } }
            div { dt { (texts::reading_oldest()) } dd { (oldest(&progress.recheck)) } }
            div { dt { (texts::reading_round()) } dd { (round(&progress.recheck)) } }
            div { dt { (texts::reading_events()) } dd { (catch_up(&progress.catch_up)) } }
        }
    }
}

fn backfill(backfill: &BackfillProgress) -> Markup {
    let accounts = i64::try_from(backfill.accounts).unwrap_or(i64::MAX);
    match (backfill.state, second(backfill.started_at), second(backfill.finished_at)) {
        (State::NotStarted, ..) => texts::backfill_not_begun().render(),
        (State::Running, Some(started), _) => texts::backfill_running(accounts, moment(started)),
        (State::Finished, _, Some(finished)) => texts::backfill_done(accounts, moment(finished)),
        (State::Running | State::Finished, ..) => texts::backfill_read(accounts),
    }
}

fn oldest(recheck: &RecheckProgress) -> Markup {
    match second(recheck.oldest_reading_at).zip(recheck.oldest_reading_age) {
        Some((at, age)) => texts::reading_ago(duration(age), moment(at)),
        None => texts::reading_none().render(),
    }
}

fn round(recheck: &RecheckProgress) -> Markup {
    let [round, every] = [recheck.expected_round, recheck.every].map(duration);
    if recheck.in_pages { texts::round_pages(round, every) } else { texts::round_customers(round, every) }
}

fn catch_up(catch_up: &CatchUpProgress) -> Markup {
    match (catch_up.reading, second(catch_up.caught_up_to)) {
        (Some(events), _) => texts::events_reading(i64::try_from(events).unwrap_or(i64::MAX)),
        (None, Some(at)) => texts::events_caught_up(moment(at)),
        (None, None) => texts::events_not_asked().render(),
    }
}

fn second(at: Option<i64>) -> Option<Timestamp> {
    at.and_then(|at| Timestamp::from_second(at).ok())
}

/// Renders a duration in the largest unit of which there are at least two.
pub(super) fn duration(seconds: i64) -> Markup {
    let time = SignedDuration::from_secs(seconds);
    match time.as_hours() {
        hours @ 48.. => texts::days(hours / 24),
        hours @ 2..48 => texts::hours(hours),
        _ if time.as_mins() >= 2 => texts::minutes(time.as_mins()),
        _ => texts::seconds(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_a_unit_that_says_enough() {
        let of = [5, 119, 120, 7_199, 7_200, 24 * 3_600, 172_800, 1_000_000]
            .map(|seconds| duration(seconds).into_string());
        let expected = [
            "5 seconds",
            "119 seconds",
            "2 minutes",
            "119 minutes",
            "2 hours",
            "24 hours",
            "2 days",
            "11 days",
        ];
        assert_eq!(of, expected);
    }
}

//! Progress of background reads from Stripe, as a section of the page of failed work.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::layout::{many, moment};
use crate::services::progress::{BackfillProgress, CatchUpProgress, Progress, RecheckProgress, State};

/// Renders the section.
pub(super) fn section(progress: &Progress) -> Markup {
    html! {
        h2 { "Reading from Stripe" }
        dl {
            div { dt { "All accounts" } dd { (backfill(&progress.backfill)) } }
            div { dt { "Oldest reading" } dd { (oldest(&progress.recheck)) } }
            div { dt { "A full round" } dd { (round(&progress.recheck)) } }
            div { dt { "Undelivered events" } dd { (catch_up(&progress.catch_up)) } }
        }
    }
}

fn backfill(backfill: &BackfillProgress) -> Markup {
    let accounts = many(i64::try_from(backfill.accounts).unwrap_or(i64::MAX));
    match (backfill.state, second(backfill.started_at), second(backfill.finished_at)) {
        (State::NotStarted, ..) => html! { "Not begun; that happens when the server has been started." },
        (State::Running, Some(started), _) => {
            html! { (accounts) " read since " (moment(started)) ", and it goes on." }
        }
        (State::Finished, _, Some(finished)) => {
            html! { (accounts) " read; that was done " (moment(finished)) "." }
        }
        (State::Running | State::Finished, ..) => html! { (accounts) " read." },
    }
}

fn oldest(recheck: &RecheckProgress) -> Markup {
    let Some((at, age)) = second(recheck.oldest_reading_at).zip(recheck.oldest_reading_age) else {
        return html! { "No account was read yet." };
    };
    html! { (moment(at)) ", " (duration(age)) " ago" }
}

fn round(recheck: &RecheckProgress) -> Markup {
    let way = if recheck.in_pages { "in pages of 100 accounts" } else { "one customer after the other" };
    html! {
        "takes about " (duration(recheck.expected_round)) ", " (way) "; accounts in use are to be read every "
        (duration(recheck.every)) "."
    }
}

fn catch_up(catch_up: &CatchUpProgress) -> Markup {
    html! {
        @match (catch_up.reading, second(catch_up.caught_up_to)) {
            (Some(events), _) => { (many(i64::try_from(events).unwrap_or(i64::MAX))) " read so far, and there are more." }
            (None, Some(at)) => { "None is missing from before " (moment(at)) "." }
            (None, None) => { "Not asked for yet." }
        }
    }
}

fn second(at: Option<i64>) -> Option<Timestamp> {
    at.and_then(|at| Timestamp::from_second(at).ok())
}

/// Formats a duration in the largest unit of which there are at least two.
pub(super) fn duration(seconds: i64) -> String {
    let time = SignedDuration::from_secs(seconds);
    match time.as_hours() {
        hours @ 48.. => format!("{} days", hours / 24),
        hours @ 2..48 => format!("{hours} hours"),
        _ if time.as_mins() >= 2 => format!("{} minutes", time.as_mins()),
        _ => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_a_unit_that_says_enough() {
        let of = [5, 119, 120, 7_199, 7_200, 24 * 3_600, 172_800, 1_000_000].map(duration);
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

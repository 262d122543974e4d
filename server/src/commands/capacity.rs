//! `relink-server capacity`: estimates the calls to Stripe in a year.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use jiff::SignedDuration;

use crate::config::options::{CapacityOptions, Options};
use crate::config::settings;
use crate::domain::capacity::{
    CALLS_FOR_A_RELINK, CALLS_FOR_A_VISIT, CALLS_FOR_AN_EMAIL, CALLS_FOR_AN_EVENT, Calls, Plan,
    RETURN_WITHIN, RETURNING, estimate,
};

/// Prints the estimate. Needs no database and no keys.
pub(crate) fn print(options: &Options, year: &CapacityOptions) -> anyhow::Result<()> {
    let plan = Plan {
        accounts: year.accounts,
        accounts_of_a_customer: year.per_customer,
        rate: options.stripe_rate.max(1),
        background_share: settings::limits(&options.limits)?.background_share,
        recheck_every: settings::recheck_every(&options.background)?,
        breaking: f64::from(year.breaking),
        worst: f64::from(year.worst),
        visits: year.visits,
    };
    Ok(io::stdout().write_all(text(plan).as_bytes())?)
}

fn text(plan: Plan) -> String {
    let year = estimate(plan);
    let mut text = format!(
        "{} accounts, {} calls to Stripe a second ({} a day)\n\n{:<28}{:>14}{:>14}\n",
        grouped(plan.accounts),
        plan.rate,
        grouped(u64::from(plan.rate) * 86_400),
        "calls",
        "average day",
        "busiest day",
    );
    for (name, calls) in [
        ("customers' lists", year.visits),
        ("relinks", year.relinks),
        ("events", year.events),
        ("emails", year.emails),
        ("rechecks, with what is left", year.rechecks),
    ] {
        let Calls { average, busiest, .. } = calls;
        let _ =
            writeln!(text, "{name:<28}{:>14}{:>14}", grouped(rounded(average)), grouped(rounded(busiest)));
    }
    let refused = grouped(rounded(year.refused));
    for (name, value) in [
        ("customers' calls that are refused in the year", refused),
        ("longest time from an event to its reading", time(year.longest_wait)),
        ("interval of rechecks of an account in use", time(year.recheck_interval)),
        ("first reading of all accounts", time(year.first_reading)),
    ] {
        let _ = write!(text, "\n{name:<46}  {value}");
    }
    let _ = write!(
        text,
        "\n\nAssumed: a visit takes {CALLS_FOR_A_VISIT} call, an event {CALLS_FOR_AN_EVENT}, a relink {CALLS_FOR_A_RELINK}, and \
         an email {CALLS_FOR_AN_EMAIL}; {RETURNING} % of the customers relink, within {RETURN_WITHIN} hours.\n"
    );
    text
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a time in its two largest units.
fn time(time: SignedDuration) -> String {
    let minutes = (time.as_secs() + 59) / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and far below 2^52")]
fn rounded(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_groups_of_three_and_times_two_units() {
        assert_eq!([0, 999, 1_000, 10_000_000].map(grouped), ["0", "999", "1,000", "10,000,000"]);
        let times = [0, 59, 3_600, 90_061].map(|seconds| time(SignedDuration::from_secs(seconds)));
        assert_eq!(times, ["0 min", "1 min", "1 h 0 min", "1 d 1 h"]);
    }
}

//! Estimate of the calls to Stripe in a year, hour by hour. The breakage is made up; the rate limit and the order of calls
//! are those of the server.

use jiff::SignedDuration;

use super::recheck;

/// Calls for one visit of a customer to a page with the element: their list of accounts, read in the background.
pub(crate) const CALLS_FOR_A_VISIT: u64 = 1;
/// Calls for one event about an account.
pub(crate) const CALLS_FOR_AN_EVENT: u64 = 1;
/// Calls while a customer relinks an account: a new session, its outcome, and the accounts afterwards. Each refresh that
/// `RELINK_REFRESH` names is another one.
pub(crate) const CALLS_FOR_A_RELINK: u64 = 3;
/// Calls for one email: the customer's address.
pub(crate) const CALLS_FOR_AN_EMAIL: u64 = 1;

const HOURS: u64 = 365 * 24;
/// Hour in which the bank with the most accounts ends them all.
const WORST_HOUR: u64 = 200 * 24 + 15;
/// Share of the customers of a broken account who relink it, in percent.
pub(crate) const RETURNING: f64 = 60.0;
/// Hours in which they come, after they were asked.
pub(crate) const RETURN_WITHIN: f64 = 72.0;
/// Share of accounts in each class of the recheck: those that changed or end soon, those in use, and the others.
const CLASSES: [f64; 3] = [0.03, 0.92, 0.05];

/// Customers' activity by hour of the day, in UTC for customers in the United States; the average is one.
const DAY: [f64; 24] = [
    1.6, 1.5, 1.3, 1.1, 0.8, 0.5, 0.3, 0.2, 0.1, 0.1, 0.2, 0.4, 0.8, 1.1, 1.3, 1.4, 1.5, 1.5, 1.4, 1.4, 1.4,
    1.4, 1.3, 1.4,
];

/// Input of an estimate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) accounts: u64,
    pub(crate) accounts_of_a_customer: f64,
    /// Calls per second, and the share of them that is reserved for background work in percent.
    pub(crate) rate: u32,
    pub(crate) background_share: u32,
    pub(crate) recheck_every: SignedDuration,
    /// Accounts that break in a year, in percent, evenly over the year.
    pub(crate) breaking: f64,
    /// Accounts that break in the worst hour, in percent, in addition.
    pub(crate) worst: f64,
    /// Visits of each customer in a month.
    pub(crate) visits: f64,
}

/// Calls of one kind: of an average day, and of the busiest one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Calls {
    pub(crate) average: f64,
    pub(crate) busiest: f64,
    today: f64,
}

/// Estimate of one year.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Year {
    pub(crate) visits: Calls,
    pub(crate) relinks: Calls,
    pub(crate) events: Calls,
    pub(crate) emails: Calls,
    pub(crate) rechecks: Calls,
    /// Customers' calls that the rate limit does not allow in time, in the whole year.
    pub(crate) refused: f64,
    /// Longest time from an event to its reading.
    pub(crate) longest_wait: SignedDuration,
    /// Interval between two readings of an account in use, without events.
    pub(crate) recheck_interval: SignedDuration,
    /// Time to read all accounts page by page at the first start.
    pub(crate) first_reading: SignedDuration,
}

impl Calls {
    fn add(&mut self, hour: u64, calls: f64) {
        self.today = if hour.is_multiple_of(24) { calls } else { self.today + calls };
        self.busiest = self.busiest.max(self.today);
        self.average += calls / 365.0;
    }
}

/// Estimates a year.
pub(crate) fn estimate(plan: Plan) -> Year {
    let accounts = count(plan.accounts);
    let customers = accounts / plan.accounts_of_a_customer;
    let limit = f64::from(plan.rate) * 3600.0;
    let reserved = limit * f64::from(plan.background_share) / 100.0;
    let mut year = Year::default();
    // Customers who will come, and background calls that wait.
    let (mut returning, mut waiting) = (0.0, 0.0_f64);
    for (hour, activity) in (0..HOURS).zip(DAY.into_iter().cycle()) {
        let worst = if hour == WORST_HOUR { accounts * plan.worst / 100.0 } else { 0.0 };
        let broken = accounts * plan.breaking / 100.0 / count(HOURS) * variation(hour) + worst;
        let relinks = (returning * activity / RETURN_WITHIN).min(returning);
        returning += broken * RETURNING / 100.0 - relinks;

        let visits = (customers * plan.visits / (365.0 * 2.0) * activity) * count(CALLS_FOR_A_VISIT);
        let sessions = relinks * count(CALLS_FOR_A_RELINK);
        // One when an account breaks, and one when it works again.
        let events = (broken + relinks) * count(CALLS_FOR_AN_EVENT);
        let emails = broken / plan.accounts_of_a_customer * count(CALLS_FOR_AN_EMAIL);
        // What is new at once waits behind what is left of the last hour; the rest comes evenly.
        let at_once = waiting + worst * count(CALLS_FOR_AN_EVENT);
        waiting += visits + events + emails;

        let of_customers = sessions.min(limit - waiting.min(reserved));
        let of_background = waiting.min(limit - of_customers);
        waiting -= of_background;
        year.refused += sessions - of_customers;
        year.longest_wait = year.longest_wait.max(hours(at_once / (limit - of_customers).max(1.0)));
        year.visits.add(hour, visits);
        year.relinks.add(hour, sessions);
        year.events.add(hour, events);
        year.emails.add(hour, emails);
        year.rechecks.add(hour, (limit - of_customers - of_background).min(limit / 2.0));
    }
    let units = CLASSES.map(|share| whole(customers * share));
    let half = whole(year.rechecks.average / 86_400.0 * 2.0);
    let rate = u32::try_from(half).unwrap_or(u32::MAX).max(1);
    year.recheck_interval = recheck::round(units, plan.recheck_every, rate)[1];
    year.first_reading = recheck::pages_round(plan.accounts, plan.rate);
    year
}

/// Returns a number between one half and one and a half that looks random and is the same in each run.
fn variation(hour: u64) -> f64 {
    let mixed = hour.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    0.5 + count((mixed ^ (mixed >> 29)) % 1000) / 1000.0
}

fn hours(hours: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64((hours * 3600.0).round()).unwrap_or(SignedDuration::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "numbers of accounts, far below 2^52")]
fn count(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and far below 2^52")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAN: Plan = Plan {
        accounts: 1_000_000,
        accounts_of_a_customer: 2.0,
        rate: 20,
        background_share: 20,
        recheck_every: SignedDuration::from_hours(24),
        breaking: 30.0,
        worst: 5.0,
        visits: 0.5,
    };

    #[test]
    fn a_day_has_an_average_activity_of_one() {
        assert!((DAY.iter().sum::<f64>() - 24.0).abs() < 0.001, "{}", DAY.iter().sum::<f64>());
    }

    #[test]
    fn each_account_that_breaks_is_one_event_and_each_that_is_relinked_another() {
        let year = estimate(Plan { worst: 0.0, ..PLAN });
        let expected = 1_000_000.0 * 0.3 * 1.6 / 365.0;
        assert!((year.events.average / expected - 1.0).abs() < 0.02, "{} {expected}", year.events.average);
        assert!((year.relinks.average / (expected / 1.6 * 0.6 * 3.0) - 1.0).abs() < 0.02);
    }

    #[test]
    fn the_worst_hour_waits_until_its_events_are_read() {
        // 50,000 events at 20 calls a second, less those of customers.
        let year = estimate(PLAN);
        assert!((2500..2600).contains(&year.longest_wait.as_secs()), "{:?}", year.longest_wait);
        assert_eq!(estimate(Plan { worst: 0.0, ..PLAN }).longest_wait, SignedDuration::ZERO);
    }

    proptest! {
        #[test]
        fn a_higher_rate_makes_nothing_worse(accounts in 1_000_u64..50_000_000, rate in 1_u32..99, worst in 0.0..50.0) {
            let plan = Plan { accounts, rate, worst, ..PLAN };
            let (slow, fast) = (estimate(plan), estimate(Plan { rate: rate + 1, ..plan }));
            prop_assert!(fast.refused <= slow.refused + 1.0);
            prop_assert!(fast.longest_wait <= slow.longest_wait + SignedDuration::from_secs(1));
            prop_assert!(fast.recheck_interval <= slow.recheck_interval);
            prop_assert!(fast.first_reading <= slow.first_reading);
        }

        #[test]
        fn no_day_has_more_calls_than_the_limit_apart_from_what_waits_and_is_refused(rate in 1_u32..100, worst in 0.0..50.0) {
            let year = estimate(Plan { rate, worst, ..PLAN });
            let limit = f64::from(rate) * 86_400.0;
            prop_assert!(year.rechecks.busiest <= limit / 2.0 + 1.0);
            prop_assert!(year.rechecks.average >= 0.0 && year.refused >= 0.0);
        }
    }
}

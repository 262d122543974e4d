use proptest::prelude::*;
use relink_protocol::stripe::Cause;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rules() -> ReminderSettings {
    ReminderSettings { broken: true, expiring: true, quiet: None }
}

fn broken() -> Condition {
    Condition::Broken { cause: Cause::AccessExpired }
}

/// Turn of the login that comes first, whose reminders go when they are planned.
fn first() -> Turn {
    Turn { known_since: Timestamp::UNIX_EPOCH, place: 0 }
}

fn quiet(from: i8, to: i8, zone: &str) -> QuietHours {
    let zone = TimeZone::get(zone).unwrap();
    QuietHours { from: Time::constant(from, 0, 0, 0), to: Time::constant(to, 0, 0, 0), zone }
}

#[test]
fn reminders_go_30_7_and_1_days_before_and_when_it_has_broken() {
    let end = at("2026-12-31T12:00:00Z");
    let expiring = Condition::Expiring { on: Some(end.as_second()) };
    for (now, last, expected) in [
        ("2026-11-01T00:00:00Z", None, NextStep::At(at("2026-12-01T12:00:00Z"))),
        ("2026-12-01T12:00:00Z", None, NextStep::Now(Reminder::Month)),
        ("2026-12-01T12:00:01Z", Some(Reminder::Month), NextStep::At(at("2026-12-24T12:00:00Z"))),
        ("2026-12-26T00:00:00Z", Some(Reminder::Month), NextStep::Now(Reminder::Week)),
        ("2026-12-26T00:00:00Z", None, NextStep::Now(Reminder::Week)),
        ("2026-12-26T00:00:00Z", Some(Reminder::Week), NextStep::At(at("2026-12-30T12:00:00Z"))),
        ("2026-12-31T00:00:00Z", Some(Reminder::Week), NextStep::Now(Reminder::Day)),
        ("2026-12-31T00:00:00Z", Some(Reminder::Day), NextStep::Nothing),
    ] {
        assert_eq!(next_step(&rules(), &expiring, first(), last, at(now)), expected, "{now} {last:?}");
    }
    let now = at("2027-01-01T00:00:00Z");
    assert_eq!(
        next_step(&rules(), &broken(), first(), Some(Reminder::Day), now),
        NextStep::Now(Reminder::Broken)
    );
    assert_eq!(next_step(&rules(), &broken(), first(), Some(Reminder::Broken), now), NextStep::Nothing);
    for condition in
        [Condition::Healthy, Condition::NumberPending, Condition::Disconnected, Condition::Unrecognized]
    {
        assert_eq!(next_step(&rules(), &condition, first(), None, now), NextStep::Nothing, "{condition:?}");
    }
}

#[test]
fn after_a_relink_the_next_reminder_is_the_one_that_is_still_to_come() {
    let now = at("2026-12-01T00:00:00Z");
    let ends = |days: i64| Condition::Expiring { on: Some(now.as_second() + days * 24 * 60 * 60) };
    for (condition, known, next) in [
        (ends(1), Some(Reminder::Day), NextStep::Nothing),
        (ends(2), Some(Reminder::Week), NextStep::At(at("2026-12-02T00:00:00Z"))),
        (ends(30), Some(Reminder::Month), NextStep::At(at("2026-12-24T00:00:00Z"))),
        (ends(40), None, NextStep::At(at("2026-12-11T00:00:00Z"))),
        (Condition::Expiring { on: None }, Some(Reminder::Month), NextStep::Nothing),
        (Condition::Healthy, None, NextStep::Nothing),
    ] {
        assert_eq!(known_after_relink(&condition, now), known, "{condition:?}");
        assert_eq!(next_step(&rules(), &condition, first(), known, now), next, "{condition:?}");
    }
    let second_break = next_step(&rules(), &broken(), first(), known_after_relink(&ends(1), now), now);
    assert_eq!(second_break, NextStep::Now(Reminder::Broken));
}

#[test]
fn only_what_the_merchant_wants_is_reminded_of() {
    let now = at("2026-12-31T00:00:00Z");
    let expiring = Condition::Expiring { on: Some(now.as_second() + 60) };
    let only = |broken, expiring| ReminderSettings { broken, expiring, quiet: None };
    assert_eq!(next_step(&only(false, true), &broken(), first(), None, now), NextStep::Nothing);
    assert_eq!(next_step(&only(true, false), &expiring, first(), None, now), NextStep::Nothing);
    assert!(!only(false, false).is_on() && only(true, false).is_on());
}

#[test]
fn in_quiet_hours_a_reminder_waits_for_their_end_by_the_merchants_clock() {
    let night = quiet(21, 8, "America/New_York");
    for (now, expected) in [
        ("2026-11-21T02:30:00Z", Some("2026-11-21T13:00:00Z")),
        ("2026-11-21T12:59:59Z", Some("2026-11-21T13:00:00Z")),
        ("2026-11-21T13:00:00Z", None),
        ("2026-11-21T20:00:00Z", None),
        // In summer the clocks there are an hour ahead.
        ("2026-07-21T12:30:00Z", None),
    ] {
        assert_eq!(night.ends(at(now)), expected.map(at), "{now}");
    }
    let rules = ReminderSettings { quiet: Some(night), ..rules() };
    let now = at("2026-11-21T02:30:00Z");
    assert_eq!(next_step(&rules, &broken(), first(), None, now), NextStep::At(at("2026-11-21T13:00:00Z")));
}

#[test]
fn when_a_bank_announces_an_end_of_many_connections_their_emails_are_spread_over_days() {
    let (announced, end) = (at("2026-07-02T09:00:00Z"), at("2026-08-01T00:00:00Z"));
    let mut a_day = std::collections::BTreeMap::new();
    for login in 0..10_000 {
        let turn = Turn::new(&format!("fcauth_{login}"), announced);
        let time = turn.time(end.saturating_sub(DAY * 30).unwrap(), end);
        *a_day.entry(time.duration_since(announced).as_hours() / 24).or_insert(0) += 1;
    }
    assert_eq!(a_day.keys().copied().collect::<Vec<_>>(), [0, 1, 2], "a tenth of 30 days");
    assert!(a_day.values().all(|emails| (3000..3800).contains(emails)), "{a_day:?}");
}

proptest! {
    #[test]
    fn a_reminder_is_late_by_at_most_a_tenth_of_the_time_left_and_never_overtaken(
        login in "fcauth_[a-z]{4}",
        known_before in 0_i64..40 * 24 * 60 * 60,
    ) {
        let end = at("2026-08-01T00:00:00Z");
        let known_since = end.saturating_sub(SignedDuration::from_secs(known_before)).unwrap();
        let turn = Turn::new(&login, known_since);
        let times = [30, 7, 1].map(|days| (end.saturating_sub(DAY * days).unwrap(), days));
        for (planned, _) in times {
            let (from, time) = (planned.max(known_since), turn.time(planned, end));
            prop_assert!(from <= time && time < end.max(from.saturating_add(SignedDuration::from_nanos(1)).unwrap()));
            prop_assert!(time.duration_since(from) * 10 <= end.duration_since(from));
        }
        prop_assert!(times.map(|(planned, _)| turn.time(planned, end)).is_sorted());
    }

    #[test]
    fn quiet_hours_end_later_and_then_it_is_not_quiet(second in 1_700_000_000_i64..1_900_000_000, from in 0_i8..24, to in 0_i8..24) {
        for zone in ["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"] {
            let quiet = quiet(from, to, zone);
            let now = Timestamp::from_second(second).unwrap();
            if let Some(end) = quiet.ends(now) {
                prop_assert!(end > now && end.duration_since(now) <= SignedDuration::from_hours(26));
            }
        }
    }
}

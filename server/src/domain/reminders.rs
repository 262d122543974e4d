//! Automatic reminders to customers.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use relink_protocol::Condition;
use strum::{EnumString, IntoStaticStr};

/// The merchant's settings for reminders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReminderSettings {
    /// Remind when an account has broken.
    pub(crate) broken: bool,
    /// Remind before an account expires.
    pub(crate) expiring: bool,
    pub(crate) quiet: Option<QuietHours>,
}

impl ReminderSettings {
    pub(crate) fn is_on(&self) -> bool {
        self.broken || self.expiring
    }
}

/// Quiet hours, in the merchant's time zone, in which no reminder is sent. They may span midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QuietHours {
    pub(crate) from: Time,
    pub(crate) to: Time,
    pub(crate) zone: TimeZone,
}

/// Kind of reminder. Each is sent once, until the account has worked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Reminder {
    /// 30 days before the account expires, or as soon as the expiry is known.
    Month,
    Week,
    Day,
    /// The account has broken.
    Broken,
}

impl Reminder {
    /// Returns the name in the database.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Next step for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextStep {
    /// Nothing, until the account changes.
    Nothing,
    /// Send this reminder now.
    Now(Reminder),
    /// Check again at this time.
    At(Timestamp),
}

/// Place of a bank login among all that are to be reminded at the same time. A bank that announces an end of all its
/// connections would otherwise cause all emails in one minute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// Time since which the condition is known.
    known_since: Timestamp,
    /// Place, from 0 to 65,535.
    place: u16,
}

impl Turn {
    /// Returns the turn of a login, which is the same for all its accounts and reminders.
    pub(crate) fn new(login: &str, known_since: Timestamp) -> Self {
        let hash = digest(&SHA256, login.as_bytes());
        let place = hash.as_ref().first_chunk().map_or(0, |bytes| u16::from_be_bytes(*bytes));
        Self { known_since, place }
    }

    /// Returns the time of a reminder that is planned for `planned`: later by at most a tenth of the time that is left.
    fn time(self, planned: Timestamp, end: Timestamp) -> Timestamp {
        let from = planned.max(self.known_since);
        let spread = end.duration_since(from).max(SignedDuration::ZERO) / SPREAD;
        from.saturating_add(spread * i32::from(self.place) / PLACES).unwrap_or(planned)
    }
}

/// Reminders that are due together are spread over the time left, divided by this.
const SPREAD: i32 = 10;
const PLACES: i32 = 1 << 16;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Returns the next step for an account in this condition. `last` is the last reminder about it.
pub(crate) fn next_step(
    rules: &ReminderSettings,
    condition: &Condition,
    turn: Turn,
    last: Option<Reminder>,
    now: Timestamp,
) -> NextStep {
    let (stage, next) = match condition {
        Condition::Broken { .. } | Condition::NumberExpired if rules.broken => (Some(Reminder::Broken), None),
        Condition::Expiring { on: Some(on) } if rules.expiring => {
            let Ok(end) = Timestamp::from_second(*on) else { return NextStep::Nothing };
            before(now, |planned| turn.time(planned, end), end)
        }
        // The date is unknown: remind at once, and only once.
        Condition::Expiring { on: None } if rules.expiring => (Some(Reminder::Month), None),
        Condition::Healthy
        | Condition::Expiring { .. }
        | Condition::NumberExpired
        | Condition::NumberPending
        | Condition::Broken { .. }
        | Condition::Unrepairable { .. }
        | Condition::Disconnected
        | Condition::Unrecognized => return NextStep::Nothing,
    };
    // A missed reminder is not sent after a later one.
    if let Some(stage) = stage.filter(|stage| last.is_none_or(|last| last < *stage)) {
        return match rules.quiet.as_ref().and_then(|quiet| quiet.ends(now)) {
            Some(end) => NextStep::At(end),
            None => NextStep::Now(stage),
        };
    }
    next.map_or(NextStep::Nothing, NextStep::At)
}

/// Returns the reminder that a customer who has just relinked needs no more, because they know of this end.
pub(crate) fn known_after_relink(condition: &Condition, now: Timestamp) -> Option<Reminder> {
    match condition {
        Condition::Expiring { on: Some(on) } => {
            before(now, |planned| planned, Timestamp::from_second(*on).ok()?).0
        }
        Condition::Expiring { on: None } => Some(Reminder::Month),
        Condition::Healthy
        | Condition::NumberExpired
        | Condition::NumberPending
        | Condition::Broken { .. }
        | Condition::Unrepairable { .. }
        | Condition::Disconnected
        | Condition::Unrecognized => None,
    }
}

/// Returns the reminder that is due before this end, and the time of the next one. `time` is when a reminder goes that is
/// planned for its argument.
fn before(
    now: Timestamp,
    time: impl Fn(Timestamp) -> Timestamp,
    end: Timestamp,
) -> (Option<Reminder>, Option<Timestamp>) {
    let times = [(Reminder::Month, 30), (Reminder::Week, 7), (Reminder::Day, 1)]
        .map(|(stage, days)| (stage, time(end.saturating_sub(DAY * days).unwrap_or(end))));
    let due = times.iter().rev().find(|(_, at)| *at <= now).map(|(stage, _)| *stage);
    let next = times.iter().find(|(_, at)| *at > now).map(|(_, at)| *at);
    (due, next)
}

impl QuietHours {
    /// Returns the end of the quiet hours, if `now` is in them.
    pub(crate) fn ends(&self, now: Timestamp) -> Option<Timestamp> {
        let here = now.to_zoned(self.zone.clone());
        let time = here.time();
        let is_quiet = if self.from <= self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        };
        if !is_quiet {
            return None;
        }
        let today = here.date();
        let day = if time < self.to { today } else { today.tomorrow().ok()? };
        let end = day.to_datetime(self.to).to_zoned(self.zone.clone()).ok()?.timestamp();
        // A change to or from summer time may skip or repeat that hour: never return `now`, which would loop forever.
        (end > now).then_some(end)
    }
}

#[cfg(test)]
mod tests;

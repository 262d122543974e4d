//! Automatic reminders to customers.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use relink_protocol::Condition;

/// The merchant's settings for reminders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Remind when an account has broken.
    pub(crate) broken: bool,
    /// Remind before an account expires.
    pub(crate) expiring: bool,
    pub(crate) quiet: Option<Quiet>,
}

impl Rules {
    pub(crate) fn is_on(&self) -> bool {
        self.broken || self.expiring
    }
}

/// Quiet hours, in the merchant's time zone, in which no reminder is sent. They may span midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quiet {
    pub(crate) from: Time,
    pub(crate) to: Time,
    pub(crate) zone: TimeZone,
}

/// Kind of reminder. Each is sent once, until the account has worked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// 30 days before the account expires, or as soon as the expiry is known.
    Month,
    Week,
    Day,
    /// The account has broken.
    Broken,
}

impl Stage {
    /// Returns the name in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::Broken => "broken",
        }
    }

    /// Parses the name in the database.
    pub(crate) fn named(word: &str) -> Option<Self> {
        [Self::Month, Self::Week, Self::Day, Self::Broken].into_iter().find(|stage| stage.as_str() == word)
    }
}

/// Next step for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing, until the account changes.
    Nothing,
    /// Send this reminder now.
    Now(Stage),
    /// Check again at this time.
    At(Timestamp),
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Returns the next step for an account in this condition. `last` is the last reminder about it.
pub(crate) fn turn(rules: &Rules, condition: &Condition, last: Option<Stage>, now: Timestamp) -> Turn {
    let (stage, next) = match condition {
        Condition::Broken { .. } | Condition::NumberExpired if rules.broken => (Some(Stage::Broken), None),
        Condition::Expiring { on: Some(on) } if rules.expiring => {
            let Ok(end) = Timestamp::from_second(*on) else { return Turn::Nothing };
            before(end, now)
        }
        // The date is unknown: remind at once, and only once.
        Condition::Expiring { on: None } if rules.expiring => (Some(Stage::Month), None),
        Condition::Healthy
        | Condition::Expiring { .. }
        | Condition::NumberExpired
        | Condition::Broken { .. }
        | Condition::Unrepairable { .. }
        | Condition::Disconnected
        | Condition::Unrecognized => return Turn::Nothing,
    };
    // A missed reminder is not sent after a later one.
    if let Some(stage) = stage.filter(|stage| last.is_none_or(|last| last < *stage)) {
        return match rules.quiet.as_ref().and_then(|quiet| quiet.ends(now)) {
            Some(end) => Turn::At(end),
            None => Turn::Now(stage),
        };
    }
    next.map_or(Turn::Nothing, Turn::At)
}

/// Returns the reminder that is due, and the time of the next one.
fn before(end: Timestamp, now: Timestamp) -> (Option<Stage>, Option<Timestamp>) {
    let times = [(Stage::Month, 30), (Stage::Week, 7), (Stage::Day, 1)]
        .map(|(stage, days)| (stage, end.saturating_sub(DAY * days).unwrap_or(end)));
    let due = times.iter().rev().find(|(_, at)| *at <= now).map(|(stage, _)| *stage);
    let next = times.iter().find(|(_, at)| *at > now).map(|(_, at)| *at);
    (due, next)
}

impl Quiet {
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

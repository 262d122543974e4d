//! When a customer is asked without anybody at the merchant's having said so.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use relink_protocol::Condition;

/// What the merchant wants reminders for, and when none may go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    /// When an account has broken.
    pub(crate) broken: bool,
    /// Before it breaks.
    pub(crate) expiring: bool,
    pub(crate) quiet: Option<Quiet>,
}

impl Rules {
    pub(crate) fn is_on(&self) -> bool {
        self.broken || self.expiring
    }
}

/// The hours in which no reminder goes, by the merchant's clock. They may go past midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quiet {
    pub(crate) from: Time,
    pub(crate) to: Time,
    pub(crate) zone: TimeZone,
}

/// Which reminder it is. Each goes once, until the account has worked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// 30 days before it ends, or as soon as that is known.
    Month,
    Week,
    Day,
    /// It has ended.
    Broken,
}

impl Stage {
    /// As it is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::Broken => "broken",
        }
    }

    /// The one that is stored so.
    pub(crate) fn named(word: &str) -> Option<Self> {
        [Self::Month, Self::Week, Self::Day, Self::Broken].into_iter().find(|stage| stage.as_str() == word)
    }
}

/// What to do about an account now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing, until something changes.
    Nothing,
    /// This reminder.
    Now(Stage),
    /// Look again then.
    At(Timestamp),
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What an account in this condition needs, of which this was the last reminder.
pub(crate) fn turn(rules: &Rules, condition: &Condition, last: Option<Stage>, now: Timestamp) -> Turn {
    let (stage, next) = match condition {
        Condition::Broken { .. } | Condition::NumberExpired if rules.broken => (Some(Stage::Broken), None),
        Condition::Expiring { on: Some(on) } if rules.expiring => {
            let Ok(end) = Timestamp::from_second(*on) else { return Turn::Nothing };
            before(end, now)
        }
        // Nobody knows when: as soon as that is known, and once.
        Condition::Expiring { on: None } if rules.expiring => (Some(Stage::Month), None),
        Condition::Healthy
        | Condition::Expiring { .. }
        | Condition::NumberExpired
        | Condition::Broken { .. }
        | Condition::Unrepairable { .. }
        | Condition::Disconnected
        | Condition::Unrecognized => return Turn::Nothing,
    };
    // A reminder that was missed is not made up for by the one that came after it.
    if let Some(stage) = stage.filter(|stage| last.is_none_or(|last| last < *stage)) {
        return match rules.quiet.as_ref().and_then(|quiet| quiet.ends(now)) {
            Some(end) => Turn::At(end),
            None => Turn::Now(stage),
        };
    }
    next.map_or(Turn::Nothing, Turn::At)
}

/// The reminder whose time has come, and when the next one's does.
fn before(end: Timestamp, now: Timestamp) -> (Option<Stage>, Option<Timestamp>) {
    let times = [(Stage::Month, 30), (Stage::Week, 7), (Stage::Day, 1)]
        .map(|(stage, days)| (stage, end.saturating_sub(DAY * days).unwrap_or(end)));
    let due = times.iter().rev().find(|(_, at)| *at <= now).map(|(stage, _)| *stage);
    let next = times.iter().find(|(_, at)| *at > now).map(|(_, at)| *at);
    (due, next)
}

impl Quiet {
    /// When the quiet hours end, if it is quiet now.
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
        // Where a clock change leaves that hour out or has it twice: never now, or it would go round and round.
        (end > now).then_some(end)
    }
}

#[cfg(test)]
mod tests;

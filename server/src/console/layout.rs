//! Page layout and formatting helpers.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::address::public_path;
use super::auth::SignedIn;
use super::{SCRIPT, STYLES};
use crate::config::settings::{Config, Mode};
use crate::domain::role::Role;
use crate::domain::sign_in::IDLE;

/// Layout of a page for a signed-in operator.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    title: &'a str,
    by: &'a SignedIn,
    /// Entry of the navigation that the page belongs to.
    place: &'a str,
    is_wide: bool,
}

const PLACES: [(&str, &str); 7] = [
    ("/console", "Connections"),
    ("/console/reports", "Reports"),
    ("/console/batches", "Requests"),
    ("/console/faults", "Failed"),
    ("/console/keys", "API keys"),
    ("/console/sessions", "Sessions"),
    ("/console/audit", "Audit trail"),
];

impl<'a> Layout<'a> {
    pub(super) fn new(title: &'a str, by: &'a SignedIn) -> Self {
        Self { title, by, place: title, is_wide: false }
    }

    /// Uses the whole width of the window, for tables with many columns.
    pub(super) fn wide(self) -> Self {
        Self { is_wide: true, ..self }
    }

    /// Marks another entry of the navigation as the current one.
    pub(super) fn within(self, place: &'a str) -> Self {
        Self { place, ..self }
    }

    /// Renders the whole page.
    pub(super) fn page(&self, content: &Markup) -> Markup {
        document(
            self.title,
            &html! {
                header {
                    a.skip href="#main" { "Skip to content" }
                    (brand(&self.by.brand))
                    nav aria-label="Console" {
                        @for (path, name) in PLACES {
                            a href=(public_path(path)) aria-current=[(name == self.place).then_some(if name == self.title { "page" } else { "true" })] { (name) }
                        }
                    }
                    form.out method="post" action=(public_path("/console/sign-out")) {
                        (form_token(self.by))
                        span { (self.by.operator.name()) @if self.by.role < Role::Admin { " (" (self.by.role.as_str()) ")" } }
                        button.quiet { "Sign out" }
                    }
                }
                main #main .wide[self.is_wide] { (content) }
                (idle_warning())
            },
        )
    }
}

/// The merchant's name and mode, in the header of every page.
#[derive(Clone, Debug)]
pub(super) struct Brand {
    merchant: String,
    mode: Mode,
}

impl Brand {
    pub(super) fn of(config: &Config) -> Self {
        Self { merchant: config.merchant_name.clone(), mode: config.keys.mode }
    }
}

fn brand(Brand { merchant, mode }: &Brand) -> Markup {
    let (class, label) = match mode {
        Mode::Sandbox => ("test", "Sandbox"),
        Mode::Test => ("test", "Test"),
        Mode::Live => ("live", "Live"),
    };
    html! { p.brand { strong { bdi { (merchant) } } " " span class={ "mode " (class) } { (label) } } }
}

/// Time without a request after which the page regards the session as ended. Activity is stored once a minute, so the
/// server may end it that much earlier than `IDLE` after the last request.
const IDLE_SECONDS: i64 = IDLE.as_secs() - 60;

/// Renders the warning before the session ends, which the script shows in time. Without it, the session just ends.
fn idle_warning() -> Markup {
    html! {
        dialog #idle data-idle=(IDLE_SECONDS) aria-labelledby="idle-title" {
            h2 #idle-title { "Are you still there?" }
            p { "You are signed out in " strong #idle-left { "2 minutes" } ", because nothing was done here for a while." }
            button #stay type="button" { "Stay signed in" }
        }
    }
}

/// Renders a page for a client that is not signed in.
pub(super) fn plain(title: &str, of: Option<&Brand>, content: &Markup) -> Markup {
    document(
        title,
        &html! {
            @if let Some(of) = of { header { (brand(of)) } }
            main.narrow #main { (content) }
        },
    )
}

fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " · Relink console" }
                link rel="stylesheet" href=(public_path(&STYLES.path));
                link rel="icon" href="data:,";
                script src=(public_path(&SCRIPT.path)) defer {}
            }
            body { (body) }
        }
    }
}

/// Renders the token that every form has to contain, against cross-site request forgery.
pub(super) fn form_token(by: &SignedIn) -> Markup {
    html! { input type="hidden" name="form" value=(by.form); }
}

/// Renders a time as a `time` element.
pub(super) fn moment(at: Timestamp) -> Markup {
    html! { time datetime=(format!("{at:.0}")) { (in_words(at)) } }
}

/// Renders the day of a time, for tables. The exact time is on the account's page.
pub(super) fn date(at: Timestamp) -> Markup {
    html! { time datetime=(format!("{at:.0}")) title=(in_words(at)) { (at.strftime("%Y-%m-%d").to_string()) } }
}

/// Formats a time in UTC, as logs and Stripe do. The script shows it in the operator's time zone.
pub(super) fn in_words(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Formats a number with its noun.
pub(super) fn count(number: i64, one: &str) -> String {
    format!("{} {one}{}", many(number), if number == 1 { "" } else { "s" })
}

/// Formats a number with thousands separators.
pub(super) fn many(number: i64) -> String {
    let digits = number.to_string();
    let parts: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    let parts: Vec<String> =
        parts.into_iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_thousands_apart_and_one_is_not_many() {
        assert_eq!(many(0), "0");
        assert_eq!(many(1_234_567), "1,234,567");
        assert_eq!(count(1, "mail"), "1 mail");
        assert_eq!(count(1000, "mail"), "1,000 mails");
    }
}

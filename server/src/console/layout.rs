//! Page layout and formatting helpers.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, html};

use super::address::public_path;
use super::auth::SignedIn;
use super::language::{chooser, languages};
use super::texts::{self, Text, language};
use super::words::{role, stored};
use super::{SCRIPT, STYLES};
use crate::config::settings::{Config, Mode};
use crate::domain::language::Language;
use crate::domain::role::Role;
use crate::domain::sign_in::IDLE;
use crate::domain::texts::direction;
use crate::store::encryption::Unreadable;

/// Layout of a page for a signed-in operator.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    title: &'a str,
    by: &'a SignedIn,
    /// Entry of the navigation that the page belongs to.
    place: &'a str,
    is_wide: bool,
}

/// Entries of the navigation: path and name.
const PLACES: [(&str, Text); 7] = [
    ("/console", texts::nav_connections),
    ("/console/reports", texts::nav_reports),
    ("/console/batches", texts::nav_requests),
    ("/console/faults", texts::nav_failed),
    ("/console/keys", texts::nav_keys),
    ("/console/sessions", texts::nav_sessions),
    ("/console/audit", texts::nav_audit),
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
            &html! {},
            &html! {
                header {
                    a.skip href="#main" { (texts::skip()) }
                    (brand(&self.by.brand))
                    nav aria-label=(texts::navigation()) {
                        @for (path, name) in PLACES.map(|(path, name)| (path, name())) {
                            a href=(public_path(path)) aria-current=[(name == self.place).then_some(if name == self.title { "page" } else { "true" })] { (name) }
                        }
                    }
                    (menu(self.by))
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

/// Renders the operator's menu: languages and the sign-out. It needs no script.
fn menu(by: &SignedIn) -> Markup {
    html! {
        details.menu {
            summary {
                bdi { (by.operator.name()) } @if by.role < Role::Admin { " (" (role(by.role)) ")" }
                span.hidden { ": " (texts::language_label()) ", " (texts::sign_out()) }
            }
            div {
                (languages())
                form method="post" action=(public_path("/console/sign-out")) {
                    (form_token(by))
                    button.quiet { (texts::sign_out()) }
                }
            }
        }
    }
}

fn brand(Brand { merchant, mode }: &Brand) -> Markup {
    let (class, label) = match mode {
        Mode::Sandbox => ("test", texts::mode_sandbox()),
        Mode::Test => ("test", texts::mode_test()),
        Mode::Live => ("live", texts::mode_live()),
    };
    html! { p.brand { strong { bdi { (merchant) } } " " span class={ "mode " (class) } { (label) } } }
}

/// Time without a request after which the page regards the session as ended. Activity is stored once a minute, so the
/// server may end it that much earlier than `IDLE` after the last request.
const IDLE_SECONDS: i64 = IDLE.as_secs() - 60;

/// Renders the warning before the session ends, which the script shows in time. Without it, the session just ends.
fn idle_warning() -> Markup {
    let [two, one] = [texts::idle_two_minutes(), texts::idle_one_minute()];
    let left = html! { strong #idle-left data-two=(two) data-one=(one) { (two) } };
    html! {
        dialog #idle data-idle=(IDLE_SECONDS) aria-labelledby="idle-title" {
            h2 #idle-title { (texts::idle_heading()) }
            p { (texts::idle_body(left)) }
            button #stay type="button" { (texts::idle_stay()) }
        }
    }
}

/// Renders a page for a client that is not signed in.
pub(super) fn plain(title: &str, of: Option<&Brand>, content: &Markup) -> Markup {
    document(title, &html! {}, &plain_body(of, content))
}

/// Renders a page that leads on to `url` at once, by itself or by what the content has for it.
pub(super) fn leading_to(url: &str, title: &str, of: &Brand, content: &Markup) -> Markup {
    let refresh = html! { meta http-equiv="refresh" content={ "0;url=" (url) }; };
    document(title, &refresh, &plain_body(Some(of), content))
}

fn plain_body(of: Option<&Brand>, content: &Markup) -> Markup {
    html! {
        header {
            @if let Some(of) = of { (brand(of)) }
            (chooser())
        }
        main.narrow #main { (content) }
    }
}

fn document(title: &str, head: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language().code()) dir=(direction(language())) data-date=(pattern()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " · " (texts::console()) }
                link rel="stylesheet" href=(public_path(&STYLES.path));
                link rel="icon" href="data:,";
                script src=(public_path(&SCRIPT.path)) defer {}
                (head)
            }
            body { (body) }
        }
    }
}

/// Renders the token that every form has to contain, against cross-site request forgery.
pub(super) fn form_token(by: &SignedIn) -> Markup {
    html! { input type="hidden" name="form" value=(by.form); }
}

/// Renders a row of a table with this number of columns, which can't be decrypted, with what to do.
pub(super) fn unreadable_row(name: Option<&str>, row: &Unreadable, columns: usize) -> Markup {
    html! { tr {
        th scope="row" { @if let Some(name) = name { code { (name) } } @else { "—" } }
        td.unreadable colspan=(columns.saturating_sub(1)) { (stored(&row.error.to_string())) }
    } }
}

/// Renders a time as a `time` element.
pub(super) fn moment(at: Timestamp) -> Markup {
    html! { time datetime=(format!("{at:.0}")) { (in_words(at)) } }
}

/// Renders the day of a time, for tables. The exact time is on the account's page.
pub(super) fn date(at: Timestamp) -> Markup {
    html! { time.day datetime=(format!("{at:.0}")) title=(in_words(at)) { (short_date(at.to_zoned(TimeZone::UTC).date())) } }
}

/// Formats a time in UTC, as logs and Stripe have it. The script shows it in the operator's time zone.
pub(super) fn in_words(at: Timestamp) -> String {
    let time = if language() == Language::English { ", %-I:%M %p UTC" } else { " %H:%M UTC" };
    format!("{}{}", short_date(at.to_zoned(TimeZone::UTC).date()), at.strftime(time))
}

/// Formats a day as CLDR's medium dates are in English, where 11/03 could be read as either of two days, and in numbers
/// in the order of the language elsewhere.
pub(super) fn short_date(day: Date) -> String {
    let (of_month, month) = if language() == Language::English { ("%-d", "%b") } else { ("%d", "%m") };
    joined(texts::date_short(day.strftime(of_month).to_string(), day.strftime(month).to_string(), day.year()))
}

/// Formats a day of a report, which is stored as in ISO 8601.
pub(super) fn stored_day(day: &str) -> String {
    day.parse().map_or_else(|_| day.to_owned(), short_date)
}

/// Formats a day below an axis, without the year.
pub(super) fn axis_day(day: &str) -> String {
    let Ok(date) = day.parse::<Date>() else { return day.to_owned() };
    stored_day(day).replace(&date.year().to_string(), "").trim_matches([',', '/', ' ']).to_owned()
}

/// Returns the order of the parts of a day, for the script.
fn pattern() -> String {
    joined(texts::date_short("{day}", "{month}", "{year}"))
}

/// Removes the isolates, because the parts of a date belong together.
fn joined(date: Markup) -> String {
    date.into_string().replace(['\u{2068}', '\u{2069}'], "")
}

/// Formats a number with thousands separators.
pub(super) fn many(number: i64) -> String {
    let separator = match language() {
        Language::German | Language::BrazilianPortuguese => ".",
        Language::French => "\u{202f}",
        Language::English | Language::Spanish | Language::Arabic | Language::SimplifiedChinese => ",",
    };
    let digits = number.to_string();
    let parts: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    let parts: Vec<String> =
        parts.into_iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    parts.join(separator)
}

/// Returns the number of items.
pub(super) fn number_of<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::texts::in_language;
    use super::*;

    #[tokio::test]
    async fn times_are_written_as_their_readers_do_with_their_zone() {
        let at: Timestamp = "2026-11-29T19:14:59Z".parse().unwrap();
        assert_eq!(in_words(at), "Nov 29, 2026, 7:14 PM UTC");
        assert_eq!(
            moment(at).into_string(),
            "<time datetime=\"2026-11-29T19:14:59Z\">Nov 29, 2026, 7:14 PM UTC</time>"
        );
        for (language, written) in [
            (Language::German, "29.11.2026 19:14 UTC"),
            (Language::BrazilianPortuguese, "29/11/2026 19:14 UTC"),
            (Language::SimplifiedChinese, "2026/11/29 19:14 UTC"),
        ] {
            assert_eq!(in_language(language, async { in_words(at) }).await, written);
        }
    }

    #[tokio::test]
    async fn a_day_of_an_axis_has_no_year() {
        for (language, written) in [
            (Language::English, "Nov 3"),
            (Language::German, "03.11."),
            (Language::French, "03/11"),
            (Language::SimplifiedChinese, "11/03"),
        ] {
            assert_eq!(in_language(language, async { axis_day("2026-11-03") }).await, written);
        }
    }

    #[tokio::test]
    async fn numbers_and_days_are_written_as_their_readers_do() {
        assert_eq!([many(0), many(999), many(1_234_567)], ["0", "999", "1,234,567"]);
        for (language, number, day) in [
            (Language::English, "1,234", "Nov 3, 2026"),
            (Language::German, "1.234", "03.11.2026"),
            (Language::French, "1\u{202f}234", "03/11/2026"),
            (Language::Arabic, "1,234", "03/11/2026"),
            (Language::SimplifiedChinese, "1,234", "2026/11/03"),
        ] {
            let written = in_language(language, async { (many(1234), short_date(date(2026, 11, 3))) }).await;
            assert_eq!(written, (number.to_owned(), day.to_owned()));
        }
    }
}

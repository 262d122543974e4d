//! Email that asks a customer to relink: its content as text and as HTML. Sending is in `mail`.

mod html;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use relink_protocol::stripe::Account;
use relink_protocol::{Condition, Purpose};

use super::language::Language;
use super::texts;

pub(crate) use self::html::{BLUE, button_colors, code_html, escaped};

/// Content of the email.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EmailContent<'a> {
    pub(crate) language: Language,
    pub(crate) merchant: &'a str,
    /// Support address of the merchant.
    pub(crate) help: Option<&'a str>,
    /// True if the merchant's logo is attached under [`LOGO_ID`].
    pub(crate) has_logo: bool,
    /// Colour of the merchant's buttons.
    pub(crate) color: Option<[u8; 3]>,
    pub(crate) purpose: Purpose,
    pub(crate) account: &'a Account,
    /// Other accounts of the same bank login that need the customer; this email is about them, too.
    pub(crate) beside: &'a [Account],
    pub(crate) condition: &'a Condition,
    /// True if the account works, and the merchant asks for more than the customer shares.
    pub(crate) is_update: bool,
    pub(crate) expires_at: Timestamp,
    /// Time zone of the days in the email.
    pub(crate) zone: &'a TimeZone,
    pub(crate) now: Timestamp,
    /// Target of the button.
    pub(crate) link: &'a str,
    /// Link to opt out, for emails that the server sends automatically.
    pub(crate) opt_out: Option<&'a str>,
}

/// Email without its recipient.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Email {
    pub(crate) language: Language,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// Leaves out the bodies because they contain a link.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Email").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Texts of the email.
struct EmailTexts {
    heading: String,
    body: String,
    how: String,
    button: String,
    /// Notes in small print.
    notes: Vec<String>,
    plain_link: String,
    opt_out: String,
}

/// Identifier of the attached logo, to which the HTML refers (RFC 2392).
pub(crate) const LOGO_ID: &str = "logo@relink";

/// Maximum length of a bank's name, so that a subject stays short.
const LONGEST_NAME: usize = 80;

/// Writes the email.
pub(crate) fn letter(about: &EmailContent<'_>) -> Email {
    let pieces = pieces(about);
    let account = account_name(about);
    let subject = if about.is_update {
        texts::subject_update(about.language, &account)
    } else {
        texts::subject(about.language, &account)
    };
    Email {
        language: about.language,
        subject: one_line(&subject),
        text: text(about, &pieces),
        html: html::html(about, &pieces),
    }
}

fn pieces(about: &EmailContent<'_>) -> EmailTexts {
    let EmailContent { language, merchant, .. } = *about;
    let bank = short(&about.account.institution_name);
    let until = day(about, about.expires_at);
    let (heading, body) = heading_and_body(about);
    EmailTexts {
        heading,
        body,
        how: texts::how(language, &bank, merchant),
        button: if about.is_update { texts::button_update(language) } else { texts::button(language, &bank) },
        notes: beside(about)
            .into_iter()
            .chain([
                texts::until(language, &until),
                texts::password(language, merchant),
                texts::ignore(language),
            ])
            .collect(),
        plain_link: texts::plain_link(language),
        opt_out: texts::opt_out(language),
    }
}

/// Formats the day of `at` in the time zone of the email.
fn day(about: &EmailContent<'_>, at: Timestamp) -> String {
    let date = |at: Timestamp| at.to_zoned(about.zone.clone()).date();
    texts::day(about.language, date(at), date(about.now))
}

/// Returns the heading, which states the problem, and the body, which states its consequence.
fn heading_and_body(about: &EmailContent<'_>) -> (String, String) {
    let (language, account) = (about.language, account_name(about));
    if about.is_update {
        let heading = texts::heading_update(language, &account, about.merchant);
        return (heading, texts::body_update(language, about.merchant));
    }
    match about.condition {
        Condition::NumberExpired => (texts::heading_number(language, &account), texts::body_number(language)),
        Condition::Expiring { on } => {
            let on = on.and_then(|on| Timestamp::from_second(on).ok());
            let day = on.map(|on| day(about, on));
            let heading = day.map_or_else(
                || texts::heading_soon(language, &account),
                |day| texts::heading_by(language, &account, &day),
            );
            (heading, texts::body_soon(language))
        }
        Condition::Healthy
        | Condition::NumberPending
        | Condition::Broken { .. }
        | Condition::Unrepairable { .. }
        | Condition::Disconnected
        | Condition::Unrecognized => {
            let body = match about.purpose {
                Purpose::Payments => texts::body_payments(language),
                Purpose::Payouts => texts::body_payouts(language),
                Purpose::Data => texts::body_data(language, about.merchant),
            };
            (texts::heading_inactive(language, &account), body)
        }
    }
}

/// Returns the note that names the other accounts by their last digits.
fn beside(about: &EmailContent<'_>) -> Option<String> {
    let digits: Vec<String> =
        about.beside.iter().filter_map(|other| Some(format!("••{}", short(other.last4.as_ref()?)))).collect();
    let bank = short(&about.account.institution_name);
    (!digits.is_empty() && !about.is_update)
        .then(|| texts::beside(about.language, &digits.join(&texts::list_separator(about.language)), &bank))
}

/// Returns the bank and the last digits, and no other detail of the account.
fn account_name(about: &EmailContent<'_>) -> String {
    let bank = short(&about.account.institution_name);
    match &about.account.last4 {
        Some(last4) => format!("{bank} ••{}", short(last4)),
        None => bank,
    }
}

fn text(about: &EmailContent<'_>, pieces: &EmailTexts) -> String {
    let mut parts = vec![
        pieces.heading.clone(),
        pieces.body.clone(),
        pieces.how.clone(),
        format!("{}:\n{}", pieces.button, about.link),
    ];
    parts.extend(pieces.notes.iter().cloned());
    parts.push(
        [Some(about.merchant), about.help.map(shown_help)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n"),
    );
    parts.extend(about.opt_out.map(|link| format!("{}:\n{link}", pieces.opt_out)));
    parts.join("\n\n") + "\n"
}

/// Returns the support address as readers know it: an email address without its scheme.
fn shown_help(help: &str) -> &str {
    help.strip_prefix("mailto:").unwrap_or(help)
}

/// Replaces control characters, so that a name can't inject a header (CRLF injection).
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn short(name: &str) -> String {
    one_line(name).chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests;

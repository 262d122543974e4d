//! Settings for relink requests: links, emails and reminders.

mod logo;

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;

use jiff::civil::Time;
use jiff::tz::{Offset, TimeZone};
use lettre::message::Mailbox;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

pub(crate) use self::logo::{Logo, LogoFormat};
use super::addresses::{is_local, is_loopback};
use super::{ConfigError, Mode, list, present, present_secret};
use crate::config::options::RequestOptions;
use crate::domain::reminders::{QuietHours, ReminderSettings};

/// Settings that apply to all relink requests.
#[derive(Clone, Debug)]
pub(crate) struct RequestSettings {
    /// Address of this server, which ends with a slash; links are built from it.
    pub(crate) public_url: Option<Url>,
    /// Origins in the form that browsers use.
    pub(crate) return_origins: Vec<String>,
    pub(crate) token_address: Option<TokenSource>,
    pub(crate) mail: Option<MailSettings>,
    /// Colour of buttons: red, green and blue.
    pub(crate) color: Option<[u8; 3]>,
    /// Logo on pages and in emails.
    pub(crate) logo: Option<Logo>,
    /// Time zone of the days in emails.
    pub(crate) email_zone: TimeZone,
    pub(crate) reminders: ReminderSettings,
}

impl RequestSettings {
    /// Returns the path of the public URL without the slash at its end; empty if this server has its host name to itself.
    pub(crate) fn base_path(&self) -> &str {
        self.public_url.as_ref().map_or("", |url| url.path().trim_end_matches('/'))
    }
}

/// Time zone of the westernmost state of the United States, where all banks are that Stripe connects: a last day there
/// is too late for nobody.
const HAWAII: Offset = jiff::tz::offset(-10);

/// Address at which the merchant's back end issues tokens for the signed-in customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenSource {
    /// Path at this server's host name, which this server's pages fetch. Its response is `{"token": "…"}`.
    Path(String),
    /// Address of another origin. It can't be fetched with the shop's cookies, so the browser is redirected there; it
    /// redirects back with a token in the fragment.
    SignIn(Url),
}

impl TokenSource {
    /// Returns the path that pages of this server can fetch, if it is one.
    pub(crate) fn path(&self) -> Option<&str> {
        match self {
            Self::Path(path) => Some(path),
            Self::SignIn(_) => None,
        }
    }
}

/// Mail server and sender.
#[derive(Clone)]
pub(crate) struct MailSettings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) encryption: Encryption,
    pub(crate) login: Option<(String, SecretString)>,
    pub(crate) from: Mailbox,
}

/// Encryption of the connection to the mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    FromTheStart,
    StartTls,
    /// Unencrypted; only for a mail server on this machine.
    Never,
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings").field("host", &self.host).finish_non_exhaustive()
    }
}

pub(super) fn decide(
    options: RequestOptions,
    mode: Mode,
    listen: SocketAddr,
) -> Result<RequestSettings, ConfigError> {
    let public_url = match present(options.public_url) {
        Some(url) => Some(public_url(&url)?),
        None if mode == Mode::Sandbox && listen.port() != 0 => origin(&format!("http://{listen}")),
        None => None,
    };
    let mail = match present_secret(options.smtp_url) {
        Some(url) => Some(mail(&url, present(options.mail_from))?),
        None => None,
    };
    if mail.is_some() && public_url.is_none() {
        return Err(ConfigError::MailWithoutLinks);
    }
    let zone = match present(options.time_zone) {
        Some(name) => Some(TimeZone::get(&name).map_err(|_| ConfigError::TimeZone)?),
        None => None,
    };
    let reminders = reminders(
        present(options.remind).as_deref(),
        present(options.quiet_hours).as_deref(),
        zone.clone().unwrap_or(TimeZone::UTC),
    )?;
    if reminders.is_on() && mail.is_none() {
        return Err(ConfigError::RemindWithoutMail);
    }
    let return_origins = match present(options.return_origins) {
        Some(list) => list::list(&list, |word| Some(origin(word)?.origin().ascii_serialization()))
            .ok_or(ConfigError::ReturnOrigins)?,
        None => Vec::new(),
    };
    let color = match present(options.merchant_color) {
        Some(text) => Some(color(&text).ok_or(ConfigError::MerchantColor)?),
        None => None,
    };
    let logo = options.merchant_logo.as_deref().map(Logo::read).transpose()?;
    let token_address = match present(options.token_url) {
        Some(text) => Some(token_address(text, public_url.as_ref()).ok_or(ConfigError::TokenUrl)?),
        None => None,
    };
    let email_zone = zone.unwrap_or_else(|| TimeZone::fixed(HAWAII));
    Ok(RequestSettings {
        public_url,
        return_origins,
        token_address,
        mail,
        color,
        logo,
        email_zone,
        reminders,
    })
}

/// Parses an origin that is encrypted or on this machine, with nothing after the host.
fn origin(text: &str) -> Option<Url> {
    without_query(text).filter(|url| url.path() == "/")
}

/// Parses an address that is encrypted or on this machine, with nothing after the path.
fn without_query(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    (is_encrypted_or_local(&url) && is_plain).then_some(url)
}

/// Paths with which this server's own routes begin. A request for `/api/accounts` could be meant for `/accounts` below a
/// public URL that ends with `/api`.
const OWN_PATHS: [&str; 8] = ["api", "brand", "console", "demo", "r", "u", "v1", "webhooks"];

/// Parses the address of this server, and adds the slash at its end.
fn public_url(text: &str) -> Result<Url, ConfigError> {
    let mut url = without_query(text).ok_or(ConfigError::PublicUrl)?;
    let path = url.path().trim_end_matches('/').to_owned();
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    if path.contains("//") || !path.bytes().all(is_unreserved) {
        return Err(ConfigError::PublicUrl);
    }
    if path.split('/').nth(1).is_some_and(|first| OWN_PATHS.contains(&first)) {
        return Err(ConfigError::PublicPath);
    }
    url.set_path(&format!("{path}/"));
    Ok(url)
}

/// Parses a token address. A path is kept as it is. An address at this server's own origin becomes its path.
fn token_address(text: String, public_url: Option<&Url>) -> Option<TokenSource> {
    if is_path(&text) {
        return Some(TokenSource::Path(text));
    }
    let url = Url::parse(&text).ok()?;
    let is_safe = is_encrypted_or_local(&url)
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none();
    if !is_safe {
        return None;
    }
    if public_url.is_some_and(|public| public.origin() == url.origin()) {
        let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
        let path = format!("{}{query}", url.path());
        return is_path(&path).then_some(TokenSource::Path(path));
    }
    Some(TokenSource::SignIn(url))
}

fn is_encrypted_or_local(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_local(url))
}

/// True if the text is a path at the host name of the page that fetches it.
fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains(['\\', '#'])
        && !text.contains(char::is_whitespace)
}

fn mail(url: &SecretString, from: Option<String>) -> Result<MailSettings, ConfigError> {
    let from = sender(&from.ok_or(ConfigError::NoMailFrom)?)?;
    let url = Url::parse(url.expose_secret().trim()).map_err(|_| ConfigError::SmtpUrl)?;
    let (encryption, usual) = match url.scheme() {
        "smtps" => (Encryption::FromTheStart, 465),
        "smtp" if is_loopback(&url) => (Encryption::Never, 25),
        "smtp" => (Encryption::StartTls, 587),
        _ => return Err(ConfigError::SmtpUrl),
    };
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(ConfigError::SmtpUrl)?;
    let decoded = |text: &str| {
        let bytes = percent_encoding::percent_decode_str(text);
        bytes.decode_utf8().map(Cow::into_owned).map_err(|_| ConfigError::SmtpUrl)
    };
    let login = match (url.username(), url.password()) {
        ("", None) => None,
        (user, Some(password)) if !user.is_empty() => {
            Some((decoded(user)?, SecretString::from(decoded(password)?)))
        }
        _ => return Err(ConfigError::SmtpUrl),
    };
    let port = url.port().unwrap_or(usual);
    Ok(MailSettings { host: host.to_owned(), port, encryption, login, from })
}

/// Characters that a name may have in quotes only (RFC 5322, 3.2.3); a full stop is widely taken without.
const SPECIAL: [char; 11] = ['(', ')', '<', '>', '[', ']', ':', ';', '@', '\\', ','];

/// Parses the sender. A name with special characters needs quotes: without them, a comma would begin another mailbox
/// and parentheses a comment, which disappears.
fn sender(text: &str) -> Result<Mailbox, ConfigError> {
    let name = text.rsplit_once('<').map_or("", |(name, _)| name.trim());
    let is_quoted = name.len() > 1 && name.starts_with('"') && name.ends_with('"');
    if !is_quoted && name.contains(SPECIAL) {
        return Err(ConfigError::MailFromName);
    }
    text.parse().map_err(|_| ConfigError::MailFrom)
}

fn reminders(
    remind: Option<&str>,
    hours: Option<&str>,
    zone: TimeZone,
) -> Result<ReminderSettings, ConfigError> {
    let quiet = match hours {
        Some(hours) => Some(quiet(hours, zone).ok_or(ConfigError::QuietHours)?),
        None => None,
    };
    let known = |word: &str| ["broken", "expiring"].into_iter().find(|known| *known == word);
    let wanted = match remind {
        None | Some("off") => Vec::new(),
        Some(list) => list::list(list, known).ok_or(ConfigError::Remind)?,
    };
    Ok(ReminderSettings { broken: wanted.contains(&"broken"), expiring: wanted.contains(&"expiring"), quiet })
}

fn quiet(hours: &str, zone: TimeZone) -> Option<QuietHours> {
    let time = |text: &str| -> Option<Time> {
        let (hour, minute) = text.trim().split_once(':')?;
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    };
    let (from, to) = hours.split_once('-')?;
    let (from, to) = (time(from)?, time(to)?);
    (from != to).then_some(QuietHours { from, to, zone })
}

fn color(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |place: usize| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

#[cfg(test)]
mod tests;

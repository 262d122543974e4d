//! Sends emails through the merchant's mail server. Each SMTP command is a separate step, because an email was
//! certainly not sent if a step before its transmission failed, and may have been sent if a later one did.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};
use secrecy::ExposeSecret;

use crate::config::settings::{Encryption, Logo, LogoFormat, MailSettings};
use crate::domain::email::{Email, LOGO_ID};

/// Sends emails in the merchant's name.
pub(crate) struct Mailer {
    settings: MailSettings,
    tls: Option<TlsParameters>,
    /// PNG that emails show by [`LOGO_ID`].
    logo: Option<Logo>,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Email ready to be sent. Has no `Debug`, because it contains a link.
pub(crate) struct PreparedEmail {
    to: Address,
    from: Address,
    bytes: Vec<u8>,
}

/// Reason for which an email was not sent, in Relink's own words, because a mail server's
/// response may contain an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SendError {
    /// Certainly not sent; a retry may succeed.
    Later(String),
    /// Certainly not sent; a retry can't succeed.
    Never(String),
    /// Possibly sent.
    Unknown(String),
}

/// Time limit for the TCP connection; `LONGEST` bounds the rest.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);
/// Time limit for the whole delivery. Shorter than a job's, so that the result is still recorded.
const LONGEST: Duration = Duration::from_secs(25);

impl Mailer {
    /// Emails show `logo` if it is a PNG, because most mail programs show no SVG.
    pub(crate) fn new(settings: MailSettings, logo: Option<Logo>) -> anyhow::Result<Self> {
        let tls = match settings.encryption {
            Encryption::Never => None,
            Encryption::FromTheStart | Encryption::StartTls => {
                let tls = TlsParameters::new(settings.host.clone());
                Some(tls.context("the mail server at RELINK_SMTP_URL can't be spoken to encrypted")?)
            }
        };
        let logo = logo.filter(|logo| logo.format == LogoFormat::Png);
        Ok(Self { settings, tls, logo })
    }

    /// Composes the message. `id` becomes its `Message-ID`; `one_click` is the address for
    /// one-click unsubscription (RFC 8058).
    pub(crate) fn pack(
        &self,
        letter: &Email,
        to: &str,
        id: &str,
        one_click: Option<&str>,
        now: Timestamp,
    ) -> Result<PreparedEmail, SendError> {
        let never = |_| SendError::Never("the customer's address is not one that mails can go to".to_owned());
        let to: Address = to.parse().map_err(never)?;
        let from = &self.settings.from;
        let mut message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(&letter.subject)
            .date(SystemTime::from(now))
            .message_id(Some(format!("<{id}@{}>", from.email.domain())))
            .raw_header(header("Content-Language", letter.language.code()))
            .raw_header(header("Auto-Submitted", "auto-generated"));
        if let Some(one_click) = one_click {
            message = message
                .raw_header(header("List-Unsubscribe", &format!("<{one_click}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let part = |kind: ContentType, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
        let both = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, &letter.text))
            .singlepart(part(ContentType::TEXT_HTML, &letter.html));
        let with_logo = self.logo.as_ref().filter(|_| letter.html.contains(LOGO_ID));
        let content = match with_logo {
            Some(logo) => MultiPart::related().multipart(both).singlepart(picture(logo)?),
            None => both,
        };
        let message = message
            .multipart(content)
            .map_err(|_| SendError::Never("the mail can't be written".to_owned()))?;
        Ok(PreparedEmail { to, from: from.email.clone(), bytes: message.formatted() })
    }

    /// True if emails can show the merchant's logo.
    pub(crate) fn has_logo(&self) -> bool {
        self.logo.is_some()
    }

    /// Connects and signs in, and sends nothing.
    pub(crate) async fn check(&self) -> Result<(), SendError> {
        let connected = tokio::time::timeout(LONGEST, self.connect()).await;
        let mut connection =
            connected.map_err(|_| SendError::Later("the mail server is too slow".to_owned()))??;
        connection.abort().await;
        Ok(())
    }

    /// Tries once to send the email.
    pub(crate) async fn send(&self, parcel: &PreparedEmail) -> Result<(), SendError> {
        let mut is_given = false;
        let sent = tokio::time::timeout(LONGEST, self.talk(parcel, &mut is_given)).await;
        match sent {
            Ok(sent) => sent,
            Err(_) if is_given => {
                Err(SendError::Unknown("the mail server did not say in time that it has the mail".to_owned()))
            }
            Err(_) => Err(SendError::Later("the mail server is too slow".to_owned())),
        }
    }

    async fn talk(&self, parcel: &PreparedEmail, is_given: &mut bool) -> Result<(), SendError> {
        let mut connection = self.connect().await?;
        let begin = Mail::new(Some(parcel.from.clone()), Vec::new());
        connection.command(begin).await.map_err(|error| before("the sender", &error))?;
        let to = Rcpt::new(parcel.to.clone(), Vec::new());
        connection.command(to).await.map_err(|error| before("the customer's address", &error))?;
        connection.command(Data).await.map_err(|error| before("the mail", &error))?;
        *is_given = true;
        let said = connection.message(&parcel.bytes).await.map_err(|error| after(&error));
        // The server has accepted or refused the email; errors while closing the connection don't matter.
        connection.abort().await;
        said.map(drop)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let settings = &self.settings;
        let name = ClientId::Domain(settings.from.email.domain().to_owned());
        let at_once = self.tls.clone().filter(|_| settings.encryption == Encryption::FromTheStart);
        let host = settings.host.trim_start_matches('[').trim_end_matches(']');
        let connect = AsyncSmtpConnection::connect_tokio1(
            (host, settings.port),
            Some(CONNECT_TIMEOUT),
            &name,
            at_once,
            None,
        );
        let mut connection = connect.await.map_err(|error| unreachable("can't be reached", &error))?;
        if let (Encryption::StartTls, Some(tls)) = (settings.encryption, self.tls.clone()) {
            connection.starttls(tls, &name).await.map_err(|error| unreachable("does not encrypt", &error))?;
        }
        if let Some((user, password)) = &settings.login {
            let login = Credentials::new(user.clone(), password.expose_secret().to_owned());
            let entered = connection.auth(&[Mechanism::Plain, Mechanism::Login], &login).await;
            entered.map_err(|error| unreachable("does not let us in", &error))?;
        }
        Ok(connection)
    }
}

/// Returns the logo as an attached picture (RFC 2392), so that opening an email fetches nothing.
fn picture(logo: &Logo) -> Result<SinglePart, SendError> {
    let kind = ContentType::parse(logo.format.media_type());
    let kind = kind.map_err(|_| SendError::Never("the logo can't be attached".to_owned()))?;
    Ok(Attachment::new_inline(LOGO_ID.to_owned()).body(logo.content.clone(), kind))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

type SmtpError = lettre::transport::smtp::Error;

/// Maps a failed connection. Always a temporary error, because the merchant can fix it.
fn unreachable(what: &str, error: &SmtpError) -> SendError {
    SendError::Later(format!("the mail server {what}{}", said(error)))
}

/// Maps a refusal before the message was transmitted.
fn before(what: &str, error: &SmtpError) -> SendError {
    let sentence = format!("the mail server does not take {what}{}", said(error));
    if error.is_permanent() { SendError::Never(sentence) } else { SendError::Later(sentence) }
}

/// Maps an error after the message was transmitted, at least in part.
fn after(error: &SmtpError) -> SendError {
    if error.is_permanent() {
        SendError::Never(format!("the mail server refuses the mail{}", said(error)))
    } else if error.is_transient() {
        SendError::Later(format!("the mail server does not take the mail now{}", said(error)))
    } else {
        SendError::Unknown("the connection broke while the mail was on its way; it may have gone".to_owned())
    }
}

/// Returns the SMTP status code, which explains the refusal and contains no address.
fn said(error: &SmtpError) -> String {
    error.status().map_or_else(String::new, |code| format!(" (it says {code})"))
}

#[cfg(test)]
mod tests;

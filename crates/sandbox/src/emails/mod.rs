//! Emails: those received by SMTP, and those that Stripe would have sent.

pub(crate) mod relink_email;

use std::{borrow::Cow, collections::VecDeque};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use mail_parser::{Address, Message, MessageParser, MimeHeaders as _};
use serde::Serialize;

/// An email as received.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Email {
    pub(crate) id: String,
    /// Time of receipt in Unix seconds of the sandbox's clock.
    pub(crate) received_at: i64,
    /// Recipients in the envelope.
    pub(crate) recipients: Vec<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    /// Names and values in their original order.
    pub(crate) headers: Vec<(String, String)>,
}

/// Maximum number of emails; the oldest is dropped.
const MAX_EMAILS: usize = 500;

/// Received emails, newest first.
#[derive(Debug, Default)]
pub(crate) struct Emails {
    emails: VecDeque<Email>,
}

impl Emails {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Email> {
        self.emails.iter()
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Email> {
        self.emails.iter().find(|email| email.id == id)
    }

    pub(crate) fn clear(&mut self) {
        self.emails.clear();
    }

    /// Parses and keeps a raw email. Bytes that are not an email become an empty one.
    pub(crate) fn receive(&mut self, id: String, recipients: Vec<String>, bytes: &[u8], now: i64) -> &Email {
        let parsed = MessageParser::default().parse(bytes).map(|message| read(&message)).unwrap_or_default();
        self.add(Email { id, recipients, received_at: now, ..parsed })
    }

    pub(crate) fn add(&mut self, email: Email) -> &Email {
        self.emails.truncate(MAX_EMAILS - 1);
        self.emails.push_front_mut(email)
    }
}

fn read(message: &Message<'_>) -> Email {
    let has_html = message.html_body_count() > 0;
    Email {
        from: format_addresses(message.from()),
        to: format_addresses(message.to()),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).map(Cow::into_owned),
        html: message.body_html(0).filter(|_| has_html).map(|html| with_images(&html, message)),
        headers: message.headers_raw().map(|(name, value)| (name.to_owned(), unfolded(value))).collect(),
        ..Email::default()
    }
}

/// Puts attached pictures into the HTML that refers to them by `cid:` (RFC 2392), so that it can be shown by itself.
fn with_images(html: &str, message: &Message<'_>) -> String {
    message.attachments().fold(html.to_owned(), |html, part| {
        let (Some(id), Some(kind)) = (part.content_id(), part.content_type()) else { return html };
        let (kind, format) = (kind.ctype(), kind.subtype().unwrap_or_default());
        if kind != "image" {
            return html;
        }
        let data = format!("data:{kind}/{format};base64,{}", BASE64_STANDARD.encode(part.contents()));
        html.replace(&format!("cid:{id}"), &data)
    })
}

/// Joins a folded header into one line.
fn unfolded(value: &str) -> String {
    value.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn format_addresses(addresses: Option<&Address<'_>>) -> String {
    let one = |address: &mail_parser::Addr<'_>| {
        let mailbox = address.address().unwrap_or_default();
        address.name().map_or_else(|| mailbox.to_owned(), |name| format!("{name} <{mailbox}>"))
    };
    addresses.map(|addresses| addresses.iter().map(one).collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attached_picture_is_shown_where_the_html_refers_to_it() {
        let email = "From: a@northwind.example\r\nTo: jenny@mail.example\r\nMIME-Version: 1.0\r\n\
                    Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\
                    \r\n<img src=\"cid:logo@relink\">\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <logo@relink>\r\n\
                    Content-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n--b--\r\n";
        let mut emails = Emails::default();
        let taken = emails.receive("mail_1".to_owned(), Vec::new(), email.as_bytes(), 7);
        assert_eq!(
            taken.html.as_deref().map(str::trim),
            Some("<img src=\"data:image/png;base64,iVBORw==\">")
        );
    }

    #[test]
    fn a_multipart_email_in_any_language_is_parsed() {
        let email = "From: Northwind <a@northwind.example>\r\nTo: jenny@mail.example\r\n\
                    Subject: =?utf-8?B?UmVjb25uZWN0IOKAog==?=\r\nX-Long: one\r\n two\r\nMIME-Version: 1.0\r\n\
                    Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\
                    Content-Transfer-Encoding: quoted-printable\r\n\r\nOne=\r\n line =E2=80=A2\r\n--b\r\n\
                    Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>\r\n--b--\r\n";
        let mut emails = Emails::default();
        let taken = emails
            .receive("mail_1".to_owned(), vec!["jenny@mail.example".to_owned()], email.as_bytes(), 7)
            .clone();
        assert_eq!(
            (taken.subject.as_str(), taken.from.as_str()),
            ("Reconnect •", "Northwind <a@northwind.example>")
        );
        assert_eq!(taken.text.unwrap().trim(), "One line •");
        assert_eq!(taken.html.unwrap().trim(), "<p>Hello</p>");
        assert!(taken.headers.contains(&("X-Long".to_owned(), "one two".to_owned())), "{:?}", taken.headers);
        emails.receive("mail_2".to_owned(), Vec::new(), b"nothing", 8);
        assert_eq!(emails.all().map(|email| email.id.as_str()).collect::<Vec<_>>(), ["mail_2", "mail_1"]);
        for _ in 0..MAX_EMAILS {
            emails.receive("mail_3".to_owned(), Vec::new(), b"", 9);
        }
        assert_eq!(emails.all().count(), MAX_EMAILS);
        assert!(emails.find("mail_1").is_none());
    }
}

//! Emails: those received by SMTP, and those that Stripe would have sent.

pub(crate) mod smtp;
pub(crate) mod stripe;

use std::{borrow::Cow, collections::VecDeque};

use mail_parser::{Address, Message, MessageParser};
use serde::Serialize;

/// An email as received.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Mail {
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
const MOST: usize = 500;

/// Received emails, newest first.
#[derive(Debug, Default)]
pub(crate) struct Mails {
    mails: VecDeque<Mail>,
    received: u64,
}

impl Mails {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Mail> {
        self.mails.iter()
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Mail> {
        self.mails.iter().find(|mail| mail.id == id)
    }

    pub(crate) fn clear(&mut self) {
        self.mails.clear();
    }

    /// Parses and keeps a raw email. Bytes that are not an email become an empty one.
    pub(crate) fn take(&mut self, recipients: Vec<String>, bytes: &[u8], now: i64) -> &Mail {
        let parsed = MessageParser::default().parse(bytes).map(|message| read(&message)).unwrap_or_default();
        self.keep(Mail { recipients, received_at: now, ..parsed })
    }

    pub(crate) fn keep(&mut self, mail: Mail) -> &Mail {
        self.received += 1;
        let id = format!("mail_{:04}", self.received);
        self.mails.truncate(MOST - 1);
        self.mails.push_front_mut(Mail { id, ..mail })
    }
}

fn read(message: &Message<'_>) -> Mail {
    let has_html = message.html_body_count() > 0;
    Mail {
        from: shown(message.from()),
        to: shown(message.to()),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).map(Cow::into_owned),
        html: message.body_html(0).filter(|_| has_html).map(Cow::into_owned),
        headers: message.headers_raw().map(|(name, value)| (name.to_owned(), unfolded(value))).collect(),
        ..Mail::default()
    }
}

/// Joins a folded header into one line.
fn unfolded(value: &str) -> String {
    value.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn shown(addresses: Option<&Address<'_>>) -> String {
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
    fn a_mail_in_two_forms_and_in_any_language_is_read() {
        let mail = "From: Northwind <a@northwind.example>\r\nTo: jenny@mail.example\r\n\
                    Subject: =?utf-8?B?UmVjb25uZWN0IOKAog==?=\r\nX-Long: one\r\n two\r\nMIME-Version: 1.0\r\n\
                    Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\
                    Content-Transfer-Encoding: quoted-printable\r\n\r\nOne=\r\n line =E2=80=A2\r\n--b\r\n\
                    Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>\r\n--b--\r\n";
        let mut mails = Mails::default();
        let taken = mails.take(vec!["jenny@mail.example".to_owned()], mail.as_bytes(), 7).clone();
        assert_eq!(
            (taken.subject.as_str(), taken.from.as_str()),
            ("Reconnect •", "Northwind <a@northwind.example>")
        );
        assert_eq!(taken.text.unwrap().trim(), "One line •");
        assert_eq!(taken.html.unwrap().trim(), "<p>Hello</p>");
        assert!(taken.headers.contains(&("X-Long".to_owned(), "one two".to_owned())), "{:?}", taken.headers);
        mails.take(Vec::new(), b"nothing", 8);
        assert_eq!(mails.all().map(|mail| mail.id.as_str()).collect::<Vec<_>>(), ["mail_0002", "mail_0001"]);
        for _ in 0..MOST {
            mails.take(Vec::new(), b"", 9);
        }
        assert_eq!(mails.all().count(), MOST);
        assert!(mails.find("mail_0001").is_none());
    }
}

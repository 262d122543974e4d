mod tls;

use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;
use crate::domain::language::Language;

/// Mail server without encryption that records what it receives.
async fn plain_server() -> (u16, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let ears = heard.clone();
    tokio::spawn(async move {
        let (read, mut write) = listener.accept().await.unwrap().0.into_split();
        let mut lines = BufReader::new(read);
        write.write_all(b"220 plain ESMTP\r\n").await.unwrap();
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
            ears.lock().unwrap().append(&mut line);
            if write.write_all(b"250-plain\r\n250 AUTH PLAIN LOGIN\r\n").await.is_err() {
                return;
            }
        }
    });
    (port, heard)
}

fn mailer(port: u16, encryption: Encryption) -> Mailer {
    Mailer::new(settings(port, encryption), None).unwrap()
}

fn settings(port: u16, encryption: Encryption) -> MailSettings {
    MailSettings {
        host: "127.0.0.1".to_owned(),
        port,
        encryption,
        login: Some(("user".to_owned(), SecretString::from("canary-password"))),
        from: "Acme <billing@acme.example>".parse().unwrap(),
    }
}

fn parcel(mailer: &Mailer) -> PreparedEmail {
    let letter = Email {
        language: Language::English,
        subject: "Hello".to_owned(),
        text: "Hello".to_owned(),
        html: "<p>Hello</p>".to_owned(),
    };
    let packed = mailer.pack(&letter, "jenny@mail.example", "id", None, Timestamp::UNIX_EPOCH);
    packed.unwrap_or_else(|error| panic!("{error:?}"))
}

#[tokio::test]
async fn a_mail_server_that_does_not_encrypt_hears_neither_password_nor_mail() {
    for encryption in [Encryption::StartTls, Encryption::FromTheStart] {
        let (port, heard) = plain_server().await;
        let mailer = mailer(port, encryption);
        let sent = mailer.send(&parcel(&mailer)).await;
        let Err(SendError::Later(why)) = sent else { panic!("{encryption:?} {sent:?}") };
        assert!(encryption == Encryption::FromTheStart || why == "the mail server does not encrypt", "{why}");
        let heard = String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
        for word in ["AUTH", "MAIL", "canary", "jenny", "Y2FuYXJ5"] {
            assert!(!heard.contains(word), "{encryption:?} {word}: {heard}");
        }
    }
}

#[tokio::test]
async fn a_mail_server_that_is_not_there_is_asked_again_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mailer = mailer(port, Encryption::Never);
    assert!(matches!(mailer.send(&parcel(&mailer)).await, Err(SendError::Later(_))));
}

#[test]
fn a_png_logo_is_attached_to_an_email_that_shows_it_and_an_svg_is_not() {
    let email = |html: &str| Email {
        language: Language::English,
        subject: "Hello".to_owned(),
        text: "Hello".to_owned(),
        html: html.to_owned(),
    };
    let sent = |format: LogoFormat, html: &str| {
        let logo = Logo { format, content: b"\x89PNG picture".to_vec() };
        let mailer = Mailer::new(settings(25, Encryption::Never), Some(logo)).unwrap();
        let packed = mailer.pack(&email(html), "jenny@mail.example", "id", None, Timestamp::UNIX_EPOCH);
        String::from_utf8(packed.unwrap_or_else(|error| panic!("{error:?}")).bytes).unwrap()
    };
    let shows_it = format!("<img src=\"cid:{LOGO_ID}\">");
    let message = sent(LogoFormat::Png, &shows_it);
    for part in
        ["multipart/related", &format!("Content-ID: <{LOGO_ID}>"), "Content-Disposition: inline", "image/png"]
    {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(!sent(LogoFormat::Png, "<p>Your code</p>").contains("image/png"));
    assert!(!sent(LogoFormat::Svg, &shows_it).contains("image/svg"));
}

#[test]
fn what_is_no_address_is_never_mailed_to() {
    let mailer = mailer(25, Encryption::Never);
    let letter = Email {
        language: Language::English,
        subject: String::new(),
        text: String::new(),
        html: String::new(),
    };
    for to in ["", "jenny", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example"] {
        let packed = mailer.pack(&letter, to, "id", None, Timestamp::UNIX_EPOCH);
        assert!(matches!(packed, Err(SendError::Never(_))), "{to}");
    }
}

//! Mail servers with encryption, and with a self-signed certificate.

use std::sync::Arc;

use arc_swap::ArcSwap;
use lettre::transport::smtp::client::Certificate;
use rcgen::generate_simple_self_signed;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;

const HOST: &str = "127.0.0.1";

/// Received lines, each with true if it was encrypted.
type Heard = Arc<Mutex<Vec<(bool, String)>>>;

struct Server {
    port: u16,
    certificate: CertificateDer<'static>,
    heard: Heard,
}

async fn server(encryption: Encryption) -> Server {
    let made = generate_simple_self_signed([HOST.to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((HOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Heard::default();
    let notes = heard.clone();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        if encryption == Encryption::StartTls {
            stream.write_all(b"220 tls ESMTP\r\n").await.ok()?;
            talk(&mut stream, false, &notes).await?;
        }
        let mut stream = acceptor.accept(stream).await.ok()?;
        if encryption == Encryption::FromTheStart {
            stream.write_all(b"220 tls ESMTP\r\n").await.ok()?;
        }
        talk(&mut stream, true, &notes).await
    });
    Server { port, certificate, heard }
}

/// Talks SMTP until the client sends `STARTTLS`.
async fn talk(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    is_encrypted: bool,
    heard: &Heard,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    let mut is_mail = false;
    while stream.read_line(&mut line).await.ok()? > 0 {
        let said = std::mem::take(&mut line);
        heard.lock().unwrap().push((is_encrypted, said.trim_end().to_owned()));
        is_mail &= said.trim_end() != ".";
        let answer = match said.split_whitespace().next() {
            _ if is_mail => continue,
            Some("EHLO") if is_encrypted => "250-tls\r\n250 AUTH PLAIN LOGIN",
            Some("EHLO") => "250-tls\r\n250 STARTTLS",
            Some("DATA") => "354 go on",
            Some("AUTH") => "235 welcome",
            Some("STARTTLS") => "220 go on",
            _ => "250 fine",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        is_mail |= answer.starts_with("354");
        if answer == "220 go on" {
            return Some(());
        }
    }
    None
}

fn trusting(server: &Server, encryption: Encryption) -> Mailer {
    let root = Certificate::from_der(server.certificate.to_vec()).unwrap();
    let tls = TlsParameters::builder(HOST.to_owned()).add_root_certificate(root).build().unwrap();
    let settings = mailer(server.port, encryption).server.load().settings.clone();
    Mailer { server: ArcSwap::from_pointee(MailServer { settings, tls: Some(tls) }), logo: None }
}

#[tokio::test]
async fn password_and_mail_go_encrypted_from_the_start_or_by_starttls() {
    for encryption in [Encryption::FromTheStart, Encryption::StartTls] {
        let server = server(encryption).await;
        let mailer = trusting(&server, encryption);
        assert_eq!(mailer.send(&parcel(&mailer)).await, Ok(()), "{encryption:?}");
        let heard = server.heard.lock().unwrap().clone();
        for word in ["AUTH", "MAIL FROM", "RCPT TO", "DATA", "Subject"] {
            assert!(heard.iter().any(|(_, line)| line.starts_with(word)), "{word}: {heard:?}");
        }
        let in_clear: Vec<&str> =
            heard.iter().filter(|(is_encrypted, _)| !is_encrypted).map(|(_, line)| line.as_str()).collect();
        assert!(in_clear.iter().all(|line| line.starts_with("EHLO") || *line == "STARTTLS"), "{in_clear:?}");
    }
}

#[tokio::test]
async fn a_mail_server_whose_certificate_nobody_vouches_for_gets_nothing() {
    for encryption in [Encryption::FromTheStart, Encryption::StartTls] {
        let server = server(encryption).await;
        let mailer = mailer(server.port, encryption);
        assert!(matches!(mailer.send(&parcel(&mailer)).await, Err(SendError::Later(_))), "{encryption:?}");
        let heard = server.heard.lock().unwrap().clone();
        assert!(heard.iter().all(|(is_encrypted, _)| !is_encrypted), "{heard:?}");
        assert!(!heard.iter().any(|(_, line)| line.starts_with("AUTH")), "{heard:?}");
    }
}

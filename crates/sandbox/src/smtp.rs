//! SMTP server that accepts every email, unless the setting `mail_refusal` says otherwise, and relays none.

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::state::Sandbox;

/// Maximum number of bytes of a command or an email; a connection that exceeds it is closed.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Accepts SMTP connections until the future is dropped.
pub async fn accept_emails(listener: TcpListener, sandbox: Sandbox) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve_connection(stream, sandbox.clone()));
            }
            Err(error) => tracing::warn!(%error, "failed to accept an SMTP connection"),
        }
    }
}

/// Envelope of the email being received.
#[derive(Default)]
struct Envelope {
    has_sender: bool,
    recipients: Vec<String>,
}

/// Speaks SMTP on a connection until the client quits or disconnects; returns `None` then.
async fn serve_connection(stream: TcpStream, sandbox: Sandbox) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read.take(MAX_BYTES));
    write.write_all(b"220 sandbox ESMTP accepts every email and relays none\r\n").await.ok()?;
    let mut envelope = Envelope::default();
    loop {
        lines.get_mut().set_limit(MAX_BYTES);
        let line = read_line(&mut lines).await?;
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let word = text.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-sandbox\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned(),
            "HELO" | "NOOP" => "250 sandbox".to_owned(),
            "RSET" => {
                envelope = Envelope::default();
                "250 OK".to_owned()
            }
            "MAIL" => {
                envelope = Envelope { has_sender: true, recipients: Vec::new() };
                "250 OK".to_owned()
            }
            "RCPT" if !envelope.has_sender => "503 MAIL comes first".to_owned(),
            "RCPT" => recipient(&sandbox, &mut envelope, &text),
            "DATA" if envelope.recipients.is_empty() => "503 RCPT comes first".to_owned(),
            "DATA" => {
                write.write_all(b"354 end with a dot\r\n").await.ok()?;
                lines.get_mut().set_limit(MAX_BYTES);
                let email = read_email(&mut lines).await?;
                let mut state = sandbox.lock();
                let (now, id) = (state.world.now, state.world.ids.next("mail"));
                let received =
                    state.emails.receive(id, std::mem::take(&mut envelope).recipients, &email, now);
                tracing::info!(email = received.id, "received an email");
                format!("250 OK: queued as {}", received.id)
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await.ok()?;
                return None;
            }
            _ => "502 Command not implemented".to_owned(),
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
}

fn recipient(sandbox: &Sandbox, envelope: &mut Envelope, text: &str) -> String {
    if let Some(refusal) = sandbox.lock().world.settings.smtp_refusal.clone() {
        return refusal;
    }
    let address = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    let Some((address, _)) = address else { return "501 Syntax: RCPT TO:<address>".to_owned() };
    envelope.recipients.push(address.to_owned());
    "250 OK".to_owned()
}

async fn read_line(lines: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let read = lines.read_until(b'\n', &mut line).await.ok()?;
    (read > 0).then_some(line)
}

/// Reads an email up to the line with a single dot, and removes the dot that SMTP adds to lines that begin with one.
async fn read_email(lines: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut email = Vec::new();
    loop {
        let line = read_line(lines).await?;
        if line == b".\r\n" || line == b".\n" {
            return Some(email);
        }
        email.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

//! SMTP server that accepts every email, unless the setting `mail_refusal` says otherwise, and relays none.

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::state::Sandbox;

/// Maximum number of bytes read from a connection.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Accepts SMTP connections until the future is dropped.
pub async fn take_mails(listener: TcpListener, sandbox: Sandbox) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(talk(stream, sandbox.clone()));
            }
            Err(error) => tracing::warn!(%error, "a mail connection can't be accepted"),
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
async fn talk(stream: TcpStream, sandbox: Sandbox) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read.take(LARGEST));
    write.write_all(b"220 sandbox ESMTP takes every mail and sends none\r\n").await.ok()?;
    let mut envelope = Envelope::default();
    loop {
        let line = line(&mut lines).await?;
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let word = text.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-sandbox\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned(),
            "HELO" | "NOOP" => "250 sandbox".to_owned(),
            "RSET" => {
                envelope = Envelope::default();
                "250 forgotten".to_owned()
            }
            "MAIL" => {
                envelope = Envelope { has_sender: true, recipients: Vec::new() };
                "250 go on".to_owned()
            }
            "RCPT" if !envelope.has_sender => "503 MAIL comes first".to_owned(),
            "RCPT" => recipient(&sandbox, &mut envelope, &text),
            "DATA" if envelope.recipients.is_empty() => "503 RCPT comes first".to_owned(),
            "DATA" => {
                write.write_all(b"354 end with a dot\r\n").await.ok()?;
                let mail = mail(&mut lines).await?;
                let mut state = sandbox.lock();
                let now = state.world.now;
                let taken = state.mails.take(std::mem::take(&mut envelope).recipients, &mail, now);
                tracing::info!(mail = taken.id, "took a mail");
                format!("250 taken as {}", taken.id)
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await.ok()?;
                return None;
            }
            _ => "502 the sandbox does not know this".to_owned(),
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
}

fn recipient(sandbox: &Sandbox, envelope: &mut Envelope, text: &str) -> String {
    if let Some(refusal) = sandbox.lock().world.settings.mail_refusal.clone() {
        return refusal;
    }
    let address = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    let Some((address, _)) = address else { return "501 an address is in angle brackets".to_owned() };
    envelope.recipients.push(address.to_owned());
    "250 go on".to_owned()
}

async fn line(lines: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let read = lines.read_until(b'\n', &mut line).await.ok()?;
    (read > 0).then_some(line)
}

/// Reads an email up to the line with a single dot, and removes the dot that SMTP adds to lines that begin with one.
async fn mail(lines: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut mail = Vec::new();
    loop {
        let line = line(lines).await?;
        if line == b".\r\n" || line == b".\n" {
            return Some(mail);
        }
        mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

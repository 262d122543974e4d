//! SMTP server for tests, with configurable failures.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Response to the next emails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Takes,
    /// Sends this reply to `RCPT TO`.
    Says(&'static str),
    /// Sends this reply after the email.
    SaysOfMail(&'static str),
    /// Closes the connection after the email, without a reply.
    BreaksOff,
    /// Never replies after the email.
    Silent,
}

pub(crate) struct SmtpServer {
    /// Value for `RELINK_SMTP_URL`.
    pub(crate) url: String,
    manner: Arc<Mutex<Reply>>,
    mails: Arc<Mutex<Vec<String>>>,
}

impl SmtpServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (manner, mails) = (Arc::new(Mutex::new(Reply::Takes)), Arc::default());
        let office = Self { url, manner: manner.clone(), mails };
        let mails = office.mails.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, manner.clone(), mails.clone()));
            }
        });
        office
    }

    pub(crate) fn behaves(&self, manner: Reply) {
        *self.manner.lock().unwrap() = manner;
    }

    /// Every email that was received, accepted or not.
    pub(crate) fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }
}

async fn talk(stream: TcpStream, manner: Arc<Mutex<Reply>>, mails: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 post.example ESMTP\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let manner = *manner.lock().unwrap();
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match (word.as_str(), manner) {
            ("RCPT", Reply::Says(answer)) => answer,
            ("DATA", _) => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.push('\n');
                }
                mails.lock().unwrap().push(mail);
                match manner {
                    Reply::BreaksOff => return None,
                    Reply::Silent => std::future::pending().await,
                    Reply::SaysOfMail(answer) => answer,
                    Reply::Takes | Reply::Says(_) => "250 queued",
                }
            }
            ("QUIT", _) => "221 bye",
            _ => "250 fine",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    None
}

//! SMTP stub that stops responding at a chosen point, so that a server can be killed at that point.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

/// Point of an SMTP conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpPoint {
    /// The recipient is not yet known.
    Greeted,
    /// The recipient is known, and none of the content was sent.
    Addressed,
    /// A part of the content was sent.
    InPart,
    /// All of the content was sent, and the stub has not yet acknowledged it.
    Whole,
}

impl SmtpPoint {
    /// Every point, in order.
    pub const ALL: [Self; 4] = [Self::Greeted, Self::Addressed, Self::InPart, Self::Whole];
}

/// Running SMTP stub. It stops when it is dropped.
#[derive(Debug)]
pub struct SmtpStub {
    url: String,
    stop_at: watch::Sender<Option<SmtpPoint>>,
    stopped: Arc<Notify>,
    recipients: Recipients,
    task: AbortHandle,
}

/// Recipients of the emails that were sent completely.
type Recipients = Arc<Mutex<Vec<String>>>;

impl SmtpStub {
    /// Starts on a free port.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("smtp://{}", listener.local_addr()?);
        let (stop_at, stopped) = (watch::Sender::new(None), Arc::new(Notify::new()));
        let recipients = Recipients::default();
        let conversation = Conversation {
            stop_at: stop_at.subscribe(),
            stopped: Arc::clone(&stopped),
            recipients: Arc::clone(&recipients),
        };
        let task = tokio::spawn(listen(listener, conversation)).abort_handle();
        Ok(Self { url, stop_at, stopped, recipients, task })
    }

    /// URL in the server's format.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops responding at this point from now on, or never.
    pub fn stop_at(&self, point: Option<SmtpPoint>) {
        self.stop_at.send_replace(point);
    }

    /// Waits until the stub has stopped responding.
    pub async fn stopped(&self) {
        self.stopped.notified().await;
    }

    /// Returns the number of emails that were sent completely to this address.
    pub fn emails_to(&self, address: &str) -> usize {
        let recipients = self.recipients.lock().unwrap_or_else(PoisonError::into_inner);
        recipients.iter().filter(|recipient| recipient.contains(address)).count()
    }
}

impl Drop for SmtpStub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Conversation {
    stop_at: watch::Receiver<Option<SmtpPoint>>,
    stopped: Arc<Notify>,
    recipients: Recipients,
}

async fn listen(listener: TcpListener, conversation: Conversation) {
    while let Ok((stream, _)) = listener.accept().await {
        let conversation = conversation.clone();
        // Ignore errors: a server that is killed half-way closes the connection.
        tokio::spawn(async move { conversation.hold(stream).await.ok() });
    }
}

impl Conversation {
    async fn hold(&self, stream: TcpStream) -> Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut recipient = String::new();
        write.write_all(b"220 stub ESMTP\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let command = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match command.as_str() {
                "MAIL" => self.reach(SmtpPoint::Greeted).await,
                "RCPT" => {
                    recipient.clone_from(&line);
                    self.reach(SmtpPoint::Addressed).await;
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await?;
                    lines.next_line().await?;
                    self.reach(SmtpPoint::InPart).await;
                    while lines.next_line().await?.is_some_and(|line| line != ".") {}
                    self.recipients.lock().unwrap_or_else(PoisonError::into_inner).push(recipient.clone());
                    self.reach(SmtpPoint::Whole).await;
                }
                _ => (),
            }
            write.write_all(b"250 fine\r\n").await?;
        }
        Ok(())
    }

    /// Returns, unless the stub stops at this point: then it waits forever.
    async fn reach(&self, point: SmtpPoint) {
        if *self.stop_at.borrow() == Some(point) {
            self.stopped.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::TcpStream;

    use super::{SmtpPoint, SmtpStub};

    /// Sends one email, without waiting for any reply but the last.
    async fn send_email(stub: &SmtpStub, to: &str) -> TcpStream {
        let mut stream = TcpStream::connect(stub.url().trim_start_matches("smtp://")).await.unwrap();
        let email =
            format!("EHLO test\r\nMAIL FROM:<a@b>\r\nRCPT TO:<{to}>\r\nDATA\r\nHello\r\n.\r\nQUIT\r\n");
        stream.write_all(email.as_bytes()).await.unwrap();
        stream
    }

    #[tokio::test]
    async fn an_email_counts_once_its_content_is_complete() {
        let stub = SmtpStub::start().await.unwrap();
        for (point, complete) in SmtpPoint::ALL.into_iter().zip([0, 0, 0, 1]) {
            stub.stop_at(Some(point));
            let _stream = send_email(&stub, &format!("{point:?}@mail.example")).await;
            stub.stopped().await;
            assert_eq!(stub.emails_to(&format!("{point:?}@mail.example")), complete, "{point:?}");
        }
        stub.stop_at(None);
        let stream = send_email(&stub, "all@mail.example").await;
        let mut lines = BufReader::new(stream).lines();
        // The greeting, EHLO, MAIL, RCPT, DATA, the content and QUIT.
        for _ in 0..7 {
            lines.next_line().await.unwrap();
        }
        assert_eq!(stub.emails_to("all@mail.example"), 1);
    }
}

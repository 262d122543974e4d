//! SMTP stub with configurable failures. It can stop responding at a chosen point, so that a server can be killed at
//! that point.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::tcp::OwnedReadHalf;
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

/// Reply of the stub to the next emails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpReply {
    /// Accepts the email.
    Accept,
    /// Replies to `RCPT TO` with this line.
    ToRecipient(&'static str),
    /// Replies to the content with this line.
    ToContent(&'static str),
    /// Closes the connection after the content, without a reply.
    Disconnect,
}

/// Running SMTP stub. It stops when it is dropped.
#[derive(Debug)]
pub struct SmtpStub {
    url: String,
    stop_at: watch::Sender<Option<SmtpPoint>>,
    reply: watch::Sender<SmtpReply>,
    stopped: Arc<Notify>,
    emails: Emails,
    task: AbortHandle,
}

/// Emails that were sent completely, accepted or not.
type Emails = Arc<Mutex<Vec<Email>>>;

#[derive(Clone, Debug)]
struct Email {
    /// Line of the `RCPT TO` command.
    recipient: String,
    /// Headers and body.
    content: String,
}

impl SmtpStub {
    /// Starts on a free port.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("smtp://{}", listener.local_addr()?);
        let (stop_at, stopped) = (watch::Sender::new(None), Arc::new(Notify::new()));
        let reply = watch::Sender::new(SmtpReply::Accept);
        let emails = Emails::default();
        let conversation = Conversation {
            stop_at: stop_at.subscribe(),
            reply: reply.subscribe(),
            stopped: Arc::clone(&stopped),
            emails: Arc::clone(&emails),
        };
        let task = tokio::spawn(listen(listener, conversation)).abort_handle();
        Ok(Self { url, stop_at, reply, stopped, emails, task })
    }

    /// URL in the server's format.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops responding at this point from now on, or never.
    pub fn stop_at(&self, point: Option<SmtpPoint>) {
        self.stop_at.send_replace(point);
    }

    /// Replies to emails like this from now on.
    pub fn reply_with(&self, reply: SmtpReply) {
        self.reply.send_replace(reply);
    }

    /// Waits until the stub has stopped responding.
    pub async fn stopped(&self) {
        self.stopped.notified().await;
    }

    /// Returns the number of emails that were sent completely to this address.
    pub fn emails_to(&self, address: &str) -> usize {
        let emails = self.emails.lock().unwrap_or_else(PoisonError::into_inner);
        emails.iter().filter(|email| email.recipient.contains(address)).count()
    }

    /// Returns headers and body of every email that was sent completely, accepted or not.
    pub fn emails(&self) -> Vec<String> {
        let emails = self.emails.lock().unwrap_or_else(PoisonError::into_inner);
        emails.iter().map(|email| email.content.clone()).collect()
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
    reply: watch::Receiver<SmtpReply>,
    stopped: Arc<Notify>,
    emails: Emails,
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
            let reply = *self.reply.borrow();
            let answer = match command.as_str() {
                "MAIL" => {
                    self.reach(SmtpPoint::Greeted).await;
                    "250 fine"
                }
                "RCPT" => {
                    recipient.clone_from(&line);
                    self.reach(SmtpPoint::Addressed).await;
                    if let SmtpReply::ToRecipient(answer) = reply { answer } else { "250 fine" }
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await?;
                    let content = self.content(&mut lines).await?;
                    let email = Email { recipient: recipient.clone(), content };
                    self.emails.lock().unwrap_or_else(PoisonError::into_inner).push(email);
                    self.reach(SmtpPoint::Whole).await;
                    match reply {
                        SmtpReply::Disconnect => return Ok(()),
                        SmtpReply::ToContent(answer) => answer,
                        SmtpReply::Accept | SmtpReply::ToRecipient(_) => "250 queued",
                    }
                }
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
            write.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(())
    }

    /// Reads the lines of an email up to the final dot.
    async fn content(&self, lines: &mut Lines<BufReader<OwnedReadHalf>>) -> Result<String> {
        let mut content = String::new();
        let mut is_first = true;
        while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
            // A dot at the start of a line is sent twice (RFC 5321, 4.5.2).
            content.push_str(line.strip_prefix('.').unwrap_or(&line));
            content.push('\n');
            if std::mem::take(&mut is_first) {
                self.reach(SmtpPoint::InPart).await;
            }
        }
        Ok(content)
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

    use super::{SmtpPoint, SmtpReply, SmtpStub};

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
        assert_eq!(stub.emails().last().unwrap(), "Hello\n");
    }

    #[tokio::test]
    async fn each_reply_is_given_where_it_belongs() {
        let stub = SmtpStub::start().await.unwrap();
        for (reply, expected) in [
            (SmtpReply::Accept, ["250 fine", "354 go on", "250 queued"].as_slice()),
            (SmtpReply::ToRecipient("550 unknown"), &["550 unknown", "354 go on", "250 queued"]),
            (SmtpReply::ToContent("452 full"), &["250 fine", "354 go on", "452 full"]),
            (SmtpReply::Disconnect, &["250 fine", "354 go on"]),
        ] {
            stub.reply_with(reply);
            let mut lines = BufReader::new(send_email(&stub, "all@mail.example").await).lines();
            let mut replies = Vec::new();
            while let Ok(Some(line)) = lines.next_line().await {
                replies.push(line);
                if replies.len() == 6 {
                    break;
                }
            }
            // The greeting and the replies to EHLO and MAIL come first.
            assert_eq!(replies[3..], *expected, "{reply:?}");
        }
    }
}

//! SMTP stub that stops responding at a chosen point, so that a server can be killed at that point.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

/// Progress of an email at the time when its server is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The recipient is not yet known.
    Greeted,
    /// The recipient is known, and none of the content was sent.
    Addressed,
    /// A part of the content was sent.
    InPart,
    /// All of the content was sent, and the stub has not yet acknowledged it.
    Whole,
}

impl Moment {
    pub(crate) const ALL: [Self; 4] = [Self::Greeted, Self::Addressed, Self::InPart, Self::Whole];
}

/// Running SMTP stub. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct PostOffice {
    /// URL in the server's format.
    pub(crate) url: String,
    stops_at: watch::Sender<Option<Moment>>,
    reached: Arc<Notify>,
    whole: Mails,
    task: AbortHandle,
}

/// Recipients of the emails that were sent completely.
type Mails = Arc<Mutex<Vec<String>>>;

impl PostOffice {
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("smtp://{}", listener.local_addr()?);
        let (stops_at, reached, whole) =
            (watch::Sender::new(None), Arc::new(Notify::new()), Mails::default());
        let ears =
            Talk { stops_at: stops_at.subscribe(), reached: Arc::clone(&reached), whole: Arc::clone(&whole) };
        let task = tokio::spawn(listen(listener, ears)).abort_handle();
        Ok(Self { url, stops_at, reached, whole, task })
    }

    /// Stops responding at this point from now on, or never.
    pub(crate) fn stops_at(&self, moment: Option<Moment>) {
        self.stops_at.send_replace(moment);
    }

    /// Waits until the stub has stopped responding.
    pub(crate) async fn is_reached(&self) {
        self.reached.notified().await;
    }

    /// Returns the number of emails that were sent completely to this address.
    pub(crate) fn mails_to(&self, address: &str) -> usize {
        let whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        whole.iter().filter(|to| to.contains(address)).count()
    }
}

impl Drop for PostOffice {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Talk {
    stops_at: watch::Receiver<Option<Moment>>,
    reached: Arc<Notify>,
    whole: Mails,
}

async fn listen(listener: TcpListener, talk: Talk) {
    while let Ok((stream, _)) = listener.accept().await {
        let talk = talk.clone();
        // Ignore errors: a server that is killed half-way closes the connection.
        tokio::spawn(async move { talk.with(stream).await.ok() });
    }
}

impl Talk {
    async fn with(&self, stream: TcpStream) -> Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut to = String::new();
        write.write_all(b"220 drill ESMTP\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match word.as_str() {
                "MAIL" => self.pass(Moment::Greeted).await,
                "RCPT" => {
                    to.clone_from(&line);
                    self.pass(Moment::Addressed).await;
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await?;
                    lines.next_line().await?;
                    self.pass(Moment::InPart).await;
                    while lines.next_line().await?.is_some_and(|line| line != ".") {}
                    self.whole.lock().unwrap_or_else(PoisonError::into_inner).push(to.clone());
                    self.pass(Moment::Whole).await;
                }
                _ => (),
            }
            write.write_all(b"250 fine\r\n").await?;
        }
        Ok(())
    }

    /// Returns, unless the stub stops at this point: then it waits forever.
    async fn pass(&self, moment: Moment) {
        if *self.stops_at.borrow() == Some(moment) {
            self.reached.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

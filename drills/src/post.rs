//! A mail server that stops talking at a chosen moment, so that a server can be killed just then.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

/// How far a mail has come when its server dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Nobody has said yet whom it is for.
    Greeted,
    /// Its address is known, and nothing of it was given.
    Addressed,
    /// A part of it was given.
    InPart,
    /// All of it was given, and the mail server has not said yet that it has it.
    Whole,
}

impl Moment {
    pub(crate) const ALL: [Self; 4] = [Self::Greeted, Self::Addressed, Self::InPart, Self::Whole];
}

/// Stops with the value.
#[derive(Debug)]
pub(crate) struct PostOffice {
    /// As the server wants it.
    pub(crate) url: String,
    stops_at: watch::Sender<Option<Moment>>,
    reached: Arc<Notify>,
    whole: Mails,
    task: AbortHandle,
}

/// Whom the mails were for that were given whole.
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

    /// From now on it falls silent there; or nowhere.
    pub(crate) fn stops_at(&self, moment: Option<Moment>) {
        self.stops_at.send_replace(moment);
    }

    /// Waits until it has fallen silent.
    pub(crate) async fn is_reached(&self) {
        self.reached.notified().await;
    }

    /// How many mails were given whole to this address.
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
        // Whoever is killed in the middle hangs up.
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

    /// Goes on, or never.
    async fn pass(&self, moment: Moment) {
        if *self.stops_at.borrow() == Some(moment) {
            self.reached.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

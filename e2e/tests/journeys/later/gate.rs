//! A gate in front of the server, for the later part of the program: passes everything else on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const PAGE: &str = "/";
const LATER: &str = "/relink-later-";
const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// What happens to requests for the later part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// They are passed on.
    Pass,
    /// They wait for another rule.
    Hold,
    /// The file is not there.
    Missing,
    /// There is a new version of the page since this one was loaded: its file is not there, that of the new one is.
    Replaced,
}

/// Closes with the value.
#[derive(Debug)]
pub(super) struct Gate {
    url: String,
    rule: Arc<watch::Sender<Rule>>,
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Gate {
    /// Opens in front of the server at `url`.
    pub(super) async fn open(url: &str, rule: Rule) -> Result<Self> {
        let server = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (rule, asked) = (Arc::new(watch::Sender::new(rule)), Arc::new(AtomicUsize::new(0)));
        let (rules, count) = (Arc::clone(&rule), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, rules, count) = (server.clone(), Arc::clone(&rules), Arc::clone(&count));
                // A browser that goes away in the middle is no failure of the test's.
                tokio::spawn(async move { pass(client, &server, &rules, &count).await.ok() });
            }
        });
        Ok(Self { url, rule, asked, task })
    }

    /// Where the page is, seen through the gate.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Another rule from now on, for requests that are waiting, too.
    pub(super) fn set(&self, rule: Rule) {
        self.rule.send_replace(rule);
    }

    /// How often the later part was asked for.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request, on a connection of its own.
async fn pass(
    mut client: TcpStream,
    server: &str,
    rule: &watch::Sender<Rule>,
    asked: &AtomicUsize,
) -> Result<()> {
    let (head, body) = read_head(&mut client).await?;
    let path = head.split(' ').nth(1).context("no request")?;
    if path == PAGE {
        rule.send_if_modified(|rule| {
            let is_new = *rule == Rule::Replaced;
            if is_new {
                *rule = Rule::Pass;
            }
            is_new
        });
    }
    if path.starts_with(LATER) {
        asked.fetch_add(1, Ordering::SeqCst);
        let now = *rule.subscribe().wait_for(|rule| *rule != Rule::Hold).await?;
        if now != Rule::Pass {
            return Ok(client.write_all(NOT_FOUND).await?);
        }
    }
    let mut server = TcpStream::connect(server).await?;
    // So that the next request comes here, too.
    let head = head.replace("Connection: keep-alive\r\n", "Connection: close\r\n");
    server.write_all(head.as_bytes()).await?;
    server.write_all(&body).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// The head of a request, and what has come of its body.
async fn read_head(client: &mut TcpStream) -> Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            return Ok((String::from_utf8(read)?, body));
        }
        ensure!(client.read_buf(&mut read).await? > 0, "the browser has gone");
    }
}

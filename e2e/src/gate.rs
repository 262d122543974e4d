//! Fault-injecting proxy between the browser and the server.
//!
//! It forwards and records every request, and injects the faults that a journey asks for. It does so at the socket,
//! so that the faults are the same in every browser.

mod pass;
mod plan;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use hyper::HeaderMap;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::pass::pass;
use self::plan::Plan;
pub use self::plan::Rule;

/// Proxy in front of a server. It stops when it is dropped.
#[derive(Debug)]
pub struct Gate {
    url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// Request as it arrived at the proxy.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Path with the query.
    pub path: String,
    /// Headers as the browser sent them.
    pub headers: HeaderMap,
    over: Arc<AtomicBool>,
}

impl Asked {
    /// True if the browser has received the whole response, or has dropped it.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

/// State that all connections share.
#[derive(Debug)]
struct Shared {
    plan: watch::Sender<Plan>,
    asked: Mutex<Vec<Asked>>,
}

impl Gate {
    /// Starts a proxy on a free port, without a server behind it yet.
    pub async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let shared = Arc::new(Shared { plan: watch::Sender::new(Plan::default()), asked: Mutex::default() });
        let url = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Ok(Self { url, shared, task })
    }

    /// Forwards requests to the server at `url` from now on.
    pub(crate) fn leads_to(&self, url: &str) {
        let server = url.trim_start_matches("http://");
        self.shared.plan.send_modify(|plan| server.clone_into(&mut plan.server));
    }

    /// URL of the page as seen through the proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Applies `rule` to requests with `part` in their path from now on, including requests that are on hold.
    pub fn set(&self, part: &str, rule: Rule) {
        self.shared.plan.send_modify(|plan| plan.set(part, rule));
    }

    /// Returns the requests with `part` in their path, in order.
    pub fn asked(&self, part: &str) -> Vec<Asked> {
        let asked = self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|asked| asked.path.contains(part)).cloned().collect()
    }

    /// Adds a script that pages opened from now on run before their own scripts, after the scripts added earlier.
    pub fn runs_first(&self, script: &str) {
        self.shared.plan.send_modify(|plan| plan.runs_first(script));
    }

    /// Cuts every connection and closes new ones at once, or accepts connections again.
    pub fn network_is(&self, there: bool) {
        self.shared.plan.send_modify(|plan| plan.is_cut = !there);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // Ignore errors: a browser may disconnect half-way, and a server that is down may be the point of the test.
        tokio::spawn(async move { connection(client, &shared).await.ok() });
    }
}

async fn connection(client: TcpStream, shared: &Arc<Shared>) -> Result<()> {
    let mut plan = shared.plan.subscribe();
    let service = service_fn(|request| pass(Arc::clone(shared), request));
    // One request per connection: a browser repeats a request by itself if a connection that it has reused is closed.
    let passing = hyper::server::conn::http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(client), service);
    tokio::select! {
        passed = passing => passed?,
        cut = plan.wait_for(|plan| plan.is_cut) => drop(cut?),
    }
    Ok(())
}

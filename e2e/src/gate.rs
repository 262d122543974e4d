//! A gate between the browser and the server. It passes everything on, notes what was asked for, and makes trouble when a
//! journey wants some: at the socket, and so in the same way for every browser.

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

/// Closes with the value.
#[derive(Debug)]
pub struct Gate {
    url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// A request, as it came to the gate.
#[derive(Clone, Debug)]
pub struct Asked {
    /// With the query.
    pub path: String,
    /// All that the browser says beside it.
    pub headers: HeaderMap,
    over: Arc<AtomicBool>,
}

impl Asked {
    /// Whether the browser has the whole answer, or has let go of it.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

/// What all connections know.
#[derive(Debug)]
struct Shared {
    plan: watch::Sender<Plan>,
    asked: Mutex<Vec<Asked>>,
}

impl Gate {
    /// Opens in front of nothing.
    pub async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let shared = Arc::new(Shared { plan: watch::Sender::new(Plan::default()), asked: Mutex::default() });
        let url = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Ok(Self { url, shared, task })
    }

    /// From now on it stands in front of the server at `url`.
    pub(crate) fn leads_to(&self, url: &str) {
        let server = url.trim_start_matches("http://");
        self.shared.plan.send_modify(|plan| server.clone_into(&mut plan.server));
    }

    /// Where the page is, seen through the gate.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on, what happens to requests with `part` in their path; to those that are waiting, too.
    pub fn set(&self, part: &str, rule: Rule) {
        self.shared.plan.send_modify(|plan| plan.set(part, rule));
    }

    /// The requests with `part` in their path, in order.
    pub fn asked(&self, part: &str) -> Vec<Asked> {
        let asked = self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|asked| asked.path.contains(part)).cloned().collect()
    }

    /// Pages that are opened from now on run this before anything of their own; after what was given before.
    pub fn runs_first(&self, script: &str) {
        self.shared.plan.send_modify(|plan| plan.runs_first(script));
    }

    /// Cuts every connection and takes no new one; or takes them again.
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
        // A browser that goes away in the middle is no failure of the test's, and a server that is not there may be
        // what it is about.
        tokio::spawn(async move { connection(client, &shared).await.ok() });
    }
}

async fn connection(client: TcpStream, shared: &Arc<Shared>) -> Result<()> {
    let mut plan = shared.plan.subscribe();
    let service = service_fn(|request| pass(Arc::clone(shared), request));
    // One request each: a browser asks once more, unasked, where a connection that it had used before is closed.
    let passing = hyper::server::conn::http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(client), service);
    tokio::select! {
        passed = passing => passed?,
        cut = plan.wait_for(|plan| plan.is_cut) => drop(cut?),
    }
    Ok(())
}

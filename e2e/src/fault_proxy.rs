//! Fault-injecting proxy between the browser and the server.
//!
//! It forwards and records every request, and injects the faults that a journey asks for. It does so at the socket,
//! so that the faults are the same in every browser.

mod forward;
mod rules;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use hyper::HeaderMap;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::forward::forward;
pub(crate) use self::forward::send_upstream;
pub use self::rules::Rule;
use self::rules::Rules;
use crate::html_validate::Html;

/// Proxy in front of a server. It stops when it is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    url: String,
    state: Arc<ProxyState>,
    task: JoinHandle<()>,
}

/// Request as it arrived at the proxy.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// Path with the query.
    pub path: String,
    /// Headers as the browser sent them.
    pub headers: HeaderMap,
    response_ended: Arc<AtomicBool>,
}

impl RecordedRequest {
    /// True if the browser has received the whole response, or has dropped it.
    pub fn response_ended(&self) -> bool {
        self.response_ended.load(Ordering::SeqCst)
    }
}

/// State that all connections share.
#[derive(Debug, Default)]
struct ProxyState {
    rules: watch::Sender<Rules>,
    requests: Mutex<Vec<RecordedRequest>>,
    /// HTML that was served since [`FaultProxy::record_documents`].
    documents: Mutex<Vec<Html>>,
}

impl FaultProxy {
    /// Starts a proxy on a free port, without a server behind it yet.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let state = Arc::new(ProxyState::default());
        let url = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(listen(listener, Arc::clone(&state)));
        Ok(Self { url, state, task })
    }

    /// Forwards requests to the server at `url` from now on.
    pub(crate) fn set_upstream(&self, url: &str) {
        let upstream = url.trim_start_matches("http://");
        self.state.rules.send_modify(|rules| upstream.clone_into(&mut rules.upstream));
    }

    /// URL of the page as seen through the proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Applies `rule` to requests with `part` in their path from now on, including requests that are on hold.
    pub fn set_rule(&self, part: &str, rule: Rule) {
        self.state.rules.send_modify(|rules| rules.set(part, rule));
    }

    /// Returns the requests with `part` in their path, in order.
    pub fn requests(&self, part: &str) -> Vec<RecordedRequest> {
        let requests = self.state.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().filter(|request| request.path.contains(part)).cloned().collect()
    }

    /// Adds a script that pages opened from now on run before their own scripts, after the scripts added earlier.
    pub fn inject_script(&self, script: &str) {
        self.state.rules.send_modify(|rules| rules.inject_script(script));
    }

    /// Records the HTML of every page that a browser requests from now on.
    pub fn record_documents(&self) {
        self.state.rules.send_modify(|rules| rules.records_documents = true);
    }

    /// Returns the recorded HTML as the server has sent it, named after method and path, in order.
    pub fn documents(&self) -> Vec<Html> {
        self.state.documents.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Cuts every connection and closes new ones at once, or accepts connections again.
    pub fn set_online(&self, online: bool) {
        self.state.rules.send_modify(|rules| rules.offline = !online);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, state: Arc<ProxyState>) {
    while let Ok((client, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        // Ignore errors: a browser may disconnect half-way, and a server that is down may be the point of the test.
        tokio::spawn(async move { connection(client, &state).await.ok() });
    }
}

async fn connection(client: TcpStream, state: &Arc<ProxyState>) -> Result<()> {
    let mut rules = state.rules.subscribe();
    let service = service_fn(|request| forward(Arc::clone(state), request));
    // One request per connection: a browser repeats a request by itself if a connection that it has reused is closed.
    let forwarding = hyper::server::conn::http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(client), service);
    tokio::select! {
        forwarded = forwarding => forwarded?,
        cut = rules.wait_for(|rules| rules.offline) => drop(cut?),
    }
    Ok(())
}

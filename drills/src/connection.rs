//! Keep-alive connection to a server, which is reopened when it breaks. It uses little processor time, because it
//! shares the machine with the server that it measures.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Timeout of a response, about as long as Stripe's for a webhook.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Connection, which may not be open yet.
#[derive(Debug)]
pub(crate) struct Connection {
    host: String,
    host_header: HeaderValue,
    open: Option<SendRequest<Full<Bytes>>>,
}

/// Signed event, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct PreparedRequest {
    pub(crate) body: Bytes,
    pub(crate) signature: HeaderValue,
}

impl Connection {
    /// Creates a connection to `host`, such as `127.0.0.1:4280`, that opens when it is first used.
    pub(crate) fn new(host: &str) -> Result<Self> {
        Ok(Self { host: host.to_owned(), host_header: HeaderValue::from_str(host)?, open: None })
    }

    /// Sends an event and returns the status of the response. After an error, it is unknown if the event has arrived.
    pub(crate) async fn send(&mut self, event: &PreparedRequest) -> Result<u16> {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/webhooks/stripe")
            .header(HOST, self.host_header.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header("stripe-signature", event.signature.clone());
        self.exchange(request.body(Full::new(event.body.clone()))?).await.map(|(status, _)| status)
    }

    /// Sends a `GET` request and returns status and body.
    pub(crate) async fn get(&mut self, path: &str, token: Option<&HeaderValue>) -> Result<(u16, Bytes)> {
        let mut request = Request::builder().uri(path).header(HOST, self.host_header.clone());
        if let Some(token) = token {
            request = request.header("authorization", token.clone());
        }
        self.exchange(request.body(Full::default())?).await
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<(u16, Bytes)> {
        let exchange = async {
            let mut sender = match self.open.take().filter(|open| !open.is_closed()) {
                Some(open) => open,
                None => connect(&self.host).await?,
            };
            sender.ready().await?;
            let response = sender.send_request(request).await?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            anyhow::Ok((sender, status, body))
        };
        match tokio::time::timeout(TIMEOUT, exchange).await {
            Ok(exchanged) => {
                let (sender, status, body) = exchanged?;
                self.open = Some(sender);
                Ok((status, body))
            }
            Err(_) => bail!("no answer for {} s", TIMEOUT.as_secs()),
        }
    }
}

async fn connect(host: &str) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(host).await.with_context(|| format!("can't connect to {host}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Ends with the connection. A pending request fails then.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

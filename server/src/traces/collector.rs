//! Client of the collector that takes the spans.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

use crate::logging::LogThrottle;

/// Time limit of one batch.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read. The collector says no more than how many spans it did not take.
const MAX_RESPONSE: usize = 64 * 1024;

/// HTTP client for the thread that sends the spans, which has no runtime of its own.
#[derive(Debug)]
pub(super) struct Collector {
    http: reqwest::Client,
    runtime: Handle,
    failures: Arc<LogThrottle>,
}

impl Collector {
    /// Creates the client. Its calls run on the current runtime.
    pub(super) fn new() -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self { http, runtime: Handle::try_current()?, failures: Arc::default() })
    }

    async fn send(http: reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut response = http.execute(request.try_into()?).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_RESPONSE {
                return Err("the collector's answer is too large".into());
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = Response::new(Bytes::from(body));
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (http, failures) = (self.http.clone(), self.failures.clone());
        let sending = async move {
            let answer = Self::send(http, request).await;
            note(&failures, &answer);
            answer
        };
        self.runtime.spawn(sending).await?
    }
}

/// Logs a failure, now and then: the exporter says nothing of it.
fn note(failures: &LogThrottle, answer: &Result<Response<Bytes>, HttpError>) {
    let error = match answer {
        Ok(answer) if answer.status().is_success() => return,
        Ok(answer) => format!("status {}", answer.status()),
        Err(error) => error.to_string(),
    };
    if let Some(times) = failures.happened(crate::clock::now()) {
        tracing::warn!(times, error, "traces can't be sent to RELINK_TRACES_URL: {error}");
    }
}

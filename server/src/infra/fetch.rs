//! Small documents of services that the merchant names: key sets, and the answers of an issuer.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url};
use thiserror::Error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Time limit of an answer, for which the requests wait that need it.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum size of a document in bytes; with certificates, a key has some 4 KiB.
pub(crate) const MAX_SIZE: usize = 256 * 1024;

/// Reason for which a document can't be used.
#[derive(Debug, Error)]
pub(crate) enum FetchError {
    #[error("it can't be reached: {}", root_cause(.0))]
    Unreachable(#[source] reqwest::Error),
    #[error("its address answers {0}")]
    Status(StatusCode),
    #[error("it has more than {MAX_SIZE} bytes")]
    TooLarge,
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        // The address may have a secret in its query.
        Self::Unreachable(error.without_url())
    }
}

/// Returns the deepest cause of an error, which says most.
pub(crate) fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Creates the client, which uses proxies and certificates of the environment.
pub(crate) fn client() -> reqwest::Result<Client> {
    Client::builder()
        .user_agent(concat!("relink-server/", env!("CARGO_PKG_VERSION")))
        // Its target would not be the one that was set, and not encrypted perhaps.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(READ_TIMEOUT)
        .build()
}

/// Reads a document.
pub(crate) async fn get(http: &Client, url: Url) -> Result<Vec<u8>, FetchError> {
    let response = http.get(url).send().await?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    body(response).await
}

/// Reads the body of a response.
pub(crate) async fn body(mut response: Response) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_SIZE {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

//! Forwarding of a single request through the proxy.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use anyhow::{Result, bail};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
};
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{ProxyState, RecordedRequest, Rule};
use crate::html_validate::Html;

/// Paths of the files that contain the names of all other files of the page.
const PAGE_PATHS: [&str; 2] = ["/", "/relink.js"];
/// Oldest loader that a page may still have.
const OLDEST_LOADER: &str = include_str!("../../fixtures/relink-0.1.0.js");
/// Path of the injected script. It is on the page's origin, as the content security policy requires.
const INJECTED_SCRIPT_PATH: &str = "/-/first.js";

type ProxyResponse = Response<BoxBody<Bytes, hyper::Error>>;

pub(super) async fn forward(state: Arc<ProxyState>, mut request: Request<Incoming>) -> Result<ProxyResponse> {
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    if path == INJECTED_SCRIPT_PATH {
        return script(state.rules.borrow().script.clone());
    }
    if PAGE_PATHS.contains(&request.uri().path()) {
        state.rules.send_if_modified(super::Rules::end_replaced_rules);
    }
    let end = state.record(&path, request.headers());
    let rule = state.rules.subscribe().wait_for(|rules| rules.rule(&path) != Rule::Hold).await?.rule(&path);
    match rule {
        Rule::Forward | Rule::NoStore | Rule::WrongContentType | Rule::Hold | Rule::OutdatedLoader => {}
        Rule::OtherTranslationsHash => {
            *request.uri_mut() = format!("/words-00000000{}", file_name(&path)).parse()?;
        }
        Rule::Disconnect => bail!("disconnected by a rule"),
        Rule::NotFound | Rule::NotFoundUntilReload => return nothing(StatusCode::NOT_FOUND),
        Rule::SignedOut => return nothing(StatusCode::UNAUTHORIZED),
        Rule::OldestLoader => return script(OLDEST_LOADER.to_owned()),
    }
    let is_page = is_page(request.headers());
    let rewrites_page = is_page && !state.rules.borrow().script.is_empty();
    let name =
        (is_page && state.rules.borrow().records_documents).then(|| format!("{} {path}", request.method()));
    if rewrites_page || name.is_some() || rule == Rule::OutdatedLoader {
        // Request the whole body, uncompressed and unconditionally: a cached copy contains another script.
        for header in [ACCEPT_ENCODING, IF_MODIFIED_SINCE, IF_NONE_MATCH] {
            request.headers_mut().remove(header);
        }
    }
    let upstream = state.rules.borrow().upstream.clone();
    let mut response = send_upstream(&upstream, request).await?;
    if rule == Rule::NoStore {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if rule == Rule::WrongContentType {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    }
    let name = name.filter(|_| is_html(response.headers()));
    if rewrites_page || name.is_some() {
        return rewritten(response, |text| {
            if let Some(name) = name {
                state.record_document(name, text);
            }
            if rewrites_page { with_script(text) } else { text.to_owned() }
        })
        .await;
    }
    if rule == Rule::OutdatedLoader {
        return rewritten(response, with_other_hashes).await;
    }
    Ok(response.map(|body| flag_at_end(body, end)))
}

impl ProxyState {
    fn record(&self, path: &str, headers: &HeaderMap) -> ResponseEnd {
        let ended = Arc::new(AtomicBool::new(false));
        let response_ended = Arc::clone(&ended);
        let request = RecordedRequest { path: path.to_owned(), headers: headers.clone(), response_ended };
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        ResponseEnd(ended)
    }

    /// Records a page; a redirect has no content.
    fn record_document(&self, name: String, source: &str) {
        if !source.is_empty() {
            let document = Html { name, source: source.to_owned() };
            self.documents.lock().unwrap_or_else(PoisonError::into_inner).push(document);
        }
    }
}

/// Sets the flag when it is dropped.
struct ResponseEnd(Arc<AtomicBool>);

impl Drop for ResponseEnd {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn flag_at_end(body: Incoming, end: ResponseEnd) -> BoxBody<Bytes, hyper::Error> {
    let held = move |frame| {
        let _end = &end;
        frame
    };
    body.map_frame(held).boxed()
}

/// Sends one request to the program at `upstream`, a host and port.
pub(crate) async fn send_upstream(upstream: &str, request: Request<Incoming>) -> Result<Response<Incoming>> {
    let stream = TcpStream::connect(upstream).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // The connection ends with the response, complete or not.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

fn nothing(status: StatusCode) -> Result<ProxyResponse> {
    let nothing = Empty::new().map_err(|never| match never {}).boxed();
    Ok(Response::builder().status(status).body(nothing)?)
}

/// Returns the last segment of a path, with the slash before it.
fn file_name(path: &str) -> &str {
    path.rfind('/').map_or(path, |slash| &path[slash..])
}

/// True if a browser requests a document and not a file.
fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn script(script: String) -> Result<ProxyResponse> {
    Ok(Response::builder().header(CONTENT_TYPE, "text/javascript").body(full(script))?)
}

/// Rewrites the body of a response.
async fn rewritten(
    response: Response<Incoming>,
    rewrite: impl FnOnce(&str) -> String,
) -> Result<ProxyResponse> {
    let (mut head, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await?.to_bytes().to_vec())?;
    head.headers.remove(CONTENT_LENGTH);
    Ok(Response::from_parts(head, full(rewrite(&text))))
}

/// Inserts the script before everything else in the page.
fn with_script(page: &str) -> String {
    // A minifier removes a `<head>` tag without attributes, so look for the first `<meta>`.
    let begins = page.find("<meta").unwrap_or_default();
    let (before, after) = page.split_at(begins);
    format!("{before}<script src=\"{INJECTED_SCRIPT_PATH}\"></script>{after}")
}

/// Changes the hash in the names of the loader's files.
fn with_other_hashes(loader: &str) -> String {
    let names = loader.split('"').map(|text| match text.split_once('-') {
        Some((stem @ ("main" | "relink" | "words"), rest)) => {
            [stem, "-00000000", rest.trim_start_matches(|letter: char| letter.is_ascii_hexdigit())].concat()
        }
        _ => text.to_owned(),
    });
    names.collect::<Vec<_>>().join("\"")
}

fn full(text: String) -> BoxBody<Bytes, hyper::Error> {
    Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed()
}

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

use super::{Asked, Rule, Shared};

/// Paths of the files that contain the names of all other files of the page.
const PAGE: [&str; 2] = ["/", "/relink.js"];
/// Oldest loader that a page may still have.
const OLDER: &str = include_str!("../../older/relink-0.1.0.js");
/// Path of the injected script. It is on the page's origin, as the content security policy requires.
const SCRIPT: &str = "/-/first.js";

type Answer = Response<BoxBody<Bytes, hyper::Error>>;

pub(super) async fn pass(shared: Arc<Shared>, mut request: Request<Incoming>) -> Result<Answer> {
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    if path == SCRIPT {
        return script(shared.plan.borrow().script.clone());
    }
    if PAGE.contains(&request.uri().path()) {
        shared.plan.send_if_modified(super::Plan::has_new_page);
    }
    let over = shared.note(&path, request.headers());
    let rule = shared.plan.subscribe().wait_for(|plan| plan.rule(&path) != Rule::Hold).await?.rule(&path);
    match rule {
        Rule::Pass | Rule::Fresh | Rule::Mistyped | Rule::Hold | Rule::Outdated => {}
        Rule::OlderServer => *request.uri_mut() = format!("/words-00000000{}", file_name(&path)).parse()?,
        Rule::Cut => bail!("cut"),
        Rule::Missing | Rule::Replaced => return not_found(),
        Rule::Older => return script(OLDER.to_owned()),
    }
    let is_page = is_page(request.headers()) && !shared.plan.borrow().script.is_empty();
    if is_page || rule == Rule::Outdated {
        // Request the whole body, uncompressed and unconditionally: a cached copy contains another script.
        for header in [ACCEPT_ENCODING, IF_MODIFIED_SINCE, IF_NONE_MATCH] {
            request.headers_mut().remove(header);
        }
    }
    let server = shared.plan.borrow().server.clone();
    let mut answer = ask(&server, request).await?;
    if rule == Rule::Fresh {
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if rule == Rule::Mistyped {
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    }
    if is_page {
        return changed(answer, with_script).await;
    }
    if rule == Rule::Outdated {
        return changed(answer, outdated).await;
    }
    Ok(answer.map(|body| until_over(body, over)))
}

impl Shared {
    fn note(&self, path: &str, headers: &HeaderMap) -> Over {
        let over = Arc::new(AtomicBool::new(false));
        let asked = Asked { path: path.to_owned(), headers: headers.clone(), over: Arc::clone(&over) };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        Over(over)
    }
}

/// Sets the flag when it is dropped.
struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn until_over(body: Incoming, over: Over) -> BoxBody<Bytes, hyper::Error> {
    let held = move |frame| {
        let _over = &over;
        frame
    };
    body.map_frame(held).boxed()
}

async fn ask(server: &str, request: Request<Incoming>) -> Result<Response<Incoming>> {
    let stream = TcpStream::connect(server).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // The connection ends with the response, complete or not.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

fn not_found() -> Result<Answer> {
    let nothing = Empty::new().map_err(|never| match never {}).boxed();
    Ok(Response::builder().status(StatusCode::NOT_FOUND).body(nothing)?)
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

fn script(script: String) -> Result<Answer> {
    Ok(Response::builder().header(CONTENT_TYPE, "text/javascript").body(full(script))?)
}

/// Rewrites the body of a response.
async fn changed(answer: Response<Incoming>, change: fn(&str) -> String) -> Result<Answer> {
    let (mut head, body) = answer.into_parts();
    let text = String::from_utf8(body.collect().await?.to_bytes().to_vec())?;
    head.headers.remove(CONTENT_LENGTH);
    Ok(Response::from_parts(head, full(change(&text))))
}

/// Inserts the script before everything else in the page.
fn with_script(page: &str) -> String {
    // A minifier removes a `<head>` tag without attributes, so look for the first `<meta>`.
    let begins = page.find("<meta").unwrap_or_default();
    let (before, after) = page.split_at(begins);
    format!("{before}<script src=\"{SCRIPT}\"></script>{after}")
}

/// Changes the hash in the names of the loader's files.
fn outdated(loader: &str) -> String {
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

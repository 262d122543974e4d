//! TLS-terminating proxy in front of several programs, as a merchant runs one: each has a host name of its own.
//!
//! With the feature `http2`, browsers speak HTTP/2 with it; programs always get HTTP/1.1. Programs get the client's address
//! in `X-Forwarded-For`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Incoming;
use hyper::header::{COOKIE, HOST, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{KeyPair, PublicKeyData as _, generate_simple_self_signed};
use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::fault_proxy::send_upstream;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Proxy with a certificate of its own. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct TlsProxy {
    port: u16,
    hosts: Vec<&'static str>,
    /// SHA-256 of the certificate's public key, in base64.
    key_hash: String,
    task: JoinHandle<()>,
}

/// Host and port of the program behind each host name, or behind the first folder of one.
type Upstreams = HashMap<&'static str, String>;

impl TlsProxy {
    /// Starts on a free port. `upstreams` has the URL of the program behind each host name, or behind a folder of one, such
    /// as `shop.example/relink`.
    pub(crate) async fn start(upstreams: &[(&'static str, &str)]) -> Result<Self> {
        let hosts: Vec<&'static str> =
            upstreams.iter().map(|(host, _)| *host).filter(|host| !host.contains('/')).collect();
        let made =
            generate_simple_self_signed(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>())?;
        let key_hash = BASE64_STANDARD.encode(Sha256::digest(made.signing_key.subject_public_key_info()));
        let acceptor = acceptor(made.cert.der().clone(), &made.signing_key)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let address = |url: &str| url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let upstreams = upstreams.iter().map(|(host, url)| (*host, address(url))).collect();
        let task = tokio::spawn(listen(listener, acceptor, Arc::new(upstreams)));
        Ok(Self { port, hosts, key_hash, task })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Arguments with which Chromium finds the host names at this port, which is the proxy's own or leads to it, and
    /// accepts this certificate and no other invalid one.
    pub(crate) fn browser_arguments(&self, port: u16) -> Vec<String> {
        let rules = self.hosts.iter().map(|host| format!("MAP {host} 127.0.0.1:{port}"));
        vec![
            format!("--host-resolver-rules={}", rules.collect::<Vec<_>>().join(", ")),
            format!("--ignore-certificate-errors-spki-list={}", self.key_hash),
        ]
    }
}

impl Drop for TlsProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> Result<TlsAcceptor> {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions()?.with_no_client_auth();
    let mut config = config.with_single_cert(vec![certificate], key)?;
    if cfg!(feature = "http2") {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    }
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn listen(listener: TcpListener, acceptor: TlsAcceptor, upstreams: Arc<Upstreams>) {
    while let Ok((stream, client)) = listener.accept().await {
        let (acceptor, upstreams) = (acceptor.clone(), Arc::clone(&upstreams));
        // Ignore errors: a browser may disconnect half-way.
        tokio::spawn(async move { connection(stream, client, &acceptor, &upstreams).await.ok() });
    }
}

async fn connection(
    stream: TcpStream,
    client: SocketAddr,
    acceptor: &TlsAcceptor,
    upstreams: &Arc<Upstreams>,
) -> Result<()> {
    let stream = acceptor.accept(stream).await?;
    let service = service_fn(|request| forward(Arc::clone(upstreams), client, request));
    let served =
        auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
    served.map_err(anyhow::Error::from_boxed)
}

async fn forward(
    upstreams: Arc<Upstreams>,
    client: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Incoming>> {
    let (mut head, body) = request.into_parts();
    as_http1(&mut head)?;
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).context("no host")?;
    let folder = head.uri.path().split('/').nth(1).unwrap_or_default();
    let upstream = upstreams.get(format!("{host}/{folder}").as_str()).or_else(|| upstreams.get(host));
    let upstream = upstream.with_context(|| format!("there is no {host}"))?;
    head.headers.append(FORWARDED_FOR, HeaderValue::try_from(client.ip().to_string())?);
    head.headers.insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
    send_upstream(upstream, Request::from_parts(head, body)).await
}

/// Turns the head of an HTTP/2 request into that of an HTTP/1.1 request: its host and path stand apart, and its cookies
/// are one header (RFC 9113, 8.2.3 and 8.3.1).
fn as_http1(head: &mut Parts) -> Result<()> {
    head.version = Version::HTTP_11;
    if let Some(authority) = head.uri.authority() {
        let host = HeaderValue::try_from(authority.as_str())?;
        head.headers.insert(HOST, host);
    }
    head.uri = Uri::from(head.uri.path_and_query().context("no path")?.clone());
    let cookies: Vec<_> = head.headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if cookies.len() > 1 {
        let joined = HeaderValue::from_bytes(&cookies.join(&b"; "[..]))?;
        head.headers.insert(COOKIE, joined);
    }
    Ok(())
}

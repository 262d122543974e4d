//! Browser's side of a TLS connection: HTTP/2, from an address of one's own.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::program::Proxy;

/// Connection of one client.
pub(crate) struct Client {
    connection: SendRequest<Body>,
    host: &'static str,
}

impl Client {
    /// Connects once the proxy listens.
    pub(crate) async fn connect(proxy: &Proxy, from: Ipv4Addr) -> Self {
        let trying = async {
            loop {
                if let Ok(client) = Self::try_connect(proxy, from).await {
                    return client;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let connected = tokio::time::timeout(Duration::from_secs(40), trying).await;
        connected.unwrap_or_else(|_| panic!("it does not listen: {}", proxy.log()))
    }

    async fn try_connect(proxy: &Proxy, from: Ipv4Addr) -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let stream = socket.connect((Ipv4Addr::LOCALHOST, proxy.tls_port).into()).await?;
        let stream = TlsConnector::from(Arc::new(config(proxy)))
            .connect(proxy.host.try_into().unwrap(), stream)
            .await?;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()), "the proxy offers no HTTP/2");
        let (connection, driver) =
            handshake(TokioExecutor::new(), TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
        tokio::spawn(driver);
        Ok(Self { connection, host: proxy.host })
    }

    /// Sends a request with these headers.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Response<Incoming> {
        let request = Request::builder().method(method).uri(format!("https://{}{path}", self.host));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.connection.send_request(request.body(body.into()).unwrap()).await.unwrap()
    }

    /// Gets JSON with this key.
    pub(crate) async fn get(&mut self, path: &str, key: &str, headers: &[(&str, &str)]) -> Value {
        let authorization = format!("Bearer {key}");
        let headers = [headers, &[("authorization", &authorization)]].concat();
        let response = self.send("GET", path, &headers, "").await;
        assert_eq!(response.status(), 200, "{path}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&body).unwrap()
    }
}

fn config(proxy: &Proxy) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(proxy.certificate.clone()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

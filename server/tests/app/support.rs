//! The whole server in this process, with Stripe faked at the socket.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http_body_util::BodyExt;
use relink_server::{AppState, Config, DatabaseOptions, Options, RequestOptions, decide, router};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tower::ServiceExt;
use tracing::subscriber::DefaultGuard;
use wiremock::MockServer;

use crate::accounts_at_stripe::Accounts;
use crate::database::{Database, data_key_file};

/// Word in every secret, so that one search finds them all.
pub(crate) const CANARY: &str = "canary";
pub(crate) const TOKEN_KEY: &str = "canary-0123456789abcdef0123456789";
pub(crate) const API_KEY: &str = "canary-api-key-0123456789-0123456789";
pub(crate) const CLIENT_SECRET: &str = "fcsess_client_secret_canary";
pub(crate) const WEBHOOK_SECRET: &str = "whsec_canary";
const SECRET_KEY: &str = "rk_test_canary";
/// Address of the client.
pub(crate) const PEER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 4711);
pub(crate) const INDEX: &str =
    "<!doctype html><title>Relink</title><bank-relink token-url=/demo/token></bank-relink>\n";

pub(crate) struct TestApp {
    pub(crate) stripe: Arc<MockServer>,
    pub(crate) router: Router,
    pub(crate) app: Arc<AppState>,
    pub(crate) database: Arc<Database>,
    /// Boxed, because futures that hold a server would be too large.
    options: Box<Options>,
    pub(crate) accounts: Accounts,
    pub(crate) web_root: Arc<tempfile::TempDir>,
    log: Log,
    _capturing: Option<DefaultGuard>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::with(|options| options).await
    }

    /// Starts with changed settings; the default is a shop with test keys.
    pub(crate) async fn with(change: impl FnOnce(Options) -> Options) -> Self {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        let capturing = tracing::subscriber::set_default(subscriber);
        let stripe = MockServer::start().await;
        let accounts = Accounts::default();
        accounts.mount(&stripe).await;
        let web_root = tempfile::tempdir().unwrap();
        std::fs::write(web_root.path().join("index.html"), INDEX).unwrap();
        let database = Database::start(web_root.path()).await;
        let database_url = SecretString::from(database.url.clone());
        let options = change(Options { database_url, ..shop(&stripe.uri(), web_root.path()) });
        let app = AppState::open(config(options.clone())).await.unwrap();
        Self {
            stripe: Arc::new(stripe),
            router: router(app.clone()),
            app,
            database: Arc::new(database),
            options: Box::new(options),
            accounts,
            web_root: Arc::new(web_root),
            log,
            _capturing: Some(capturing),
        }
    }

    /// Starts another server with the same settings, database and Stripe: beside this one, or after it was killed.
    pub(crate) async fn another(&self) -> Self {
        self.on(&self.database.url).await
    }

    /// Starts another server on this database.
    pub(crate) async fn on(&self, url: &str) -> Self {
        self.again(Options { database_url: SecretString::from(url), ..(*self.options).clone() }).await
    }

    /// Restarts the server with another `RELINK_API_KEY`.
    pub(crate) async fn with_api_key(&self, key: &str) -> Self {
        self.changed(|options| Options { api_key: Some(SecretString::from(key)), ..options }).await
    }

    /// Restarts the server with changed settings.
    pub(crate) async fn changed(&self, change: impl FnOnce(Options) -> Options) -> Self {
        self.again(change((*self.options).clone())).await
    }

    async fn again(&self, options: Options) -> Self {
        let url = options.database_url.expose_secret().to_owned();
        let app = AppState::open(config(options.clone())).await.unwrap();
        Self {
            stripe: self.stripe.clone(),
            router: router(app.clone()),
            app,
            database: Arc::new(Database { url }),
            options: Box::new(options),
            accounts: self.accounts.clone(),
            web_root: self.web_root.clone(),
            log: self.log.clone(),
            _capturing: None,
        }
    }

    /// Replaces secrets while the server runs.
    pub(crate) async fn replace_secrets(
        &self,
        change: impl FnOnce(Options) -> Options,
    ) -> anyhow::Result<()> {
        self.app.replace_secrets(change((*self.options).clone())).await
    }

    /// Adds a file to the page's folder.
    pub(crate) fn file(&self, name: &str, content: &[u8]) {
        std::fs::write(self.web_root.path().join(name), content).unwrap();
    }

    pub(crate) async fn send(&self, request: axum::http::Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(request(Method::GET, path, token, None)).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(request(Method::POST, path, token, Some(body))).await
    }

    pub(crate) async fn begin(&self, token: &str, account: &str) -> Answer {
        self.choose(token, account, "repair").await
    }

    pub(crate) async fn choose(&self, token: &str, account: &str, choice: &str) -> Answer {
        self.post("/api/sessions", token, &json!({"account": account, "choice": choice})).await
    }

    pub(crate) async fn pay(&self, token: &str, session: &str, account: &str) -> Answer {
        self.post(&format!("/api/sessions/{session}/payment-method"), token, &json!({"account": account}))
            .await
    }

    pub(crate) async fn keep(&self, token: &str, session: &str) -> Answer {
        let path = format!("/api/sessions/{session}/payment-method");
        self.send(request(Method::DELETE, &path, token, None)).await
    }

    pub(crate) async fn outcome(&self, token: &str, session: &str, reported: &str) -> Answer {
        self.post(&format!("/api/sessions/{session}/outcome"), token, &json!({"reported": reported})).await
    }

    /// Answers which accounts are the same, as pairs of the old and the new one.
    pub(crate) async fn pair(&self, token: &str, session: &str, pairs: &[(&str, &str)]) -> Answer {
        let pairs: Vec<Value> = pairs.iter().map(|(old, new)| json!({"old": old, "new": new})).collect();
        self.post(&format!("/api/sessions/{session}/pairs"), token, &json!({"pairs": pairs})).await
    }

    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.0.lock().unwrap()).into_owned()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Returns status and code of a problem, and checks its format.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
        let body = self.json();
        assert_eq!(body["request_id"].as_str().unwrap(), self.headers["x-request-id"]);
        (self.status.as_u16(), body["code"].as_str().unwrap().to_owned())
    }
}

pub(crate) fn request(
    method: Method,
    path: &str,
    token: &str,
    body: Option<&Value>,
) -> axum::http::Request<Body> {
    let mut builder = axum::http::Request::builder().method(method).uri(path).extension(ConnectInfo(PEER));
    if !token.is_empty() {
        builder = builder.header("authorization", format!("Bearer {token}"));
    }
    match body {
        Some(body) => builder.header("content-type", "application/json").body(Body::from(body.to_string())),
        None => builder.body(Body::empty()),
    }
    .unwrap()
}

pub(crate) fn shop(stripe: &str, web_root: &std::path::Path) -> Options {
    Options {
        config: None,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        behind_tls_proxy: false,
        merchant_name: Some("Acme".to_owned()),
        help_url: None,
        origins: None,
        purpose: "payments".to_owned(),
        permissions: None,
        account_subcategories: None,
        country: None,
        any_account: false,
        refresh: Some("none".to_owned()),
        subscribe: None,
        mandate: None,
        api_key: None,
        api_key_file: None,
        web_root: Some(web_root.to_owned()),
        log: "info".to_owned(),
        log_customers: None,
        stripe_secret_key: Some(SecretString::from(SECRET_KEY)),
        stripe_secret_key_file: None,
        stripe_publishable_key: Some(SecretString::from("pk_test_1")),
        stripe_version: "2026-09-30.preview".to_owned(),
        stripe_api_url: Some(stripe.to_owned()),
        stripe_js_url: Some(format!("{stripe}/stripe.js")),
        sandbox_url: stripe.to_owned(),
        token_algorithm: Some("HS256".to_owned()),
        token_key: Some(SecretString::from(TOKEN_KEY)),
        token_key_file: None,
        token_audience: None,
        token_leeway: None,
        retention: relink_server::RetentionOptions::default(),
        token_keys: relink_server::TokenKeyOptions::default(),
        traces: relink_server::TraceOptions::default(),
        demo_customer: None,
        requests: RequestOptions::default(),
        console: relink_server::ConsoleOptions::default(),
        background: relink_server::BackgroundOptions::default(),
        connect: relink_server::ConnectOptions::default(),
        payments: relink_server::PaymentOptions::default(),
        database: patient(),
        limits: relink_server::RateOptions::default(),
        network: relink_server::NetworkOptions::default(),
        database_url: SecretString::from(format!("sqlite:{}/relink.db", web_root.display())),
        stripe_webhook_secret: Some(SecretString::from(WEBHOOK_SECRET)),
        stripe_webhook_secret_file: None,
        stripe_rate: 100,
        webhook_url: None,
        webhook_secret: None,
        webhook_secret_file: None,
        webhook_allow_private: false,
        command: None,
    }
}

/// Generous time limits, so that a busy machine fails no test that isn't about them.
fn patient() -> DatabaseOptions {
    DatabaseOptions {
        database_acquire_timeout: 60,
        database_statement_timeout: 60,
        database_lock_timeout: 60,
        data_key_file: data_key_file(),
        ..DatabaseOptions::default()
    }
}

pub(crate) fn config(options: Options) -> Config {
    decide(options).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "tokens are judged by the machine's clock")]
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Returns a token of the customer, in one sign-in session, for five minutes.
pub(crate) fn token(customer: &str) -> String {
    signed(&json!({"sub": customer, "sid": "s1", "iat": now(), "exp": now() + 300}))
}

pub(crate) fn signed(claims: &Value) -> String {
    relink_test_kit::sign_token(claims, TOKEN_KEY).unwrap()
}

/// Captured log of all levels.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

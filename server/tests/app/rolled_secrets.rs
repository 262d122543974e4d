//! Secrets that are replaced while requests are answered: none of them is refused.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use relink_server::{DatabaseOptions, Options, TokenKeyFile, TokenKeyOptions};
use relink_test_kit::Poll;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use wiremock::matchers::header;
use wiremock::{Mock, ResponseTemplate};

use crate::database::Database;
use crate::process::{Process, relink_server};
use crate::support::{API_KEY, TestApp, now, request, token};
use crate::webhooks::{event, signature};

const OLD: &str = "canary-old-key-0123456789-0123456789";
const NEW: &str = "canary-new-key-0123456789-0123456789";
/// Number of clients that send requests one after the other.
const CLIENTS: usize = 4;
/// Number of answers between two steps of a roll.
const ANSWERS: usize = 40;

/// Time for something to happen, longer than it takes on a busy machine.
const NOTICE: Poll = Poll { interval: Duration::from_millis(5), timeout: Duration::from_mins(2) };

/// Clients that send requests with the secret of the moment until they are stopped.
struct Load {
    secret: Arc<Mutex<String>>,
    answered: Arc<AtomicUsize>,
    stop: CancellationToken,
    clients: JoinSet<Vec<u16>>,
}

impl Load {
    /// Begins with this secret; `make` is given it and the number of the request.
    fn begin(
        router: &Router,
        secret: &str,
        make: impl Fn(&str, usize) -> Request<Body> + Clone + Send + 'static,
    ) -> Self {
        let load = Self {
            secret: Arc::new(Mutex::new(secret.to_owned())),
            answered: Arc::default(),
            stop: CancellationToken::new(),
            clients: JoinSet::new(),
        };
        let number = Arc::new(AtomicUsize::new(0));
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let (router, make, number) = (router.clone(), make.clone(), number.clone());
            let (secret, answered, stop) = (load.secret.clone(), load.answered.clone(), load.stop.clone());
            clients.spawn(async move {
                let mut statuses = Vec::new();
                while !stop.is_cancelled() {
                    let with = secret.lock().unwrap().clone();
                    let request = make(&with, number.fetch_add(1, Ordering::Relaxed));
                    statuses.push(router.clone().oneshot(request).await.unwrap().status().as_u16());
                    answered.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
                statuses
            });
        }
        Self { clients, ..load }
    }

    /// Waits until a number of further requests has been answered.
    async fn goes_on(&self) {
        let enough = self.answered.load(Ordering::Relaxed) + ANSWERS;
        let answered = async || {
            let answered = self.answered.load(Ordering::Relaxed);
            if answered >= enough { Ok(()) } else { Err(anyhow::anyhow!("{answered} answers")) }
        };
        NOTICE.until(answered).await.unwrap();
    }

    fn use_secret(&self, secret: &str) {
        secret.clone_into(&mut self.secret.lock().unwrap());
    }

    /// Stops the clients, and checks that each request had this answer.
    async fn had_only(self, status: u16) {
        self.stop.cancel();
        let statuses = self.clients.join_all().await.concat();
        assert!(statuses.len() >= 2 * ANSWERS, "{}", statuses.len());
        assert!(statuses.iter().all(|given| *given == status), "{statuses:?}");
    }
}

/// Rolls from one secret to another: both are accepted while the clients change.
async fn roll(app: &TestApp, load: Load, expected: u16, set: impl Fn(&[&str], Options) -> Options) {
    load.goes_on().await;
    app.replace_secrets(|options| set(&[NEW, OLD], options)).await.unwrap();
    load.goes_on().await;
    load.use_secret(NEW);
    load.goes_on().await;
    // Requests with the former secret may still be on their way: `goes_on` has waited for more answers than clients.
    app.replace_secrets(|options| set(&[NEW], options)).await.unwrap();
    load.goes_on().await;
    load.had_only(expected).await;
}

fn secret(texts: &[&str], separator: &str) -> SecretString {
    SecretString::from(texts.join(separator))
}

#[tokio::test]
async fn an_api_key_is_rolled_without_a_refused_request() {
    let set = |keys: &[&str], options| Options { api_key: Some(secret(keys, "\n")), ..options };
    let app = TestApp::with(|options| set(&[OLD], options)).await;
    let ask = |key: &str, _| request(Method::GET, "/api/status", key, None);
    roll(&app, Load::begin(&app.router, OLD, ask), 200, set).await;
    assert_eq!(app.get("/api/status", OLD).await.status, 401);
}

#[tokio::test]
async fn the_secret_of_stripes_events_is_rolled_without_a_refused_event() {
    let set = |secrets: &[&str], options| {
        let secrets: Vec<String> = secrets.iter().map(|secret| format!("whsec_{secret}")).collect();
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        Options { stripe_webhook_secret: Some(secret(&secrets, ",")), ..options }
    };
    let app = TestApp::with(|options| set(&[OLD], options)).await;
    let tell = |secret: &str, number| {
        let body = event(&format!("evt_{number}"), "fca_1").to_string();
        let mut request = request(Method::POST, "/webhooks/stripe", "", None);
        let signature = signature(&format!("whsec_{secret}"), body.as_bytes(), 0);
        request.headers_mut().insert("stripe-signature", signature.parse().unwrap());
        *request.body_mut() = Body::from(body);
        request
    };
    roll(&app, Load::begin(&app.router, OLD, tell), 200, set).await;
    assert_eq!(app.send(tell(OLD, usize::MAX)).await.status, 400);
}

#[tokio::test]
async fn a_shared_secret_for_tokens_is_rolled_without_a_customer_who_is_signed_out() {
    let set = |keys: &[&str], options| Options {
        token_key: None,
        token_keys: TokenKeyOptions {
            token_keys_dir: Some("keys".into()),
            token_key_files: keys
                .iter()
                .map(|key| TokenKeyFile { kid: (*key).to_owned(), key: SecretString::from(*key) })
                .collect(),
            token_jwks_url: None,
        },
        ..options
    };
    let app = TestApp::with(|options| set(&[OLD], options)).await;
    let ask = |key: &str, number: usize| {
        let customer = format!("cus_{}", number % 50);
        let claims = json!({"sub": customer, "exp": now() + 300});
        request(Method::GET, "/api/accounts", &relink_test_kit::sign_token(&claims, key).unwrap(), None)
    };
    roll(&app, Load::begin(&app.router, OLD, ask), 200, set).await;
    assert_eq!(app.send(ask(OLD, 0)).await.status, 401);
}

#[tokio::test]
async fn stripes_key_is_rolled_and_its_end_is_noticed_by_nobody() {
    let app = TestApp::start().await;
    let ask = |_: &str, number| request(Method::GET, "/api/accounts", &token(&format!("cus_{number}")), None);
    let load = Load::begin(&app.router, "", ask);
    load.goes_on().await;
    app.replace_secrets(|options| Options {
        stripe_secret_key: Some(secret(&["rk_test_new"], "")),
        ..options
    })
    .await
    .unwrap();
    load.goes_on().await;
    // From now on Stripe refuses the former key.
    let ended = Mock::given(header("authorization", "Bearer rk_test_canary"));
    ended.respond_with(ResponseTemplate::new(401)).with_priority(1).mount(&app.stripe).await;
    load.goes_on().await;
    load.had_only(200).await;
    let calls = app.stripe.received_requests().await.unwrap();
    let with = |key: &str| {
        calls.iter().filter(|call| call.headers["authorization"] == format!("Bearer {key}")).count()
    };
    assert!(with("rk_test_canary") >= ANSWERS && with("rk_test_new") >= ANSWERS, "{}", calls.len());
}

/// Writes a key file with these keys, each of 32 equal bytes.
fn write_data_keys(file: &Path, keys: &[u8]) {
    let lines: Vec<String> = keys.iter().map(|key| BASE64_STANDARD.encode([*key; 32])).collect();
    std::fs::write(file, lines.join("\n")).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Writes a key file with these keys, and returns the settings with it.
fn with_data_keys(file: &Path, keys: &[u8], options: Options) -> Options {
    write_data_keys(file, keys);
    Options {
        database: DatabaseOptions { data_key_file: Some(file.to_owned()), ..options.database.clone() },
        ..options
    }
}

/// Returns the keys with which something in the database is encrypted.
async fn keys_in_use(app: &TestApp) -> BTreeSet<String> {
    let values = app.database.texts("SELECT SUBSTR(detail, 1, 20) FROM audit").await;
    values.iter().map(|value| value.split(':').nth(1).unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_key_of_encrypted_data_is_rolled_without_a_refused_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data-keys");
    let app = TestApp::with(|options| {
        with_data_keys(&file, &[1], Options { api_key: Some(secret(&[API_KEY], "")), ..options })
    })
    .await;
    // Each request writes an encrypted entry of the trail, and reads encrypted accounts.
    let ask = |_: &str, _| request(Method::GET, "/api/connections", API_KEY, None);
    let load = Load::begin(&app.router, "", ask);
    load.goes_on().await;
    for keys in [[1, 2], [2, 1]] {
        app.replace_secrets(|options| with_data_keys(&file, &keys, options)).await.unwrap();
        load.goes_on().await;
    }
    // What the first key has encrypted needs it still.
    let error = app.replace_secrets(|options| with_data_keys(&file, &[2], options)).await.unwrap_err();
    assert!(format!("{error:#}").contains("RELINK_DATA_KEY_FILE"), "{error:#}");
    load.goes_on().await;
    load.had_only(200).await;
    assert_eq!(keys_in_use(&app).await.len(), 2);
    // Other commands and servers, such as one that is started now, see both keys.
    let known = app.database.texts("SELECT id FROM data_keys").await;
    assert_eq!(known.into_iter().collect::<BTreeSet<_>>(), keys_in_use(&app).await);
}

#[tokio::test]
async fn secrets_that_contradict_the_server_or_each_other_change_nothing() {
    let set = |keys: &[&str], options| Options { api_key: Some(secret(keys, "\n")), ..options };
    let app = TestApp::with(|options| set(&[OLD], options)).await;
    for (why, change) in [("mode", "rk_live_1"), ("STRIPE_SECRET_KEY", "nonsense")] {
        let changed =
            |options| Options { stripe_secret_key: Some(secret(&[change], "")), ..set(&[NEW], options) };
        let error = app.replace_secrets(changed).await.unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains(change), "{error}");
    }
    let error = app.replace_secrets(|options| set(&["short"], options)).await.unwrap_err().to_string();
    assert!(error.starts_with("RELINK_API_KEY"), "{error}");
    assert_eq!(app.get("/api/status", OLD).await.status, 200);
    assert_eq!(app.get("/api/status", NEW).await.status, 401);
}

#[tokio::test]
async fn a_secret_in_a_file_that_every_user_may_read_is_warned_of_and_a_data_key_is_refused() {
    let warning = "every user of this machine may read or change";
    for (mode, is_exposed) in [(0o644, true), (0o440, false)] {
        let folder = tempfile::tempdir().unwrap();
        let [file, data_keys] = ["api-key", "data-keys"].map(|name| folder.path().join(name));
        std::fs::write(&file, API_KEY).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let database = format!("sqlite:{}/relink.db", folder.path().display());
        let settings = [("RELINK_API_KEY_FILE", file.to_str().unwrap())];
        let mut server = Process::start_with(&database, "", &settings).await;
        assert_eq!(server.get_with("/api/status", API_KEY).await, 200);
        assert_eq!(server.log().contains(warning), is_exposed, "{mode:o}: {}", server.log());
        server.terminate();
        server.wait();
        let mut check = relink_server(&database, &["check"]);
        let checked = check.env(settings[0].0, settings[0].1).output().unwrap();
        let checked = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert_eq!(checked.contains(warning), is_exposed, "{mode:o}: {checked}");
        write_data_keys(&data_keys, &[1]);
        std::fs::set_permissions(&data_keys, std::fs::Permissions::from_mode(mode)).unwrap();
        let mut status = relink_server(&database, &["data-key", "status"]);
        let status = status.env("RELINK_DATA_KEY_FILE", &data_keys).output().unwrap();
        let said = String::from_utf8_lossy(&status.stderr).into_owned();
        assert_eq!(status.status.success(), !is_exposed, "{mode:o}: {said}");
        assert_eq!(said.contains(warning), is_exposed, "{mode:o}: {said}");
    }
}

#[tokio::test]
async fn a_running_server_reads_a_changed_file_and_reads_all_on_sighup() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("api-key");
    std::fs::write(&file, format!("{API_KEY}\n")).unwrap();
    let database = format!("sqlite:{}/relink.db", folder.path().display());
    let data_keys = folder.path().join("data-keys");
    write_data_keys(&data_keys, &[1]);
    let settings = [
        ("RELINK_API_KEY_FILE", file.to_str().unwrap()),
        ("RELINK_DATA_KEY_FILE", data_keys.to_str().unwrap()),
    ];
    let mut server = Process::start_with(&database, "", &settings).await;
    assert_eq!(server.get_with("/api/status", API_KEY).await, 200);
    let next = folder.path().join("next");
    std::fs::write(&next, format!("{NEW}\n{API_KEY}\n")).unwrap();
    std::fs::rename(&next, &file).unwrap();
    NOTICE
        .until(async || {
            assert_eq!(server.get_with("/api/status", API_KEY).await, 200, "the former key stays valid");
            let status = server.get_with("/api/status", NEW).await;
            if status == 200 { Ok(()) } else { Err(anyhow::anyhow!("{status}")) }
        })
        .await
        .unwrap();
    let read = "secrets were read again from their files";
    let times = server.log().matches(read).count();
    server.hang_up();
    let again = async || {
        let log = server.log();
        if log.matches(read).count() > times { Ok(()) } else { Err(anyhow::anyhow!("{log}")) }
    };
    NOTICE.until(again).await.unwrap();
    let times = server.log().matches(read).count();
    write_data_keys(&data_keys, &[2, 1]);
    let again = async || {
        let log = server.log();
        if log.matches(read).count() > times { Ok(()) } else { Err(anyhow::anyhow!("{log}")) }
    };
    NOTICE.until(again).await.unwrap();
    assert_eq!(Database { url: database.clone() }.texts("SELECT id FROM data_keys").await.len(), 2);
    std::fs::write(&file, "short").unwrap();
    let refused = async || {
        let log = server.log();
        if log.contains("so those in use stay") { Ok(()) } else { Err(anyhow::anyhow!("{log}")) }
    };
    NOTICE.until(refused).await.unwrap();
    assert_eq!(server.get_with("/api/status", NEW).await, 200);
    server.terminate();
    assert!(server.wait().success());
}

//! Secrets that must not be logged.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::json;

use crate::client::{Client, EXACT, PREVIEW, SESSIONS};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_and_no_key_is_ever_logged() {
    let log = Log::default();
    let (writer, here) = (log.clone(), thread::current().id());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || if thread::current().id() == here { writer.clone() } else { Log::default() })
        .finish();
    // A subscriber of this thread alone is at times switched off by tests on other threads, which have none.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    tracing::callsite::rebuild_interest_cache();

    let client = Client::new();
    let (id, secret) = client.session(EXACT).await;
    client.step("open", &secret, json!({})).await;
    client.step("sign_in", &secret, json!({ "password": "hunter2" })).await;
    client.choose(&secret, "6789").await;
    client.step("open", &secret, json!({})).await;
    let request =
        Client::request("GET", SESSIONS, PREVIEW).header("authorization", "Bearer sk_test_wrongButReal");
    client.send(request.body(String::new().into()).unwrap()).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains(&id), "the log says what happened: {log}");
    for hidden in [secret.as_str(), "fcsess_client_secret", "_test_", "hunter2"] {
        assert!(!log.contains(hidden), "{hidden} is in the log: {log}");
    }
}

//! Checks of the address that customers and Stripe use, through whatever is in front of the server.

use std::time::Duration;

use aws_lc_rs::hmac::{Context, Key};
use reqwest::{Client, Url};
use serde_json::{Value, json};

use super::{Finding, State};
use crate::config::settings::{Config, Mode};
use crate::infra::fetch::root_cause;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Asks the running server for its health, and sends it a signed event that it refuses for its mode.
pub(super) async fn all(config: &Config) -> Vec<Finding> {
    let Some(public) = &config.requests.public_url else {
        let text = "RELINK_PUBLIC_URL is not set, so it can't be tried";
        return vec![Finding::new("public address", State::Unknown, text)];
    };
    let client = match Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).build()
    {
        Ok(client) => client,
        Err(error) => return vec![Finding::new("public address", State::Unknown, error.to_string())],
    };
    let health = health(&client, public).await;
    let mut findings = vec![health];
    if findings.iter().all(|finding| finding.state == State::Good) {
        for (place, key) in config.signing_secrets.load().keys().iter().enumerate() {
            findings.push(signed_event(&client, public, config, (place, key)).await);
        }
    }
    findings
}

async fn health(client: &Client, public: &Url) -> Finding {
    let finding = |state, text: String| Finding::new("public address", state, text);
    let Ok(url) = public.join("readyz") else { return finding(State::Unknown, "no address".to_owned()) };
    match client.get(url.clone()).send().await {
        Ok(answer) if answer.status().is_success() => finding(State::Good, format!("{url} answers")),
        Ok(answer) => {
            let status = answer.status();
            finding(
                State::Bad,
                format!("{url} answers {status}: look at the server's log and at the proxy's"),
            )
        }
        Err(error) => {
            let text = format!("{url} gives no answer from this machine: {}", root_cause(&error));
            finding(State::Unknown, format!("{text}. Start the server; check name, certificate and proxy"))
        }
    }
}

/// Sends an event of the other mode: whether the server refuses it for its mode or for its signature shows if the running
/// server has this secret, and if the proxy passes body and header on unchanged. Nothing is stored.
async fn signed_event(
    client: &Client,
    public: &Url,
    config: &Config,
    (place, key): (usize, &Key),
) -> Finding {
    let finding = |state, text: &str| Finding::new(format!("webhook secret {}", place + 1), state, text);
    let Ok(url) = public.join("webhooks/stripe") else { return finding(State::Unknown, "no address") };
    let now = crate::clock::now().as_second();
    let body = json!({
        "id": "evt_relink_check", "object": "event", "created": now, "type": "relink.check",
        "livemode": config.keys.mode != Mode::Live, "data": {"object": {"id": "relink_check"}},
    })
    .to_string();
    let request = client.post(url).header("content-type", "application/json");
    let request = request.header("stripe-signature", signature(key, now, body.as_bytes())).body(body);
    let title = match request.send().await {
        Ok(answer) => title(answer).await,
        Err(error) => return finding(State::Unknown, &format!("no answer: {}", root_cause(&error))),
    };
    if title.contains("This is a live event") || title.contains("This is a test event") {
        finding(
            State::Good,
            "the running server accepts its signature; that Stripe signs with it, only Stripe can show",
        )
    } else {
        finding(State::Bad, &format!("a signed event was refused: {title}"))
    }
}

async fn title(answer: reqwest::Response) -> String {
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    body.get("title").and_then(Value::as_str).map_or_else(|| format!("status {status}"), str::to_owned)
}

/// Returns the value of `Stripe-Signature`.
fn signature(key: &Key, now: i64, body: &[u8]) -> String {
    let mut context = Context::with_key(key);
    context.update(format!("{now}.").as_bytes());
    context.update(body);
    let code = context.sign().as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    format!("t={now},v1={code}")
}

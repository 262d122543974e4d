//! The client secret appears only where it must: in the response to the page, and in the bank window's own requests.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use relink_e2e::{BankWindow, Visit};
use serde_json::{Value, json};

/// Returns everything that a document displays and stores, including what was typed into it.
const DOCUMENT: &str = r"
    const done = arguments[0];
    const root = document.querySelector('bank-relink')?.shadowRoot ?? document;
    const fields = [...root.querySelectorAll('input, textarea, select')].map((one) => one.value);
    const kept = (store) => Object.fromEntries(Object.entries(store));
    const requests = performance.getEntries().map((one) => one.name);
    Promise.all([indexedDB.databases(), window.caches ? caches.keys() : []]).then(([databases, cached]) => done({
        html: document.documentElement.outerHTML + (root.innerHTML ?? ''), fields, requests, title: document.title, url: location.href,
        local: kept(localStorage), session: kept(sessionStorage), cookies: document.cookie,
        history: history.state, window_name: window.name, referrer: document.referrer,
        databases: databases.map((one) => one.name), cached,
    }));
";

/// Texts that were collected, with their places.
#[derive(Default)]
struct Traces {
    places: Vec<(String, String)>,
    network: Vec<Value>,
}

impl Traces {
    fn keep(&mut self, place: &str, text: &impl ToString) {
        self.places.push((place.to_owned(), text.to_string()));
    }

    /// Collects the document in front of the customer: the page or the bank window.
    async fn document(&mut self, visit: &Visit, place: &str) -> Result<()> {
        let driver = visit.browser()?.driver()?;
        let seen = driver.execute_async(DOCUMENT, Vec::new()).await?;
        ensure!(seen.json()["html"].as_str().is_some_and(|html| html.len() > 200), "{}", seen.json());
        self.keep(place, seen.json());
        Ok(())
    }

    /// Collects the bank window and the page behind it.
    async fn both(&mut self, visit: &Visit, bank: BankWindow, place: &str) -> Result<BankWindow> {
        self.document(visit, &format!("the bank window, {place}")).await?;
        bank.step_out().await?;
        self.document(visit, &format!("the page behind it, {place}")).await?;
        bank.step_in().await
    }

    /// Collects everything that was recorded so far.
    async fn records(&mut self, visit: &Visit) -> Result<()> {
        self.keep("the server's log", &visit.stand.server_log());
        self.keep("the sandbox's log", &visit.stand.sandbox.log());
        self.keep("the sandbox's state", &visit.stand.state().await?);
        for entry in visit.browser()?.console().await? {
            self.keep("the console", &entry.message);
        }
        let cookies = visit.browser()?.devtools("Storage.getCookies", json!({})).await?;
        self.keep("the cookies", &cookies);
        self.network.extend(visit.browser()?.network().await?);
        Ok(())
    }

    /// Returns the secrets of all attempts, from the responses that contained them.
    async fn secrets(&self, visit: &Visit) -> Result<Vec<String>> {
        let mut secrets = Vec::new();
        for event in self.network.iter().filter(|event| event["method"] == "Network.responseReceived") {
            let about = &event["params"];
            let url = about["response"]["url"].as_str().unwrap_or_default();
            if !url.ends_with("/api/sessions") {
                continue;
            }
            let request = json!({ "requestId": about["requestId"] });
            let body = visit.browser()?.devtools("Network.getResponseBody", request).await?;
            let body: Value = serde_json::from_str(body["body"].as_str().context("no body")?)?;
            secrets.push(body["client_secret"].as_str().context("no secret")?.to_owned());
        }
        Ok(secrets)
    }

    /// Returns the places that contain a secret or something that looks like one, apart from the bodies that the bank
    /// window sends to the bank. Those must contain it; otherwise the wrong data were collected.
    fn name_a_secret(mut self, secrets: &[String], bank: &str) -> Result<BTreeSet<String>> {
        let mut bodies = 0;
        for event in &mut self.network {
            let request = &mut event["params"]["request"];
            let url = request["url"].as_str().unwrap_or_default();
            if url.starts_with(bank) {
                let body = request["postData"].take();
                // The same body in base64.
                request["postDataEntries"].take();
                let names = |body: &str| secrets.iter().any(|secret| body.contains(secret.as_str()));
                bodies += usize::from(body.as_str().is_some_and(names));
            }
        }
        ensure!(bodies >= secrets.len(), "saw only {bodies} bodies with the secret");
        for event in std::mem::take(&mut self.network) {
            self.keep("the network", &event);
        }
        // The second mark finds a setup intent's secret, which must never leave Stripe.
        let mut marks = vec!["fcsess_client_secret", "_secret_"];
        for secret in secrets {
            let (_, tail) = secret.rsplit_once('_').context("a secret without a prefix")?;
            ensure!(tail.len() >= 16, "too short to look for");
            marks.push(tail);
        }
        self.places.retain(|(_, text)| marks.iter().any(|mark| text.contains(mark)));
        Ok(self.places.into_iter().map(|(place, _)| place).collect())
    }
}

/// Returns the places in which the secrets of this number of attempts were found.
async fn places(visit: &Visit, mut traces: Traces, attempts: usize) -> Result<BTreeSet<String>> {
    traces.records(visit).await?;
    let secrets = traces.secrets(visit).await?;
    assert_eq!(secrets.len(), attempts);
    assert!(secrets.iter().all(|secret| secret.starts_with("fcsess_client_secret_")));
    traces.name_a_secret(&secrets, &format!("{}/bank/", visit.stand.sandbox_url()))
}

#[tokio::test]
async fn a_page_that_leaked_the_client_secret_would_be_found_out() -> Result<()> {
    let visit = Visit::begin().await?;
    let leak = r"
        const ask = window.fetch;
        window.fetch = async (...request) => {
            const answer = await ask(...request);
            const { client_secret: secret } = await answer.clone().json();
            if (secret) {
                sessionStorage.leak = secret;
                console.log(secret);
                ask(`/healthz?leak=${secret}`);
            }
            return answer;
        };
    ";
    visit.page.run(leak).await?;
    visit.go_to_bank().await?.close().await?;
    visit.page.waits_for("cancelled").await?;
    let mut traces = Traces::default();
    traces.document(&visit, "the page").await?;
    let found = places(&visit, traces, 1).await?;
    assert_eq!(Vec::from_iter(found), ["the console", "the network", "the page"]);
    visit.end().await
}

#[tokio::test]
async fn after_success_the_client_secret_is_nowhere() -> Result<()> {
    let visit = Visit::begin().await?;
    let mut traces = Traces::default();
    let bank = visit.go_to_bank().await?;
    let bank = traces.both(&visit, bank, "at first").await?;
    bank.sign_in().await?;
    let bank = traces.both(&visit, bank, "choosing").await?;
    bank.choose("6789").await?;
    bank.shows("done").await?;
    let bank = traces.both(&visit, bank, "done").await?;
    bank.leave_by("Done").await?;
    visit.sees_success().await?;
    traces.document(&visit, "the page with the result").await?;
    visit.page.press("Done").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    traces.document(&visit, "the overview").await?;
    assert_eq!(places(&visit, traces, 1).await?, BTreeSet::new());
    visit.end().await
}

#[tokio::test]
async fn after_failures_the_client_secret_is_nowhere() -> Result<()> {
    let mut visit = Visit::begin().await?;
    let mut traces = Traces::default();
    let bank = visit.go_to_bank().await?;
    bank.sign_in().await?;
    bank.choose("1204").await?;
    bank.shows("wrong-account").await?;
    let bank = traces.both(&visit, bank, "with another account").await?;
    bank.leave_by("Close").await?;
    visit.sees_no_account().await?;
    traces.document(&visit, "the page with the failure").await?;
    let bank = visit.press_into_bank("Choose another Alder Bank account").await?;
    // The bank window's call fails, and so does the page's, because the server is down.
    visit.stand.fault("POST /bank/close", 500, 1).await?;
    visit.stand.stop_server();
    bank.close().await?;
    visit.page.arrives("unreachable", "Northwind isn't answering", "Try again").await?;
    traces.document(&visit, "the page without a server").await?;
    assert_eq!(places(&visit, traces, 2).await?, BTreeSet::new());
    visit.end().await
}

#[tokio::test]
async fn after_paying_from_an_account_at_another_bank_the_client_secret_is_nowhere() -> Result<()> {
    let visit = Visit::begin().await?;
    let mut traces = Traces::default();
    visit.shares_another_account().await?;
    visit.page.press("Add a different bank").await?;
    visit.page.arrives("explaining", "Add a different bank", "Choose your bank").await?;
    traces.document(&visit, "the page that explains").await?;
    visit.page.press("Choose your bank").await?;
    visit.share("Copperfield Credit Union", &["4421"]).await?;
    let (heading, next) = ("Copperfield Credit Union ••4421 is connected", "Pay from ••4421");
    visit.page.arrives("new_account", heading, next).await?;
    traces.document(&visit, "the page that offers to pay").await?;
    visit.page.press(next).await?;
    visit.page.arrives("paid", "You can pay from Copperfield Credit Union ••4421 now", "Done").await?;
    traces.document(&visit, "the page after paying").await?;
    assert_eq!(places(&visit, traces, 2).await?, BTreeSet::new());
    visit.end().await
}

//! The client secret appears only where it must: in the response to the page, and in the bank window's own requests.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use relink_e2e::{BankWindow, BrowserSession};
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
struct Collected {
    places: Vec<(String, String)>,
    network: Vec<Value>,
}

impl Collected {
    fn add(&mut self, place: &str, text: &impl ToString) {
        self.places.push((place.to_owned(), text.to_string()));
    }

    /// Collects the document in front of the customer: the page or the bank window.
    async fn add_document(&mut self, session: &BrowserSession, place: &str) -> Result<()> {
        let driver = session.browser()?.driver()?;
        let seen = driver.execute_async(DOCUMENT, Vec::new()).await?;
        ensure!(seen.json()["html"].as_str().is_some_and(|html| html.len() > 200), "{}", seen.json());
        self.add(place, seen.json());
        Ok(())
    }

    /// Collects the bank window and the page behind it.
    async fn add_window_and_page(
        &mut self,
        session: &BrowserSession,
        bank: BankWindow,
        place: &str,
    ) -> Result<BankWindow> {
        self.add_document(session, &format!("the bank window, {place}")).await?;
        bank.leave_frame().await?;
        self.add_document(session, &format!("the page behind it, {place}")).await?;
        bank.enter_frame().await
    }

    /// Collects everything that was recorded so far.
    async fn add_records(&mut self, session: &BrowserSession) -> Result<()> {
        self.add("the server's log", &session.environment.server_log());
        self.add("the sandbox's log", &session.environment.sandbox.log());
        self.add("the sandbox's state", &session.environment.state().await?);
        for entry in session.browser()?.console().await? {
            self.add("the console", &entry.message);
        }
        let cookies = session.browser()?.devtools("Storage.getCookies", json!({})).await?;
        self.add("the cookies", &cookies);
        self.network.extend(session.browser()?.network().await?);
        Ok(())
    }

    /// Returns the secrets of all attempts, from the responses that contained them.
    async fn secrets(&self, session: &BrowserSession) -> Result<Vec<String>> {
        let mut secrets = Vec::new();
        for event in self.network.iter().filter(|event| event["method"] == "Network.responseReceived") {
            let about = &event["params"];
            let url = about["response"]["url"].as_str().unwrap_or_default();
            if !url.ends_with("/api/sessions") {
                continue;
            }
            let request = json!({ "requestId": about["requestId"] });
            let body = session.browser()?.devtools("Network.getResponseBody", request).await?;
            let body: Value = serde_json::from_str(body["body"].as_str().context("no body")?)?;
            secrets.push(body["client_secret"].as_str().context("no secret")?.to_owned());
        }
        Ok(secrets)
    }

    /// Returns the places that contain a secret or something that looks like one, apart from the bodies that the bank
    /// window sends to the bank. Those must contain it; otherwise the wrong data were collected.
    fn places_containing(mut self, secrets: &[String], bank: &str) -> Result<BTreeSet<String>> {
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
            self.add("the network", &event);
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
async fn places_with_secret(
    session: &BrowserSession,
    mut collected: Collected,
    attempts: usize,
) -> Result<BTreeSet<String>> {
    collected.add_records(session).await?;
    let secrets = collected.secrets(session).await?;
    assert_eq!(secrets.len(), attempts);
    assert!(secrets.iter().all(|secret| secret.starts_with("fcsess_client_secret_")));
    collected.places_containing(&secrets, &format!("{}/bank/", session.environment.sandbox_url()))
}

#[tokio::test]
async fn a_page_that_leaked_the_client_secret_would_be_found_out() -> Result<()> {
    let session = BrowserSession::begin().await?;
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
    session.page.run(leak).await?;
    session.go_to_bank().await?.close().await?;
    session.page.wait_for_screen("cancelled").await?;
    let mut collected = Collected::default();
    collected.add_document(&session, "the page").await?;
    let found = places_with_secret(&session, collected, 1).await?;
    assert_eq!(Vec::from_iter(found), ["the console", "the network", "the page"]);
    session.finish().await
}

#[tokio::test]
async fn after_success_the_client_secret_is_nowhere() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let mut collected = Collected::default();
    let bank = session.go_to_bank().await?;
    let bank = collected.add_window_and_page(&session, bank, "at first").await?;
    bank.sign_in().await?;
    let bank = collected.add_window_and_page(&session, bank, "choosing").await?;
    bank.choose("6789").await?;
    bank.wait_for_screen("done").await?;
    let bank = collected.add_window_and_page(&session, bank, "done").await?;
    bank.close_with("Done").await?;
    session.assert_success().await?;
    collected.add_document(&session, "the page with the result").await?;
    session.page.press("Done").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    collected.add_document(&session, "the overview").await?;
    assert_eq!(places_with_secret(&session, collected, 1).await?, BTreeSet::new());
    session.finish().await
}

#[tokio::test]
async fn after_failures_the_client_secret_is_nowhere() -> Result<()> {
    let mut session = BrowserSession::begin().await?;
    let mut collected = Collected::default();
    let bank = session.go_to_bank().await?;
    bank.sign_in().await?;
    bank.choose("1204").await?;
    bank.wait_for_screen("wrong-account").await?;
    let bank = collected.add_window_and_page(&session, bank, "with another account").await?;
    bank.close_with("Close").await?;
    session.assert_no_account().await?;
    collected.add_document(&session, "the page with the failure").await?;
    let bank = session.press_into_bank("Choose another Alder Bank account").await?;
    // The bank window's call fails, and so does the page's, because the server is down.
    session.environment.fail_next("POST /bank/close", 500, 1).await?;
    session.environment.stop_server();
    bank.close().await?;
    session.page.assert_arrival("unreachable", "Northwind isn't responding", "Try again").await?;
    collected.add_document(&session, "the page without a server").await?;
    assert_eq!(places_with_secret(&session, collected, 2).await?, BTreeSet::new());
    session.finish().await
}

#[tokio::test]
async fn after_paying_from_an_account_at_another_bank_the_client_secret_is_nowhere() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let mut collected = Collected::default();
    session.share_wrong_account_and_see_it().await?;
    session.page.press("Add a different bank").await?;
    session.page.assert_arrival("explaining", "Add a different bank", "Choose your bank").await?;
    collected.add_document(&session, "the page that explains").await?;
    session.page.press("Choose your bank").await?;
    session.share_accounts("Copperfield Credit Union", &["4421"]).await?;
    let (heading, next) = ("Copperfield Credit Union ••4421 is connected", "Pay from ••4421");
    session.page.assert_arrival("new_account", heading, next).await?;
    collected.add_document(&session, "the page that offers to pay").await?;
    session.page.press(next).await?;
    session
        .page
        .assert_arrival("paid", "You can pay from Copperfield Credit Union ••4421 now", "Done")
        .await?;
    collected.add_document(&session, "the page after paying").await?;
    assert_eq!(places_with_secret(&session, collected, 2).await?, BTreeSet::new());
    session.finish().await
}

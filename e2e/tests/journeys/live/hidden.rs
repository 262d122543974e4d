//! A page that nobody sees does not listen, and hears what it missed when it is seen again.

use anyhow::{Context, Result, ensure};
use relink_e2e::{Visit, until};
use serde_json::{Value, json};

use super::{COPPERFIELD, LISTEN, breaks, row_becomes, said};

/// What became of the streams of changes that the page asked for, in order: with which version, and whether it let go.
#[derive(Default)]
struct Streams {
    requests: Vec<(String, Value)>,
    let_go: Vec<String>,
}

impl Streams {
    async fn watch(&mut self, visit: &Visit) -> Result<()> {
        for event in visit.browser()?.network().await? {
            let parameters = &event["params"];
            let id = parameters["requestId"].as_str().unwrap_or_default().to_owned();
            let request = &parameters["request"];
            let is_ours = request["url"].as_str().is_some_and(|url| url.ends_with("/api/changes"));
            match event["method"].as_str() {
                Some("Network.requestWillBeSent") if is_ours => {
                    self.requests.push((id, request["headers"]["last-event-id"].clone()));
                }
                Some("Network.loadingFailed") if parameters["canceled"] == true => self.let_go.push(id),
                _ => (),
            }
        }
        Ok(())
    }

    /// Whether the newest one is listened to.
    fn is_open(&self) -> bool {
        self.requests.last().is_some_and(|(id, _)| !self.let_go.contains(id))
    }
}

#[tokio::test]
async fn a_hidden_page_lets_go_and_hears_what_it_missed_when_it_is_shown_again() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.page.run(LISTEN).await?;
    let mut streams = Streams::default();
    until(async || {
        streams.watch(&visit).await?;
        ensure!(streams.is_open(), "it does not listen");
        Ok(())
    })
    .await?;
    let driver = visit.browser()?.driver()?;
    let page = driver.window().await?;
    let other = driver.new_tab().await?;
    driver.switch_to_window(other).await?;
    until(async || {
        streams.watch(&visit).await?;
        ensure!(!streams.is_open(), "it still listens");
        Ok(())
    })
    .await?;
    let before = streams.requests.len();
    visit.stand.change_account(COPPERFIELD, &breaks()).await?;
    visit.stand.server_knows(COPPERFIELD, "broken").await?;
    streams.watch(&visit).await?;
    ensure!(streams.requests.len() == before, "hidden, it asks for nothing: {:?}", streams.requests);
    driver.close_window().await?;
    driver.switch_to_window(page).await?;
    row_becomes(&visit, COPPERFIELD, "Needs you to sign in again", Some("Reconnect")).await?;
    ensure!(said(&visit).await?.contains("account ending in 4421: Needs you to sign in again."));
    streams.watch(&visit).await?;
    let versions: Vec<_> = streams.requests.iter().map(|(_, version)| version).collect();
    let (last, shown) = (versions.last().context("none")?, versions.get(before).context("no new one")?);
    ensure!(versions.first() == Some(shown) && last != shown && **last != json!(null), "{versions:?}");
    visit.end().await
}

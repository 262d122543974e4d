//! Links that don't work: all lead to one screen, which says what to do and not why.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, Settings, Visit, until};
use reqwest::Method;
use serde_json::{Value, json};

use super::asking;

/// Settings with which the page of a link has a token of the signed-in customer, too.
const SIGNED_IN: Settings = &[("RELINK_TOKEN_URL", "/demo/token")];
/// Account of another customer.
const SOMEBODY_ELSES: &str = "fca_HarborExpiring2750";

/// Returns the text of a link's page.
async fn says(visit: &Visit, link: &str) -> Result<String> {
    visit.goes_to("about:blank").await?;
    visit.goes_to(link).await?;
    until(async || {
        let seen = visit.page.run(
            "const one = document.querySelector('main > section:not([hidden]):not(#loading)');
            return one === null || one.id === 'account' ? null : one.innerText;",
        );
        let seen = seen.await?;
        seen.as_str().map(str::to_owned).ok_or_else(|| anyhow::anyhow!("the page says nothing yet"))
    })
    .await
}

#[tokio::test]
async fn every_link_that_leads_nowhere_ends_on_the_same_screen_which_says_what_to_do() -> Result<()> {
    let (visit, _merchant) = asking(SIGNED_IN).await?;
    let stand = &visit.stand;
    let guessed = format!("{}/r#{}", stand.url(), "A".repeat(43));
    let (cancelled, taken_back) = stand.link_for(ALDER, &Value::Null).await?;
    stand.back_end(Method::POST, &format!("/v1/relink-requests/{cancelled}/cancel"), None).await?;
    let (late, expired) = stand.link_for(ALDER, &Value::Null).await?;
    stand.expire(&late).await?;
    let (_, somebody_elses) = stand.link_for(SOMEBODY_ELSES, &Value::Null).await?;
    let (done, spent) = stand.link_for(ALDER, &Value::Null).await?;
    stand.repair_elsewhere().await?;
    until(async || {
        let request = stand.request(&done).await?;
        ensure!(request["state"] == "completed", "{request}");
        Ok(())
    })
    .await?;
    let mut said = Vec::new();
    for link in [&guessed, &taken_back, &expired, &somebody_elses, &spent, &format!("{}/r", stand.url())] {
        said.push(says(&visit, link).await?);
    }
    ensure!(said[0].contains("This link no longer works") && said[0].contains("Ask Northwind for a new one"));
    ensure!(said.iter().all(|one| *one == said[0]), "{said:?}");
    ensure!(stand.request(&late).await?["state"] != "opened");
    visit.end().await
}

#[tokio::test]
async fn the_customer_whom_a_link_is_for_may_be_signed_in() -> Result<()> {
    let (visit, _merchant) = asking(SIGNED_IN).await?;
    let (_, link) = visit.stand.link_for(ALDER, &json!({ "locale": "en" })).await?;
    visit.goes_to(&link).await?;
    visit.page.shows("explaining", "Reconnect your Alder Bank account").await?;
    visit.end().await
}

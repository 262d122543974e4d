//! Links that don't work: all lead to one screen, which says what to do and not why.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, BrowserSession, Settings, until};
use reqwest::Method;
use serde_json::{Value, json};

use super::prepare_with_email;

/// Settings with which the page of a link has a token of the signed-in customer, too.
const SIGNED_IN: Settings = &[("RELINK_TOKEN_URL", "/demo/token")];
/// Account of another customer.
const SOMEBODY_ELSES: &str = "fca_HarborExpiring2750";

/// Returns the text of a link's page.
async fn says(session: &BrowserSession, link: &str) -> Result<String> {
    session.go_to("about:blank").await?;
    session.go_to(link).await?;
    until(async || {
        let seen = session.page.run(
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
    let (session, _merchant) = prepare_with_email(SIGNED_IN).await?;
    let environment = &session.environment;
    let guessed = format!("{}/r#{}", environment.url(), "A".repeat(43));
    let (cancelled, taken_back) = environment.link_for(ALDER, &Value::Null).await?;
    environment.call_api(Method::POST, &format!("/v1/relink-requests/{cancelled}/cancel"), None).await?;
    let (late, expired) = environment.link_for(ALDER, &Value::Null).await?;
    environment.expire(&late).await?;
    let (_, somebody_elses) = environment.link_for(SOMEBODY_ELSES, &Value::Null).await?;
    let (done, spent) = environment.link_for(ALDER, &Value::Null).await?;
    environment.repair_elsewhere().await?;
    until(async || {
        let request = environment.request(&done).await?;
        ensure!(request["state"] == "completed", "{request}");
        Ok(())
    })
    .await?;
    let mut said = Vec::new();
    for link in [&guessed, &taken_back, &expired, &somebody_elses, &spent] {
        said.push(says(&session, link).await?);
    }
    ensure!(
        said[0].contains("This link no longer works") && said[0].contains("ask Northwind for a new link")
    );
    ensure!(said.iter().all(|one| *one == said[0]), "{said:?}");
    ensure!(environment.request(&late).await?["state"] != "opened");
    let cut = says(&session, &format!("{}/r", environment.url())).await?;
    ensure!(cut.contains("This link is incomplete") && cut.contains("from your email again"), "{cut}");
    session.finish().await
}

#[tokio::test]
async fn the_customer_whom_a_link_is_for_may_be_signed_in() -> Result<()> {
    let (session, _merchant) = prepare_with_email(SIGNED_IN).await?;
    let (_, link) = session.environment.link_for(ALDER, &json!({ "locale": "en" })).await?;
    session.go_to(&link).await?;
    session.page.assert_screen("explaining", "Reconnect your Alder Bank account").await?;
    session.finish().await
}

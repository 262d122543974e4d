//! Page of a relink request's link, and effects that opening a link must not have.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, Rule, Visit, until};
use reqwest::Method;
use serde_json::{Value, json};

use super::{asking, asking_in, hears};

const HEADING: &str = "Reconnect your Alder Bank account";

/// Ends timeouts of 20 seconds at once.
const IMPATIENT: &str = "
    const later = window.setTimeout;
    window.setTimeout = (run, time, ...more) => later(run, time === 20000 ? 0 : time, ...more);
";

async fn address(visit: &Visit) -> Result<String> {
    let address = visit.page.run("return location.href;").await?;
    Ok(address.as_str().unwrap_or_default().to_owned())
}

/// Returns all calls to Stripe so far.
async fn asked_of_stripe(visit: &Visit) -> Result<Value> {
    Ok(visit.stand.state().await?["calls"].clone())
}

#[tokio::test]
async fn a_link_leads_to_one_account_in_the_requests_language_and_back_to_the_merchant() -> Result<()> {
    let (visit, merchant) = asking_in("es", &[]).await?;
    let more = json!({ "locale": "es", "return_url": merchant.url() });
    let (id, link) = visit.stand.link_for(ALDER, &more).await?;
    visit.listen();
    // The page of a link requests no token, so the timeout of a token must not matter.
    visit.stand.gate.runs_first(IMPATIENT);
    visit.goes_to(&link).await?;
    let screen = visit.page.shows("explaining", HEADING).await?;
    ensure!(
        address(&visit).await? == format!("{}/r", visit.stand.url()),
        "what the link carries is in the address"
    );
    let page = visit.page.run("return [document.documentElement.lang, document.title];").await?;
    ensure!(page == json!(["es", screen.heading]), "{page}");
    for hidden in ["1204", "Everyday", "Jenny"] {
        ensure!(!screen.text.contains(hidden), "{hidden} is none of a link's business: {screen:?}");
    }
    for asked in visit.stand.gate.asked("/api/") {
        ensure!(!asked.headers.contains_key("authorization"), "{asked:?}");
        ensure!(asked.headers.contains_key("relink-link"), "{asked:?}");
    }
    let window = visit.press_into_bank("Continue to Alder Bank").await?;
    window.connect().await?;
    window.leave_by("Done").await?;
    let screen = visit.page.waits_for("relinked").await?;
    hears(&merchant, &["created", "opened", "completed"]).await?;
    ensure!(visit.stand.request(&id).await?["state"] == "completed");
    ensure!(visit.complaints().await? == [""; 0]);
    ensure!(screen.buttons.len() == 1, "there is nothing else to do here: {screen:?}");
    visit.page.press("Done").await?;
    until(async || {
        ensure!(address(&visit).await? == merchant.url(), "the customer is not back at the merchant");
        Ok(())
    })
    .await?;
    visit.end().await
}

#[tokio::test]
async fn twenty_looks_with_scripts_change_nothing_and_the_customer_comes_through() -> Result<()> {
    let (visit, merchant) = asking(&[]).await?;
    let (id, link) = visit.stand.link_for(ALDER, &Value::Null).await?;
    visit.goes_to(&link).await?;
    visit.page.shows("explaining", HEADING).await?;
    let before = asked_of_stripe(&visit).await?;
    for _ in 1..20 {
        visit.goes_to("about:blank").await?;
        visit.goes_to(&link).await?;
        visit.page.shows("explaining", HEADING).await?;
    }
    let after = asked_of_stripe(&visit).await?;
    ensure!(after["GET /stripe.js"].as_u64() >= Some(1), "not all is seen: {after}");
    for (route, calls) in after.as_object().into_iter().flatten() {
        // Stripe.js is a file that browsers load, not a call of the server.
        ensure!(route == "GET /stripe.js" || *calls == before[route], "{route}: {before} {after}");
    }
    ensure!(visit.stand.sessions().await?.is_empty());
    ensure!(visit.stand.request(&id).await?["state"] == "opened");
    hears(&merchant, &["created", "opened"]).await?;
    visit.page.press("Continue to Alder Bank").await?;
    visit.connects(visit.bank().await?).await?;
    hears(&merchant, &["created", "opened", "completed"]).await?;
    visit.end().await
}

#[tokio::test]
async fn a_link_that_is_taken_back_while_its_page_is_open_says_so_and_opens_no_window() -> Result<()> {
    let (visit, _merchant) = asking(&[]).await?;
    let (id, link) = visit.stand.link_for(ALDER, &Value::Null).await?;
    visit.goes_to(&link).await?;
    visit.page.shows("explaining", HEADING).await?;
    visit.stand.back_end(Method::POST, &format!("/v1/relink-requests/{id}/cancel"), None).await?;
    visit.page.press("Continue to Alder Bank").await?;
    let screen = visit.page.arrives("link_unusable", "This link no longer works", "Try again").await?;
    ensure!(screen.text.contains("Ask for a new one where you got it."), "{screen:?}");
    ensure!(screen.text.contains("Nothing was changed."), "{screen:?}");
    ensure!(visit.stand.sessions().await?.is_empty());
    visit.end().await
}

#[tokio::test]
async fn whoever_shares_another_account_by_a_link_is_offered_none_and_no_other_bank() -> Result<()> {
    let (visit, merchant) = asking(&[]).await?;
    let (_, link) = visit.stand.link_for(ALDER, &Value::Null).await?;
    visit.goes_to(&link).await?;
    visit.page.shows("explaining", HEADING).await?;
    let window = visit.press_into_bank("Continue to Alder Bank").await?;
    window.sign_in().await?;
    window.choose("2231").await?;
    window.shows("wrong-account").await?;
    window.leave_by("Close").await?;
    visit.sees_failure("no_account", "That account wasn't shared", "Try again").await?;
    hears(&merchant, &["created", "opened"]).await?;
    visit.end().await
}

#[tokio::test]
async fn where_the_network_fails_the_link_is_not_lost() -> Result<()> {
    let (visit, _merchant) = asking(&[]).await?;
    let (_, link) = visit.stand.link_for(ALDER, &Value::Null).await?;
    visit.stand.gate.set("/r/open", Rule::Cut);
    visit.goes_to(&link).await?;
    until(async || {
        let seen =
            visit.page.run("return document.querySelector('main > section:not([hidden]) h1')?.textContent;");
        ensure!(seen.await? == "This page didn't load");
        Ok(())
    })
    .await?;
    visit.stand.gate.set("/r/open", Rule::Pass);
    visit.page.press("Try again").await?;
    visit.page.shows("explaining", HEADING).await?;
    ensure!(address(&visit).await? == format!("{}/r", visit.stand.url()));
    // After a reload the cookie is still there.
    visit.page.reload().await?;
    visit.page.shows("explaining", HEADING).await?;
    visit.end().await
}

//! Page of a relink request's link, and effects that opening a link must not have.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, BrowserSession, Rule, until};
use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_events, prepare_with_email, prepare_with_email_in};

const HEADING: &str = "Reconnect your Alder Bank account";

/// Ends timeouts of 20 seconds at once.
const IMPATIENT: &str = "
    const later = window.setTimeout;
    window.setTimeout = (run, time, ...more) => later(run, time === 20000 ? 0 : time, ...more);
";

async fn address(session: &BrowserSession) -> Result<String> {
    let address = session.page.run("return location.href;").await?;
    Ok(address.as_str().unwrap_or_default().to_owned())
}

/// Returns all calls to Stripe so far.
async fn stripe_calls(session: &BrowserSession) -> Result<Value> {
    Ok(session.environment.state().await?["calls"].clone())
}

#[tokio::test]
async fn a_link_leads_to_one_account_in_the_requests_language_and_back_to_the_merchant() -> Result<()> {
    let (session, merchant) = prepare_with_email_in("es", &[]).await?;
    let more = json!({ "locale": "es", "return_url": merchant.url() });
    let (id, link) = session.environment.link_for(ALDER, &more).await?;
    session.record_complaints();
    // The page of a link requests no token, so the timeout of a token must not matter.
    session.environment.proxy.inject_script(IMPATIENT);
    session.go_to(&link).await?;
    let screen = session.page.assert_screen("explaining", HEADING).await?;
    ensure!(
        address(&session).await? == format!("{}/r", session.environment.url()),
        "what the link carries is in the address"
    );
    let page = session.page.run("return [document.documentElement.lang, document.title];").await?;
    ensure!(page == json!(["es", screen.heading]), "{page}");
    for hidden in ["1204", "Everyday", "Jenny"] {
        ensure!(!screen.text.contains(hidden), "{hidden} is none of a link's business: {screen:?}");
    }
    for asked in session.environment.proxy.requests("/api/") {
        ensure!(!asked.headers.contains_key("authorization"), "{asked:?}");
        ensure!(asked.headers.contains_key("relink-link"), "{asked:?}");
    }
    let window = session.press_into_bank("Continue to Alder Bank").await?;
    window.connect().await?;
    window.close_with("Done").await?;
    let screen = session.page.wait_for_screen("relinked").await?;
    assert_events(&merchant, &["created", "opened", "completed"]).await?;
    ensure!(session.environment.request(&id).await?["state"] == "completed");
    ensure!(session.complaints().await? == [""; 0]);
    ensure!(screen.buttons.len() == 1, "there is nothing else to do here: {screen:?}");
    session.page.press("Done").await?;
    until(async || {
        ensure!(address(&session).await? == merchant.url(), "the customer is not back at the merchant");
        Ok(())
    })
    .await?;
    session.finish().await
}

#[tokio::test]
async fn opening_a_link_twenty_times_changes_nothing() -> Result<()> {
    let (session, merchant) = prepare_with_email(&[]).await?;
    let (id, link) = session.environment.link_for(ALDER, &Value::Null).await?;
    session.go_to(&link).await?;
    session.page.assert_screen("explaining", HEADING).await?;
    let before = stripe_calls(&session).await?;
    for _ in 1..20 {
        session.go_to("about:blank").await?;
        session.go_to(&link).await?;
        session.page.assert_screen("explaining", HEADING).await?;
    }
    let after = stripe_calls(&session).await?;
    ensure!(after["GET /stripe.js"].as_u64() >= Some(1), "not all is seen: {after}");
    for (route, calls) in after.as_object().into_iter().flatten() {
        // Stripe.js is a file that browsers load, not a call of the server.
        ensure!(route == "GET /stripe.js" || *calls == before[route], "{route}: {before} {after}");
    }
    ensure!(session.environment.sessions().await?.is_empty());
    ensure!(session.environment.request(&id).await?["state"] == "opened");
    assert_events(&merchant, &["created", "opened"]).await?;
    session.page.press("Continue to Alder Bank").await?;
    session.connect(session.bank().await?).await?;
    assert_events(&merchant, &["created", "opened", "completed"]).await?;
    session.finish().await
}

#[tokio::test]
async fn a_link_cancelled_while_open_is_reported_and_opens_no_window() -> Result<()> {
    let (session, _merchant) = prepare_with_email(&[]).await?;
    let (id, link) = session.environment.link_for(ALDER, &Value::Null).await?;
    session.go_to(&link).await?;
    session.page.assert_screen("explaining", HEADING).await?;
    session.environment.call_api(Method::POST, &format!("/v1/relink-requests/{id}/cancel"), None).await?;
    session.page.press("Continue to Alder Bank").await?;
    let screen =
        session.page.assert_arrival("link_unusable", "This link no longer works", "Try again").await?;
    ensure!(screen.text.contains("Ask whoever sent it to you for a new one."), "{screen:?}");
    ensure!(screen.text.contains("Nothing was changed."), "{screen:?}");
    ensure!(session.environment.sessions().await?.is_empty());
    session.finish().await
}

#[tokio::test]
async fn a_link_offers_no_replacement_account_or_bank() -> Result<()> {
    let (session, merchant) = prepare_with_email(&[]).await?;
    let (_, link) = session.environment.link_for(ALDER, &Value::Null).await?;
    session.go_to(&link).await?;
    session.page.assert_screen("explaining", HEADING).await?;
    let window = session.press_into_bank("Continue to Alder Bank").await?;
    window.sign_in().await?;
    window.choose("2231").await?;
    window.wait_for_screen("wrong-account").await?;
    window.close_with("Close").await?;
    session.assert_failure("no_account", "That account wasn't shared", "Try again").await?;
    assert_events(&merchant, &["created", "opened"]).await?;
    session.finish().await
}

#[tokio::test]
async fn where_the_network_fails_the_link_is_not_lost() -> Result<()> {
    let (session, _merchant) = prepare_with_email(&[]).await?;
    let (_, link) = session.environment.link_for(ALDER, &Value::Null).await?;
    session.environment.proxy.set_rule("/r/open", Rule::Disconnect);
    session.go_to(&link).await?;
    until(async || {
        let seen = session
            .page
            .run("return document.querySelector('main > section:not([hidden]) h1')?.textContent;");
        ensure!(seen.await? == "This page didn't load");
        Ok(())
    })
    .await?;
    session.environment.proxy.set_rule("/r/open", Rule::Forward);
    session.page.press("Try again").await?;
    session.page.assert_screen("explaining", HEADING).await?;
    ensure!(address(&session).await? == format!("{}/r", session.environment.url()));
    // After a reload the cookie is still there.
    session.page.reload().await?;
    session.page.assert_screen("explaining", HEADING).await?;
    session.finish().await
}

#[tokio::test]
async fn a_link_that_was_changed_on_its_way_opens_while_its_secret_is_whole() -> Result<()> {
    let (session, _merchant) = prepare_with_email(&[]).await?;
    let (_, link) = session.environment.link_for(ALDER, &json!({ "locale": "en" })).await?;
    for changed in [
        format!("{link}."),
        format!("{link}?utm_source=mail&fbclid=1"),
        format!("{link})"),
        link.replace("/r#", "/r/#"),
        link.replace("/r#", "/r?utm_source=mail#"),
        link.replace("/r#", "/r%23"),
    ] {
        session.go_to("about:blank").await?;
        session.go_to(&changed).await?;
        session.page.assert_screen("explaining", "Reconnect your Alder Bank account").await?;
        let address = session.page.run("return location.href;").await?;
        ensure!(address.as_str().is_some_and(|address| !address.contains('#')), "{changed}: {address}");
    }
    session.finish().await
}

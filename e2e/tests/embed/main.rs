//! Integrations into a merchant's page as merchants use them: the shop of `examples/` with the script tag and with
//! the iframe, the packed package in a React application, and the manual's security headers around all of them; and
//! Stripe's own packages against the sandbox.

mod frameworks;
mod stripe_packages;

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use relink_e2e::{ALDER, ALDER_SAVINGS, BrowserSession, Shop, until};
use reqwest::StatusCode;
use serde_json::{Value, json};
use thirtyfour::By;

/// Manual that tells merchants which headers to send.
const MANUAL: &str = include_str!("../../../docs/embed.md");

/// Returns the content of the manual's code block with this info string.
fn block(begin: &str) -> Result<String> {
    let (_, rest) =
        MANUAL.split_once(&format!("```{begin}\n")).with_context(|| format!("no block {begin}"))?;
    let (block, _) = rest.split_once("\n```").context("it does not end")?;
    Ok(block.to_owned())
}

/// Returns a policy of the manual with the URLs of this test: the sandbox replaces everything of Stripe's.
fn policy(name: &str, session: &BrowserSession) -> Result<String> {
    let text =
        block(&format!("csp {name}"))?.replace("https://relink.shop.example", session.environment.url());
    let directives = text.split(';').map(|directive| {
        let mut sources: Vec<&str> = Vec::new();
        for source in directive.split_whitespace() {
            let is_picture = directive.trim_start().starts_with("img-src");
            let source =
                if source.contains("stripe.com") { session.environment.sandbox_url() } else { source };
            // The sandbox has no images.
            if !(sources.contains(&source) || is_picture && source == session.environment.sandbox_url()) {
                sources.push(source);
            }
        }
        sources.join(" ")
    });
    Ok(directives.collect::<Vec<_>>().join("; "))
}

#[tokio::test]
async fn the_shop_sends_what_the_manual_tells_merchants_to_send() -> Result<()> {
    let (session, shop) = Shop::prepare(&Shop::examples().join("merchant")).await?;
    for (path, name) in [("/", "page"), ("/iframe", "iframe")] {
        let headers = shop.headers(&session, path).await?;
        let policy = policy(name, &session)?;
        ensure!(headers["content-security-policy"] == policy, "{path}: {headers:?}, not {policy}");
        for line in block("http page")?.lines() {
            let (name, value) = line.split_once(": ").context("no header")?;
            ensure!(headers[name.to_lowercase().as_str()] == value, "{path}: {headers:?}, not {line}");
        }
    }
    session.finish().await
}

/// Checks that the console is empty: nothing was refused and nothing failed since the page was opened.
async fn all_is_quiet(session: &BrowserSession) -> Result<()> {
    let said = session.browser()?.console().await?;
    ensure!(
        said.is_empty(),
        "the console says {:?}",
        said.iter().map(|one| &one.message).collect::<Vec<_>>()
    );
    Ok(())
}

/// Waits until the expression has this value in the page.
async fn becomes(session: &BrowserSession, expression: &str, expected: &Value) -> Result<()> {
    until(async || {
        let found = session.page.run(&format!("return {expression};")).await?;
        ensure!(found == *expected, "{expression} is {found}, not {expected}");
        Ok(())
    })
    .await
}

/// Goes from the explanation through the bank window to success.
async fn repairs_alder(session: &BrowserSession) -> Result<()> {
    let bank = session.press_into_bank("Continue to Alder Bank").await?;
    session.connect(bank).await?;
    session.assert_account_status(&[ALDER, ALDER_SAVINGS], "active").await
}

#[tokio::test]
async fn the_shop_takes_forms_of_its_own_pages_only_whether_by_http_or_by_https() -> Result<()> {
    let (session, shop) = Shop::prepare(&Shop::examples().join("merchant")).await?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let host = shop.url().trim_start_matches("http://");
    let own = [format!("http://{host}"), format!("https://{host}")];
    for (origin, is_own) in
        [(&*own[0], true), (&*own[1], true), ("https://shop.example", false), ("null", false)]
    {
        let form = client.post(format!("{}/account/sign-in", shop.url()));
        let answer = form.header("origin", origin).send().await?;
        ensure!((answer.status() == StatusCode::FORBIDDEN) != is_own, "{origin}: {}", answer.status());
    }
    session.finish().await
}

#[tokio::test]
async fn in_the_shop_an_account_is_repaired_from_the_banner_under_the_manuals_policy() -> Result<()> {
    let (session, shop) = Shop::prepare(&Shop::examples().join("merchant")).await?;
    session.page.open(shop.url()).await?;
    // The banner's button: the account's is in the dialog, which is still closed.
    session.page.find(".banner .primary").await?.click().await?;
    session
        .page
        .assert_arrival("explaining", "Reconnect your Alder Bank account", "Continue to Alder Bank")
        .await?;
    repairs_alder(&session).await?;
    session.page.press("Done").await?;
    // The element in the page is updated, too, and so is the shop.
    let row = format!(
        "document.getElementById('bank').shadowRoot.querySelector(\"[data-account='{ALDER}'] button\")"
    );
    becomes(&session, &row, &Value::Null).await?;
    becomes(&session, "document.getElementById('subscription').dataset.state", &json!("done")).await?;
    all_is_quiet(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn the_packed_package_repairs_an_account_in_an_application_with_react() -> Result<()> {
    let (session, shop) = Shop::prepare(&Shop::with_react()?).await?;
    session.page.open(shop.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    // The element has reported a broken account to the page.
    becomes(
        &session,
        "document.querySelector('.order button')?.textContent",
        &json!("Waiting for your payment"),
    )
    .await?;
    session.go_to_explanation().await?;
    repairs_alder(&session).await?;
    let thanks = json!("Thank you. 2 accounts work again.");
    becomes(&session, "document.querySelector('[role=status]').textContent", &thanks).await?;
    becomes(&session, "document.querySelector('.order em')?.textContent", &json!("On its way")).await?;
    all_is_quiet(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn every_example_theme_is_legible_and_the_page_of_themes_draws_every_screen_in_it() -> Result<()> {
    let (session, shop) = Shop::prepare(&Shop::examples().join("merchant")).await?;
    session.page.open(&format!("{}/themes/", shop.url())).await?;
    let drawn = "document.querySelectorAll('#screens bank-relink').length > 15";
    becomes(&session, drawn, &json!(true)).await?;
    for theme in ["", "ledger", "meadow", "dusk"] {
        let choice = format!("document.querySelector(\"input[name=preset][value='{theme}']\").click();");
        session.page.run(&choice).await?;
        let expected = "document.querySelectorAll('input[name=preset]:checked').length === 1 \
            && document.getElementById('css').value.includes('--relink-accent')";
        becomes(&session, expected, &json!(!theme.is_empty())).await?;
        becomes(
            &session,
            "document.getElementById('verdict').textContent",
            &json!("Everything can be read well."),
        )
        .await?;
    }
    all_is_quiet(&session).await?;
    session.finish().await
}

/// Returns the code spans in the first column of the manual's table with this heading.
fn table(heading: &str) -> Result<BTreeSet<&'static str>> {
    let (_, rest) =
        MANUAL.split_once(&format!("| {heading} |")).with_context(|| format!("no table {heading}"))?;
    let rows = rest.lines().skip(2).take_while(|line| line.starts_with('|'));
    let first = rows.filter_map(|row| row.trim_start_matches('|').split('|').next());
    Ok(first.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect())
}

#[test]
fn the_manual_names_every_token_and_no_other() -> Result<()> {
    let style = include_str!("../../../style/main.css");
    let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
    let used = style
        .split("var(")
        .skip(1)
        .map(|use_| use_.trim_start().split(|c| !is_name(c)).next().unwrap_or_default());
    let used: BTreeSet<&str> = used.filter(|name| name.starts_with("--relink-")).collect();
    ensure!(used == table("token")?, "the style sheet has {used:?}");
    Ok(())
}

#[tokio::test]
async fn in_an_iframe_an_account_is_repaired_under_a_policy_that_allows_one_frame() -> Result<()> {
    let (session, shop) = Shop::prepare(&Shop::examples().join("merchant")).await?;
    session.page.open(&format!("{}/iframe", shop.url())).await?;
    let driver = session.browser()?.driver()?;
    let frame = until(async || Ok(driver.find(By::Css("iframe[src]")).await?)).await?;
    frame.clone().enter_frame().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    let known = table("part")?;
    let parts = "return [...root.querySelectorAll('[part]')].flatMap((one) => [...one.part]);";
    let parts: Vec<String> = serde_json::from_value(session.page.run(parts).await?)?;
    let unknown: Vec<_> = parts.iter().filter(|part| !known.contains(part.as_str())).collect();
    ensure!(parts.len() > 10 && unknown.is_empty(), "the manual does not name {unknown:?}");
    session.go_to_explanation().await?;
    let bank = session.press_into_bank("Continue to Alder Bank").await?;
    bank.connect().await?;
    bank.close_with("Done").await?;
    // Leaving the bank window leaves every frame.
    frame.enter_frame().await?;
    session.assert_success().await?;
    session.assert_account_status(&[ALDER, ALDER_SAVINGS], "active").await?;
    all_is_quiet(&session).await?;
    session.finish().await
}

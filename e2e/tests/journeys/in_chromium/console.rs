//! Accessibility of every page of the operators' console.

use anyhow::{Result, ensure};
use jsonwebtoken::Algorithm;
use relink_e2e::{BrowserSession, assert_valid_html, until};
use relink_test_kit::{IssuerKey, IssuerStub, OIDC_CLIENT};
use serde_json::json;

use super::checks::{DARK, FORCED, LIGHT, assert_equal_access, assert_fits_320_pixels, assert_no_violations};
use crate::live_updates::{COPPERFIELD, breaks};
use crate::relink_requests::{OPERATOR, prepare_with_email, wait_for_text};

/// Pages of a signed-in operator that an address leads to, and a text on each.
const PAGES: [(&str, &str); 11] = [
    ("?q=cus_SandboxJenny", "Connections"),
    ("?q=nobody", "Connections"),
    ("/accounts/fca_CopperfieldSavings4421", "Copperfield Credit Union"),
    ("/customers/cus_SandboxJenny", "Customer"),
    ("/batches", "Requests"),
    ("/reports?days=7&show=all", "Reports"),
    ("/faults", "Failed"),
    ("/keys", "API keys"),
    ("/sessions", "Sessions"),
    ("/audit", "Audit trail"),
    ("/nowhere", "Page not found"),
];

/// Checks the open page, which contains this text.
async fn assert_accessible(session: &BrowserSession, words: &str) -> Result<()> {
    wait_for_text(session, words).await?;
    assert_no_violations(session, words, &[LIGHT, DARK]).await?;
    assert_no_violations(session, words, &FORCED).await?;
    assert_equal_access(session, words).await?;
    assert_fits_320_pixels(session, words, async || Ok(())).await
}

/// Chooses Arabic, and checks every page from right to left, in dark colours.
async fn assert_accessible_in_arabic(session: &BrowserSession, console: &str) -> Result<()> {
    session.page.run("document.querySelector('button[name=language][value=ar]').click();").await?;
    until(async || {
        let direction = session.page.run("return document.documentElement.dir;").await?;
        ensure!(direction == "rtl", "the page runs {direction}");
        Ok(())
    })
    .await?;
    for (page, _) in PAGES {
        session.go_to(&[console, page].concat()).await?;
        let name = format!("{page} in Arabic");
        assert_no_violations(session, &name, &[DARK]).await?;
        assert_equal_access(session, &name).await?;
        assert_fits_320_pixels(session, &name, async || Ok(())).await?;
    }
    Ok(())
}

#[tokio::test]
async fn on_every_page_of_the_console_axe_finds_nothing() -> Result<()> {
    let (session, _merchant) = prepare_with_email(&[]).await?;
    session.environment.proxy.record_documents();
    session.environment.change_account(COPPERFIELD, &breaks()).await?;
    let console = format!("{}/console", session.environment.url());
    // The server reads the accounts of all customers from its start.
    let jenny = format!("{console}?q=cus_SandboxJenny");
    session.go_to(&format!("{console}/sign-in")).await?;
    assert_accessible(&session, "Sign in to the console").await?;
    session.submit("#email", OPERATOR).await?;
    assert_accessible(&session, "Nine digits").await?;
    session.submit("#code", "000000000").await?;
    assert_accessible(&session, "This code is wrong").await?;
    session.submit("#code", &session.emailed_code().await?).await?;
    wait_for_text(&session, "Connections").await?;
    until(async || {
        session.go_to(&jenny).await?;
        let rows = session.page.run("return document.querySelectorAll('tbody tr').length;").await?;
        ensure!(rows == 4, "{rows} of 4 accounts are known");
        Ok(())
    })
    .await?;
    assert_accessible(&session, "Copperfield Credit Union").await?;

    session.go_to(&format!("{console}/accounts/{COPPERFIELD}")).await?;
    assert_accessible(&session, "Ask the customer").await?;
    session.page.press("Make a link").await?;
    assert_accessible(&session, "Here is the link").await?;
    session.go_to(&jenny).await?;
    wait_for_text(&session, "Connections").await?;
    session.page.press("Ask to reconnect…").await?;
    assert_accessible(&session, "Select at least one connection first.").await?;
    session.page.run("document.querySelector('#all').click();").await?;
    assert_accessible(&session, "All that match are selected").await?;
    session.page.press("Ask to reconnect…").await?;
    assert_accessible(&session, "What would happen").await?;
    session.page.press("Send 3 emails").await?;
    assert_accessible(&session, "Processed").await?;
    for (page, words) in PAGES {
        session.go_to(&[&console, page].concat()).await?;
        assert_accessible(&session, words).await?;
    }
    assert_accessible_in_arabic(&session, &console).await?;
    assert_valid_html(&session.environment.proxy.documents()).await?;
    session.finish().await
}

#[tokio::test]
async fn an_operator_signs_in_at_an_issuer_and_comes_back_to_the_page_they_asked_for() -> Result<()> {
    let key = include_str!("../../../../server/tests/keys/es256.private.pem");
    let key = IssuerKey { kid: "1", algorithm: Algorithm::ES256, pem: key };
    let issuer = IssuerStub::start(key).await?;
    let settings = [
        // Leaked, because the server needs it at its start, and a test is short.
        ("RELINK_OIDC_ISSUER", &*issuer.name().leak()),
        ("RELINK_OIDC_CLIENT_ID", OIDC_CLIENT.0),
        ("RELINK_OIDC_CLIENT_SECRET", OIDC_CLIENT.1),
        ("RELINK_OIDC_ROLES", "support:operator"),
        ("RELINK_OIDC_NAME", "Northwind Login"),
    ];
    let (session, _merchant) = prepare_with_email(&*Vec::from(settings).leak()).await?;
    session.environment.proxy.record_documents();
    let console = format!("{}/console", session.environment.url());
    let begin = "document.querySelector('main a.button').click();";
    session.go_to(&format!("{console}/audit")).await?;
    assert_accessible(&session, "Sign in with Northwind Login").await?;
    session.page.run(begin).await?;
    assert_accessible(&session, "has no role for this console").await?;
    let roles = json!(["support"]);
    issuer.sign_in_as(json!({"sub": "1", "email": OPERATOR, "email_verified": true, "roles": roles}));
    session.go_to(&format!("{console}/audit")).await?;
    session.page.run(begin).await?;
    wait_for_text(&session, "Audit trail").await?;
    wait_for_text(&session, "console sign in failed").await?;
    session.go_to(&format!("{console}/sessions")).await?;
    assert_accessible(&session, OPERATOR).await?;
    assert_valid_html(&session.environment.proxy.documents()).await?;
    session.finish().await
}

//! Failures to load the program: a message for each cause, and a retry without a reload of the page.

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, FaultProxy, Rule, Screen, until};
use serde_json::json;

use super::open_page_with;

const HEADING: &str = "This part of the page didn't load";
pub(crate) const OURS: &str = "You didn't do anything wrong.";

/// Returns a script that restricts the page's content security policy from the start.
pub(crate) fn policy(policy: &str) -> String {
    format!(
        r"
        const meta = document.createElement('meta');
        meta.httpEquiv = 'Content-Security-Policy';
        meta.content = {};
        document.head.append(meta);
        ",
        json!(policy)
    )
}

/// Opens the page with this script in front of its own, up to the card that names the failure.
pub(crate) async fn fails(script: &str, says: &str, detail: &str) -> Result<(BrowserSession, Screen)> {
    let session = BrowserSession::prepare().await?;
    if !script.is_empty() {
        session.environment.proxy.inject_script(script);
    }
    session.page.open(session.environment.url()).await?;
    let screen = seen(&session, says, detail).await?;
    Ok((session, screen))
}

async fn seen(session: &BrowserSession, says: &str, detail: &str) -> Result<Screen> {
    let screen = session.page.assert_screen("not_started", HEADING).await?;
    ensure!(screen.text.contains(says) && screen.text.contains("Nothing was changed."), "{screen:?}");
    ensure!(screen.text.contains(detail) && screen.primary == ["Try again"], "{screen:?}");
    Ok(screen)
}

#[tokio::test]
async fn a_policy_that_forbids_wasm_is_named() -> Result<()> {
    let script = policy("script-src 'self'");
    let (session, _) = fails(&script, OURS, "wasm_blocked CSP: add 'wasm-unsafe-eval' to script-src").await?;
    session.finish().await
}

#[tokio::test]
async fn a_policy_that_only_reports_is_not_named_as_the_cause() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.inject_script(
        "setInterval(() => document.dispatchEvent(new SecurityPolicyViolationEvent('securitypolicyviolation', {
            blockedURI: 'wasm-eval', effectiveDirective: 'script-src', violatedDirective: 'script-src',
            originalPolicy: 'script-src', documentURI: location.href, disposition: 'report', statusCode: 200,
        })), 1);",
    );
    session.environment.proxy.set_rule(".wasm", Rule::NotFound);
    session.page.open(session.environment.url()).await?;
    let screen = session.page.assert_screen("not_started", HEADING).await?;
    ensure!(screen.text.contains("file_missing") && !screen.text.contains("wasm_blocked"), "{screen:?}");
    session.finish().await
}

#[tokio::test]
async fn a_policy_that_forbids_to_ask_is_named_even_where_no_words_can_come() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.inject_script(&policy("connect-src 'none'"));
    session.page.open(session.environment.url()).await?;
    let screen = session.page.wait_for_screen("not_started").await?;
    ensure!(screen.heading == "This part of the page didn't load. Nothing was changed.", "{screen:?}");
    let detail = format!("policy_blocked CSP: add {} to connect-src", session.environment.url());
    ensure!(screen.text.contains(&detail), "{screen:?}");
    session.finish().await
}

#[tokio::test]
async fn an_old_browser_is_told_so() -> Result<()> {
    let says = "Your browser is out of date.";
    let (session, _) = fails("delete globalThis.WebAssembly;", says, "old_browser").await?;
    session.finish().await
}

#[tokio::test]
async fn a_file_that_is_gone_is_found_under_its_new_name_by_another_try() -> Result<()> {
    for (file, rule) in [(".wasm", Rule::NotFoundUntilReload), ("/relink-", Rule::NotFound)] {
        let session = BrowserSession::prepare().await?;
        session.environment.proxy.set_rule(file, Rule::NotFound);
        session.page.open(session.environment.url()).await?;
        seen(&session, "This page was just updated.", "file_missing").await?;
        session.environment.proxy.set_rule(file, if rule == Rule::NotFound { Rule::Forward } else { rule });
        session.page.run("window.same = true;").await?;
        session.page.press("Try again").await?;
        session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
        assert_eq!(session.page.run("return window.same;").await?, json!(true), "the page is the same");
        session.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_new_loader_that_meets_an_older_server_works_once_the_server_is_new() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule("/words-", Rule::OtherTranslationsHash);
    session.page.open(session.environment.url()).await?;
    session.page.wait_for_screen("not_started").await?;
    session.environment.proxy.set_rule("/words-", Rule::Forward);
    // The browser must not have cached the 404 response.
    session.page.reload().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.finish().await
}

#[tokio::test]
async fn attributes_cannot_name_an_untrusted_server_or_token_url() -> Result<()> {
    let (session, other_server) = (BrowserSession::prepare().await?, FaultProxy::start().await?);
    let at = other_server.url();
    for attributes in [
        format!("server='{at}' token-url='/demo/token'"),
        format!("server='{at}/' token-url='/demo/token'"),
        "server='http://' token-url='/demo/token'".to_owned(),
        format!("token-url='{at}/token'"),
    ] {
        open_page_with(&session, &format!("<bank-relink {attributes}></bank-relink>")).await?;
        seen(&session, OURS, "untrusted_attribute").await?;
    }
    ensure!(other_server.requests("").is_empty(), "{:?}", other_server.requests(""));
    session.finish().await
}

#[tokio::test]
async fn a_file_of_the_wrong_type_is_named() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule("/relink-", Rule::WrongContentType);
    session.page.open(session.environment.url()).await?;
    seen(&session, OURS, "wrong_type relink-").await?;
    session.environment.proxy.set_rule("/relink-", Rule::Forward);
    session.page.press("Try again").await?;
    session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
    session.finish().await
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_asked_again() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule(".wasm", Rule::Disconnect);
    session.page.open(session.environment.url()).await?;
    seen(&session, "we can't reach our server", "unreachable").await?;
    session.environment.proxy.set_rule(".wasm", Rule::Forward);
    session.page.press("Try again").await?;
    session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
    session.finish().await
}

#[tokio::test]
async fn without_a_network_it_says_so_and_goes_on_by_itself() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule(".wasm", Rule::Disconnect);
    session.environment.proxy.inject_script(
        "Object.defineProperty(navigator, 'onLine', { get: () => window.isOnline === true });",
    );
    session.page.open(session.environment.url()).await?;
    let screen = session.page.assert_screen("not_started", "You're offline").await?;
    ensure!(screen.text.contains("We'll continue when you're back online."), "{screen:?}");
    session.environment.proxy.set_rule(".wasm", Rule::Forward);
    session.page.run("window.isOnline = true; window.dispatchEvent(new Event('online'));").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.finish().await
}

/// Counts the element's listeners that wait for the network.
const COUNTS_LISTENERS: &str = r"
    const [add, remove] = [window.addEventListener, window.removeEventListener];
    window.waiting = new Set();
    window.addEventListener = (name, listener, options) => {
        if (name === 'online') window.waiting.add(listener);
        add.call(window, name, listener, options);
    };
    window.removeEventListener = (name, listener, options) => {
        if (name === 'online') window.waiting.delete(listener);
        remove.call(window, name, listener, options);
    };
    window.failures = 0;
    document.addEventListener('DOMContentLoaded', () => {
        document.querySelector('bank-relink').addEventListener('relink-error', () => window.failures++);
    });
";

#[tokio::test]
async fn however_often_it_fails_it_waits_once_for_the_network_and_not_at_all_once_it_is_removed() -> Result<()>
{
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule(".wasm", Rule::Disconnect);
    session.environment.proxy.inject_script(COUNTS_LISTENERS);
    session.page.open(session.environment.url()).await?;
    for failures in 1..4 {
        until(async || {
            let failed = session.page.run("return window.failures;").await?;
            ensure!(failed == json!(failures), "failed {failed} times instead of {failures}");
            Ok(())
        })
        .await?;
        assert_eq!(session.page.run("return window.waiting.size;").await?, json!(1), "after {failures}");
        session.page.press("Try again").await?;
    }
    session.page.run("document.querySelector('bank-relink').remove();").await?;
    assert_eq!(session.page.run("return window.waiting.size;").await?, json!(0));
    session.finish().await
}

#[tokio::test]
async fn a_missing_token_source_is_reported_in_the_console() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.record_complaints();
    // Ends timeouts of 20 seconds at once.
    let at_once = r"
        const later = window.setTimeout;
        window.setTimeout = (does, wait, ...words) => later(does, wait === 20000 ? 0 : wait, ...words);
    ";
    session.environment.proxy.inject_script(at_once);
    open_page_with(&session, "<bank-relink></bank-relink>").await?;
    session.page.assert_screen("unreachable", "This service isn't responding").await?;
    let complaints = session.complaints().await?;
    let says = "no token from getToken or token-url";
    ensure!(complaints.iter().any(|complaint| complaint.contains(says)), "{complaints:?}");
    session.finish().await
}

//! Failures to load the program: a message for each cause, and a retry without a reload of the page.

use anyhow::{Result, ensure};
use relink_e2e::{Gate, Rule, Screen, Visit};
use serde_json::json;

use super::page_with;

const HEADING: &str = "This part of the page didn't load";
const OURS: &str = "This is on our side, not yours.";

/// Returns a script that restricts the page's content security policy from the start.
fn policy(policy: &str) -> String {
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
async fn fails(script: &str, says: &str, detail: &str) -> Result<(Visit, Screen)> {
    let visit = Visit::prepare().await?;
    if !script.is_empty() {
        visit.stand.gate.runs_first(script);
    }
    visit.page.open(visit.stand.url()).await?;
    let screen = seen(&visit, says, detail).await?;
    Ok((visit, screen))
}

async fn seen(visit: &Visit, says: &str, detail: &str) -> Result<Screen> {
    let screen = visit.page.shows("not_started", HEADING).await?;
    ensure!(screen.text.contains(says) && screen.text.contains("Nothing was changed."), "{screen:?}");
    ensure!(screen.text.contains(detail) && screen.primary == ["Try again"], "{screen:?}");
    Ok(screen)
}

#[tokio::test]
async fn a_policy_that_forbids_wasm_is_named() -> Result<()> {
    let script = policy("script-src 'self'");
    let (visit, _) = fails(&script, OURS, "wasm_blocked CSP: add 'wasm-unsafe-eval' to script-src").await?;
    visit.end().await
}

#[tokio::test]
async fn a_policy_that_forbids_to_ask_is_named_even_where_no_words_can_come() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.stand.gate.runs_first(&policy("connect-src 'none'"));
    visit.page.open(visit.stand.url()).await?;
    let screen = visit.page.waits_for("not_started").await?;
    ensure!(screen.heading == "This part of the page didn't load. Nothing was changed.", "{screen:?}");
    let detail = format!("policy_blocked CSP: add {} to connect-src", visit.stand.url());
    ensure!(screen.text.contains(&detail), "{screen:?}");
    visit.end().await
}

#[tokio::test]
async fn an_old_browser_is_told_so() -> Result<()> {
    let says = "Your browser is too old for it.";
    let (visit, _) = fails("delete globalThis.WebAssembly;", says, "old_browser").await?;
    visit.end().await
}

#[tokio::test]
async fn a_file_that_is_gone_is_found_under_its_new_name_by_another_try() -> Result<()> {
    for (file, rule) in [(".wasm", Rule::Replaced), ("/relink-", Rule::Missing)] {
        let visit = Visit::prepare().await?;
        visit.stand.gate.set(file, Rule::Missing);
        visit.page.open(visit.stand.url()).await?;
        seen(&visit, "It was updated a moment ago.", "file_missing").await?;
        visit.stand.gate.set(file, if rule == Rule::Missing { Rule::Pass } else { rule });
        visit.page.run("window.same = true;").await?;
        visit.page.press("Try again").await?;
        visit.page.arrives_without_choice("browsing", "Your bank accounts").await?;
        assert_eq!(visit.page.run("return window.same;").await?, json!(true), "the page is the same");
        visit.end().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_new_loader_that_meets_an_older_server_works_once_the_server_is_new() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.stand.gate.set("/words-", Rule::OlderServer);
    visit.page.open(visit.stand.url()).await?;
    visit.page.waits_for("not_started").await?;
    visit.stand.gate.set("/words-", Rule::Pass);
    // The browser must not have cached the 404 response.
    visit.page.reload().await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.end().await
}

#[tokio::test]
async fn markup_sends_the_token_to_no_other_server_and_asks_none_for_one() -> Result<()> {
    let (visit, elsewhere) = (Visit::prepare().await?, Gate::open().await?);
    let at = elsewhere.url();
    for attributes in [
        format!("server='{at}' token-url='/demo/token'"),
        format!("server='{at}/' token-url='/demo/token'"),
        "server='http://' token-url='/demo/token'".to_owned(),
        format!("token-url='{at}/token'"),
    ] {
        page_with(&visit, &format!("<bank-relink {attributes}></bank-relink>")).await?;
        seen(&visit, OURS, "untrusted_attribute").await?;
    }
    ensure!(elsewhere.asked("").is_empty(), "{:?}", elsewhere.asked(""));
    visit.end().await
}

#[tokio::test]
async fn a_file_of_the_wrong_type_is_named() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.stand.gate.set("/relink-", Rule::Mistyped);
    visit.page.open(visit.stand.url()).await?;
    seen(&visit, OURS, "wrong_type relink-").await?;
    visit.stand.gate.set("/relink-", Rule::Pass);
    visit.page.press("Try again").await?;
    visit.page.arrives_without_choice("browsing", "Your bank accounts").await?;
    visit.end().await
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_asked_again() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.stand.gate.set(".wasm", Rule::Cut);
    visit.page.open(visit.stand.url()).await?;
    seen(&visit, "our server can't be reached", "unreachable").await?;
    visit.stand.gate.set(".wasm", Rule::Pass);
    visit.page.press("Try again").await?;
    visit.page.arrives_without_choice("browsing", "Your bank accounts").await?;
    visit.end().await
}

#[tokio::test]
async fn without_a_network_it_says_so_and_goes_on_by_itself() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.stand.gate.set(".wasm", Rule::Cut);
    visit
        .stand
        .gate
        .runs_first("Object.defineProperty(navigator, 'onLine', { get: () => window.isOnline === true });");
    visit.page.open(visit.stand.url()).await?;
    let screen = visit.page.shows("not_started", "You're offline").await?;
    ensure!(screen.text.contains("We'll continue when you're back."), "{screen:?}");
    visit.stand.gate.set(".wasm", Rule::Pass);
    visit.page.run("window.isOnline = true; window.dispatchEvent(new Event('online'));").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.end().await
}

#[tokio::test]
async fn whoever_forgets_to_say_where_tokens_come_from_is_told_in_the_console() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.listen();
    // Ends timeouts of 20 seconds at once.
    let at_once = r"
        const later = window.setTimeout;
        window.setTimeout = (does, wait, ...words) => later(does, wait === 20000 ? 0 : wait, ...words);
    ";
    visit.stand.gate.runs_first(at_once);
    page_with(&visit, "<bank-relink></bank-relink>").await?;
    visit.page.shows("unreachable", "This service isn't answering").await?;
    let complaints = visit.complaints().await?;
    let says = "no token from getToken or token-url";
    ensure!(complaints.iter().any(|complaint| complaint.contains(says)), "{complaints:?}");
    visit.end().await
}

//! Events for the merchant's page: each once and in order, for listeners anywhere and for callbacks, and never with a
//! secret.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, ALDER_SAVINGS, BrowserSession, TERN};
use serde_json::json;

/// Adds an element and records its events, by name at the document and by callback. The listeners are added in the
/// same script as the element, because `ready` comes soon and only once.
const RECORD_EVENTS: &str = r"
    window.received = [];
    document.querySelector('main').innerHTML = '<bank-relink token-url=/demo/token></bank-relink>';
    const element = document.querySelector('bank-relink');
    for (const name of ['ready', 'open', 'success', 'new-account', 'exit', 'error'])
        document.addEventListener(`relink-${name}`, ({ detail, bubbles, composed }) => {
            received.push([name, detail, bubbles && composed]);
        });
    for (const name of ['onSuccess', 'onExit', 'onEvent'])
        element[name] = (detail) => {
            received.push([name, detail]);
            throw new Error('A mistake of the page’s');
        };
";

async fn prepare() -> Result<BrowserSession> {
    let session = BrowserSession::prepare().await?;
    session.page.open(session.environment.url()).await?;
    session.page.run(RECORD_EVENTS).await?;
    Ok(session)
}

#[tokio::test]
async fn a_success_is_told_with_all_that_was_repaired_and_no_secret() -> Result<()> {
    let session = prepare().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    let bank = session.go_to_bank().await?;
    session.connect(bank).await?;
    session.page.wait_for_rendering().await?;
    let received = session.page.run("return received;").await?;
    let of = |name: &str| -> Vec<_> {
        received.as_array().into_iter().flatten().filter(|one| one[0] == name).cloned().collect()
    };
    assert_eq!(of("ready"), [json!(["ready", { "accounts": 4, "broken": 2, "expiring": 0 }, true])]);
    assert_eq!(of("open"), [json!(["open", { "account": ALDER }, true])]);
    let success = json!({ "account": ALDER, "repaired": [ALDER, ALDER_SAVINGS] });
    assert_eq!(of("success"), [json!(["success", success, true])]);
    assert_eq!(of("onSuccess")[0][1]["type"], "success");
    ensure!(of("exit").is_empty() && of("error").is_empty(), "{received}");
    let screens: Vec<_> = of("onEvent").into_iter().filter(|one| one[1]["name"] == "screen").collect();
    let screens: Vec<_> = screens.iter().map(|one| one[1]["detail"]["screen"].as_str()).collect();
    ensure!(
        screens.ends_with(&[Some("at_bank"), Some("checking"), Some("relinked")])
            || screens.ends_with(&[Some("at_bank"), Some("relinked")]),
        "{screens:?}"
    );
    let text = received.to_string();
    ensure!(!text.contains("secret") && !text.contains("eyJ"), "{text}");
    session.finish().await
}

#[tokio::test]
async fn exit_events_report_closing_cancelling_and_unrepairable_accounts() -> Result<()> {
    let session = prepare().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.go_to_explanation().await?;
    session.back_to_accounts("Not now").await?;
    session.page.run(&format!("document.querySelector('bank-relink').account = '{TERN}';")).await?;
    session.page.wait_for_screen("unrepairable").await?;
    session.page.run("document.querySelector('bank-relink').close();").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.go_to_bank().await?.close().await?;
    session.page.wait_for_screen("cancelled").await?;
    session.page.wait_for_rendering().await?;
    let exits = "return received.filter(([name]) => name === 'onExit').map(([, { reason, account }]) => [reason, account]);";
    let expected = json!([["closed", ALDER], ["not_repairable", TERN], ["cancelled", ALDER]]);
    assert_eq!(session.page.run(exits).await?, expected);
    session.finish().await
}

#[tokio::test]
async fn a_failure_is_told_by_its_code() -> Result<()> {
    let session = prepare().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.go_to_explanation_while_stripe_is_blocked().await?;
    session.page.press("Continue to Alder Bank").await?;
    session.page.wait_for_screen("stripe_blocked").await?;
    session.page.wait_for_rendering().await?;
    let errors = "return received.filter(([name]) => name === 'error').map(([, detail]) => detail);";
    let expected = json!([{ "code": "stripe_blocked", "request_id": null }]);
    assert_eq!(session.page.run(errors).await?, expected);
    session.finish().await
}

//! Events for the merchant's page: each once and in order, for listeners anywhere and for callbacks, and never with a
//! secret.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, ALDER_SAVINGS, TERN, Visit};
use serde_json::json;

/// Adds an element and records its events, by name at the document and by callback. The listeners are added in the
/// same script as the element, because `ready` comes soon and only once.
const HEARD: &str = r"
    window.heard = [];
    document.querySelector('main').innerHTML = '<bank-relink token-url=/demo/token></bank-relink>';
    const element = document.querySelector('bank-relink');
    for (const name of ['ready', 'open', 'success', 'new-account', 'exit', 'error'])
        document.addEventListener(`relink-${name}`, ({ detail, bubbles, composed }) => {
            heard.push([name, detail, bubbles && composed]);
        });
    for (const name of ['onSuccess', 'onExit', 'onEvent'])
        element[name] = (detail) => {
            heard.push([name, detail]);
            throw new Error('A mistake of the page’s');
        };
";

async fn prepare() -> Result<Visit> {
    let visit = Visit::prepare().await?;
    visit.page.open(visit.stand.url()).await?;
    visit.page.run(HEARD).await?;
    Ok(visit)
}

#[tokio::test]
async fn a_success_is_told_with_all_that_was_repaired_and_no_secret() -> Result<()> {
    let visit = prepare().await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    let bank = visit.go_to_bank().await?;
    visit.connects(bank).await?;
    visit.page.settles().await?;
    let told = visit.page.run("return heard;").await?;
    let of = |name: &str| -> Vec<_> {
        told.as_array().into_iter().flatten().filter(|one| one[0] == name).cloned().collect()
    };
    assert_eq!(of("ready"), [json!(["ready", { "accounts": 4, "broken": 2, "expiring": 0 }, true])]);
    assert_eq!(of("open"), [json!(["open", { "account": ALDER }, true])]);
    let success = json!({ "account": ALDER, "repaired": [ALDER, ALDER_SAVINGS] });
    assert_eq!(of("success"), [json!(["success", success, true])]);
    assert_eq!(of("onSuccess")[0][1]["type"], "success");
    ensure!(of("exit").is_empty() && of("error").is_empty(), "{told}");
    let screens: Vec<_> = of("onEvent").into_iter().filter(|one| one[1]["name"] == "screen").collect();
    let screens: Vec<_> = screens.iter().map(|one| one[1]["detail"]["screen"].as_str()).collect();
    ensure!(
        screens.ends_with(&[Some("at_bank"), Some("checking"), Some("relinked")])
            || screens.ends_with(&[Some("at_bank"), Some("relinked")]),
        "{screens:?}"
    );
    let text = told.to_string();
    ensure!(!text.contains("secret") && !text.contains("eyJ"), "{text}");
    visit.end().await
}

#[tokio::test]
async fn whoever_turns_away_or_can_not_go_on_is_told_of() -> Result<()> {
    let visit = prepare().await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.explain().await?;
    visit.back_to_accounts("Not now").await?;
    visit.page.choose(TERN).await?;
    visit.page.waits_for("unrepairable").await?;
    visit.page.run("document.querySelector('bank-relink').close();").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.go_to_bank().await?.close().await?;
    visit.page.waits_for("cancelled").await?;
    visit.page.settles().await?;
    let exits = "return heard.filter(([name]) => name === 'onExit').map(([, { reason, account }]) => [reason, account]);";
    let expected = json!([["closed", ALDER], ["not_repairable", TERN], ["cancelled", ALDER]]);
    assert_eq!(visit.page.run(exits).await?, expected);
    visit.end().await
}

#[tokio::test]
async fn a_failure_is_told_by_its_code() -> Result<()> {
    let visit = prepare().await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.explain_while_stripe_is_blocked().await?;
    visit.page.press("Continue to Alder Bank").await?;
    visit.page.waits_for("stripe_blocked").await?;
    visit.page.settles().await?;
    let errors = "return heard.filter(([name]) => name === 'error').map(([, detail]) => detail);";
    let expected = json!([{ "code": "stripe_blocked", "request_id": null }]);
    assert_eq!(visit.page.run(errors).await?, expected);
    visit.end().await
}

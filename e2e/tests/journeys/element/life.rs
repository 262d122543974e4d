//! Life cycle of elements: several in a page, removed and inserted again, near the viewport or far from it, and with
//! two loaders.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, Restart, Rule, TERN, Visit, until};
use serde_json::json;

use super::page_with;

const ELEMENT: &str = "<bank-relink token-url='/demo/token'></bank-relink>";

/// Returns the screens of all elements in the page.
const SCREENS: &str = r"
    return [...document.querySelectorAll('bank-relink')].map(
        (one) => one.shadowRoot.querySelector('[data-screen]')?.dataset.screen ?? '',
    );
";

async fn screens_are(visit: &Visit, expected: &[&str]) -> Result<()> {
    until(async || {
        let screens = visit.page.run(SCREENS).await?;
        ensure!(screens == json!(expected), "the screens are {screens}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn several_elements_of_a_page_each_have_their_own_conversation_and_language() -> Result<()> {
    let visit = Visit::prepare().await?;
    let two = [ELEMENT, &ELEMENT.replace("<bank-relink", "<bank-relink locale='es'")].concat();
    page_with(&visit, &two).await?;
    screens_are(&visit, &["browsing", "browsing"]).await?;
    visit.page.choose(ALDER).await?;
    screens_are(&visit, &["explaining", "browsing"]).await?;
    let headings = r"
        return [...document.querySelectorAll('bank-relink')].map((one) => {
            const said = one.shadowRoot.querySelector('h1');
            return [said.textContent, said.closest('[lang]').lang];
        });
    ";
    let expected = json!([["Reconnect your Alder Bank account", "en"], ["Sus cuentas bancarias", "es"]]);
    assert_eq!(visit.page.run(headings).await?, expected);
    assert_eq!(visit.stand.gate.asked("/relink-later-").len(), 1, "one program for both");
    visit.end().await
}

#[tokio::test]
async fn what_is_taken_out_of_the_page_lets_go_of_everything_and_begins_anew_when_it_is_back() -> Result<()> {
    let visit = Visit::prepare().await?;
    page_with(&visit, ELEMENT).await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.page.choose(ALDER).await?;
    visit.page.waits_for("explaining").await?;
    until(async || {
        ensure!(!visit.stand.gate.asked("/api/changes").is_empty(), "it does not listen");
        Ok(())
    })
    .await?;
    visit.page.run("window.kept = document.querySelector('bank-relink'); kept.remove();").await?;
    until(async || {
        let streams = visit.stand.gate.asked("/api/changes");
        ensure!(streams.iter().all(relink_e2e::Asked::is_over), "it still listens");
        Ok(())
    })
    .await?;
    visit.page.run("document.querySelector('main').append(kept);").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.explain().await?;
    visit.end().await
}

async fn accounts_have_come(visit: &Visit) -> Result<()> {
    until(async || {
        let asked = visit.stand.gate.asked("/api/accounts");
        ensure!(asked.iter().any(relink_e2e::Asked::is_over), "nobody has asked for the accounts yet");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn while_the_program_is_on_its_way_the_accounts_are_asked_for_and_only_once() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.stand.gate.set(".wasm", Rule::Hold);
    visit.page.open(visit.stand.url()).await?;
    accounts_have_come(&visit).await?;
    visit.stand.gate.set(".wasm", Rule::Pass);
    visit.page.shows("browsing", "Your bank accounts").await?;
    for path in ["/demo/token", "/api/accounts"] {
        assert_eq!(visit.stand.gate.asked(path).len(), 1, "{path}");
    }
    visit.end().await
}

#[tokio::test]
async fn a_first_token_that_is_not_taken_any_more_once_the_program_is_there_is_asked_for_again() -> Result<()>
{
    let mut visit = Visit::prepare().await?;
    visit.stand.gate.set(".wasm", Rule::Hold);
    visit.page.open(visit.stand.url()).await?;
    accounts_have_come(&visit).await?;
    visit.stand.stop_server();
    visit.stand.start_server(Restart::AnotherKey).await?;
    visit.stand.gate.set(".wasm", Rule::Pass);
    visit.page.shows("browsing", "Your bank accounts").await?;
    until(async || {
        ensure!(visit.stand.gate.asked("/demo/token").len() == 2, "nobody has asked for another token");
        Ok(())
    })
    .await?;
    visit.explain().await?;
    visit.end().await
}

#[tokio::test]
async fn far_from_the_screen_nothing_is_fetched_until_the_reader_comes_near() -> Result<()> {
    let visit = Visit::prepare().await?;
    page_with(&visit, "<p>A long page.</p>").await?;
    let far = r"
        const [space, element] = [document.createElement('div'), document.createElement('bank-relink')];
        space.style.blockSize = '5000px';
        element.setAttribute('token-url', '/demo/token');
        document.querySelector('main').append(space, element);
    ";
    visit.page.run(far).await?;
    visit.page.settles().await?;
    visit.page.settles().await?;
    screens_are(&visit, &["opening"]).await?;
    visit.page.run("document.querySelector('bank-relink').scrollIntoView();").await?;
    screens_are(&visit, &["browsing"]).await?;
    visit.end().await
}

/// Imports another loader into the page, from this URL.
async fn load_another(visit: &Visit, address: &str) -> Result<()> {
    visit
        .page
        .run(&format!("window.copies = 0; import('{address}').then(() => (window.copies = 2));"))
        .await?;
    until(async || {
        ensure!(visit.page.run("return window.copies;").await? == 2, "the other copy is not there");
        Ok(())
    })
    .await
}

/// Waits until the element has its style sheet.
async fn is_styled(visit: &Visit) -> Result<()> {
    until(async || {
        let look = "return getComputedStyle(root.querySelector('.root')).containerType;";
        ensure!(visit.page.run(look).await? == json!("inline-size"), "the style sheet is not there");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn two_copies_of_the_loader_are_one() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.listen();
    page_with(&visit, ELEMENT).await?;
    load_another(&visit, "/relink.js?another").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    assert_eq!(visit.complaints().await?, Vec::<String>::new());
    visit.end().await
}

#[tokio::test]
async fn beside_a_newer_loader_an_older_one_does_nothing() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.listen();
    page_with(&visit, ELEMENT).await?;
    visit.stand.gate.set("/relink.js?older", Rule::Older);
    load_another(&visit, "/relink.js?older").await?;
    visit.page.run("document.querySelector('main').innerHTML += ' ';").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    assert_eq!(visit.complaints().await?, Vec::<String>::new());
    visit.end().await
}

#[tokio::test]
async fn an_older_loader_that_came_first_brings_the_program_of_now_and_says_the_right_things() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.stand.gate.set("/relink.js", Rule::Older);
    visit.stand.gate.set("/relink.js?", Rule::Pass);
    page_with(&visit, &ELEMENT.replace("token-url", "mode='dialog' locale='es' token-url")).await?;
    load_another(&visit, "/relink.js?newer").await?;
    visit.page.run("document.querySelector('bank-relink').open();").await?;
    visit.page.shows("browsing", "Sus cuentas bancarias").await?;
    let said = "return [root.querySelector('.close').ariaLabel, root.querySelector('dialog').ariaLabel];";
    assert_eq!(visit.page.run(said).await?, json!(["Cerrar", "Sus cuentas bancarias"]));
    is_styled(&visit).await?;
    visit.end().await
}

#[tokio::test]
async fn a_page_that_was_open_while_the_server_was_updated_loads_the_new_version_by_itself() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.stand.gate.set("/relink.js", Rule::Outdated);
    visit.stand.gate.set("/relink.js?", Rule::Pass);
    visit.page.open(visit.stand.url()).await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    is_styled(&visit).await?;
    ensure!(!visit.page.screen().await?.heading_has_focus, "nobody has asked for anything yet");
    visit.end().await
}

#[tokio::test]
async fn an_element_about_one_account_goes_straight_to_it() -> Result<()> {
    let visit = Visit::prepare().await?;
    page_with(&visit, &ELEMENT.replace("token-url", &format!("account='{ALDER}' token-url"))).await?;
    visit.page.shows("explaining", "Reconnect your Alder Bank account").await?;
    ensure!(!visit.page.screen().await?.heading_has_focus, "nobody has asked for anything yet");
    let about = |account: &str| format!("document.querySelector('bank-relink').account = '{account}';");
    visit.page.run(&about(TERN)).await?;
    visit.page.shows("unrepairable", "This account can't be reconnected").await?;
    visit.page.run(&about("")).await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.sessions_were_asked_for(0).await?;
    visit.end().await
}

#[tokio::test]
async fn a_token_is_asked_for_when_there_is_somebody_to_ask_and_again_when_it_has_expired() -> Result<()> {
    let mut visit = Visit::prepare().await?;
    page_with(&visit, "<bank-relink></bank-relink>").await?;
    visit.page.waits_for("opening").await?;
    let give = r"
        window.asked = 0;
        document.querySelector('bank-relink').getToken = async () => {
            window.asked += 1;
            const response = await fetch('/demo/token');
            return (await response.json()).token;
        };
    ";
    visit.page.run(give).await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    let asked = async || visit.page.run("return window.asked;").await;
    assert_eq!(asked().await?, json!(1));
    visit.stand.stop_server();
    visit.stand.start_server(Restart::AnotherKey).await?;
    visit.go_to_bank().await?.step_out().await?;
    ensure!(asked().await?.as_u64() >= Some(2), "not asked again");
    visit.end().await
}

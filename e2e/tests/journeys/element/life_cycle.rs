//! Life cycle of elements: several in a page, removed and inserted again, near the viewport or far from it, and with
//! two loaders.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, BrowserSession, Restart, Rule, TERN, until};
use serde_json::json;

use super::open_page_with;

const ELEMENT: &str = "<bank-relink token-url='/demo/token'></bank-relink>";

/// Returns the screens of all elements in the page.
const SCREENS: &str = r"
    return [...document.querySelectorAll('bank-relink')].map(
        (one) => one.shadowRoot.querySelector('[data-screen]')?.dataset.screen ?? '',
    );
";

async fn screens_are(session: &BrowserSession, expected: &[&str]) -> Result<()> {
    until(async || {
        let screens = session.page.run(SCREENS).await?;
        ensure!(screens == json!(expected), "the screens are {screens}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn several_elements_of_a_page_each_have_their_own_conversation_and_language() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    let two = [ELEMENT, &ELEMENT.replace("<bank-relink", "<bank-relink locale='es'")].concat();
    open_page_with(&session, &two).await?;
    screens_are(&session, &["browsing", "browsing"]).await?;
    session.page.open_account(ALDER).await?;
    screens_are(&session, &["explaining", "browsing"]).await?;
    let headings = r"
        return [...document.querySelectorAll('bank-relink')].map((one) => {
            const said = one.shadowRoot.querySelector('h1');
            return [said.textContent, said.closest('[lang]').lang];
        });
    ";
    let expected = json!([["Reconnect your Alder Bank account", "en"], ["Sus cuentas bancarias", "es"]]);
    assert_eq!(session.page.run(headings).await?, expected);
    assert_eq!(session.environment.proxy.requests("/relink-later-").len(), 1, "one program for both");
    for path in ["/demo/token", "/api/accounts"] {
        // One for both, and one for the element that was in the page before.
        assert!(session.environment.proxy.requests(path).len() <= 2, "{path}");
    }
    session.finish().await
}

#[tokio::test]
async fn a_removed_element_closes_its_stream_and_restarts_when_inserted_again() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    open_page_with(&session, ELEMENT).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.page.open_account(ALDER).await?;
    session.page.wait_for_screen("explaining").await?;
    until(async || {
        ensure!(!session.environment.proxy.requests("/api/changes").is_empty(), "it does not listen");
        Ok(())
    })
    .await?;
    session.page.run("window.kept = document.querySelector('bank-relink'); kept.remove();").await?;
    until(async || {
        let streams = session.environment.proxy.requests("/api/changes");
        ensure!(streams.iter().all(relink_e2e::RecordedRequest::response_ended), "it still listens");
        Ok(())
    })
    .await?;
    session.page.run("document.querySelector('main').append(kept);").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.go_to_explanation().await?;
    session.finish().await
}

async fn accounts_have_come(session: &BrowserSession) -> Result<()> {
    until(async || {
        let asked = session.environment.proxy.requests("/api/accounts");
        ensure!(
            asked.iter().any(relink_e2e::RecordedRequest::response_ended),
            "nobody has asked for the accounts yet"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn while_the_program_is_on_its_way_the_accounts_are_asked_for_and_only_once() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule(".wasm", Rule::Hold);
    session.page.open(session.environment.url()).await?;
    accounts_have_come(&session).await?;
    session.environment.proxy.set_rule(".wasm", Rule::Forward);
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    for path in ["/demo/token", "/api/accounts"] {
        assert_eq!(session.environment.proxy.requests(path).len(), 1, "{path}");
    }
    session.finish().await
}

#[tokio::test]
async fn a_rejected_first_token_is_requested_again() -> Result<()> {
    let mut session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule(".wasm", Rule::Hold);
    session.page.open(session.environment.url()).await?;
    accounts_have_come(&session).await?;
    session.environment.stop_server();
    session.environment.start_server(Restart::NewTokenKey).await?;
    session.environment.proxy.set_rule(".wasm", Rule::Forward);
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    until(async || {
        ensure!(
            session.environment.proxy.requests("/demo/token").len() == 2,
            "nobody has asked for another token"
        );
        Ok(())
    })
    .await?;
    session.go_to_explanation().await?;
    session.finish().await
}

#[tokio::test]
async fn far_from_the_screen_nothing_is_fetched_until_the_reader_comes_near() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    open_page_with(&session, "<p>A long page.</p>").await?;
    let far = r"
        const [space, element] = [document.createElement('div'), document.createElement('bank-relink')];
        space.style.blockSize = '5000px';
        element.setAttribute('token-url', '/demo/token');
        document.querySelector('main').append(space, element);
    ";
    session.page.run(far).await?;
    session.page.wait_for_rendering().await?;
    session.page.wait_for_rendering().await?;
    screens_are(&session, &["opening"]).await?;
    session.page.run("document.querySelector('bank-relink').scrollIntoView();").await?;
    screens_are(&session, &["browsing"]).await?;
    session.finish().await
}

/// Imports another loader into the page, from this URL.
async fn load_another(session: &BrowserSession, address: &str) -> Result<()> {
    session
        .page
        .run(&format!("window.copies = 0; import('{address}').then(() => (window.copies = 2));"))
        .await?;
    until(async || {
        ensure!(session.page.run("return window.copies;").await? == 2, "the other copy is not there");
        Ok(())
    })
    .await
}

/// Waits until the element has its style sheet.
async fn is_styled(session: &BrowserSession) -> Result<()> {
    until(async || {
        let style = "return getComputedStyle(root.querySelector('.root')).display;";
        ensure!(session.page.run(style).await? == json!("grid"), "the style sheet is not there");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn two_copies_of_the_loader_are_one() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.record_complaints();
    open_page_with(&session, ELEMENT).await?;
    load_another(&session, "/relink.js?another").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    assert_eq!(session.complaints().await?, Vec::<String>::new());
    session.finish().await
}

#[tokio::test]
async fn beside_a_newer_loader_an_older_one_does_nothing() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.record_complaints();
    open_page_with(&session, ELEMENT).await?;
    session.environment.proxy.set_rule("/relink.js?older", Rule::OldestLoader);
    load_another(&session, "/relink.js?older").await?;
    session.page.run("document.querySelector('main').innerHTML += ' ';").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    assert_eq!(session.complaints().await?, Vec::<String>::new());
    session.finish().await
}

#[tokio::test]
async fn an_older_loader_loads_the_current_program_and_texts() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule("/relink.js", Rule::OldestLoader);
    session.environment.proxy.set_rule("/relink.js?", Rule::Forward);
    open_page_with(&session, &ELEMENT.replace("token-url", "mode='dialog' locale='es' token-url")).await?;
    load_another(&session, "/relink.js?newer").await?;
    session.page.run("document.querySelector('bank-relink').open();").await?;
    session.page.assert_screen("browsing", "Sus cuentas bancarias").await?;
    let said = "return [root.querySelector('.close').ariaLabel, root.querySelector('dialog').ariaLabel];";
    assert_eq!(session.page.run(said).await?, json!(["Cerrar", "Sus cuentas bancarias"]));
    is_styled(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn a_page_that_was_open_while_the_server_was_updated_loads_the_new_version_by_itself() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule("/relink.js", Rule::OutdatedLoader);
    session.environment.proxy.set_rule("/relink.js?", Rule::Forward);
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    is_styled(&session).await?;
    ensure!(!session.page.screen().await?.heading_has_focus, "nobody has asked for anything yet");
    session.finish().await
}

#[tokio::test]
async fn an_element_about_one_account_goes_straight_to_it() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    open_page_with(&session, &ELEMENT.replace("token-url", &format!("account='{ALDER}' token-url"))).await?;
    session.page.assert_screen("explaining", "Reconnect your Alder Bank account").await?;
    ensure!(!session.page.screen().await?.heading_has_focus, "nobody has asked for anything yet");
    let about = |account: &str| format!("document.querySelector('bank-relink').account = '{account}';");
    session.page.run(&about(TERN)).await?;
    session.page.assert_screen("unrepairable", "This account can't be reconnected").await?;
    session.page.run(&about("")).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.assert_session_requests(0).await?;
    session.finish().await
}

#[tokio::test]
async fn a_token_is_asked_for_when_there_is_somebody_to_ask_and_again_when_it_has_expired() -> Result<()> {
    let mut session = BrowserSession::prepare().await?;
    open_page_with(&session, "<bank-relink></bank-relink>").await?;
    session.page.wait_for_screen("opening").await?;
    let give = r"
        window.asked = 0;
        document.querySelector('bank-relink').getToken = async () => {
            window.asked += 1;
            const response = await fetch('/demo/token');
            return (await response.json()).token;
        };
    ";
    session.page.run(give).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    let asked = async || session.page.run("return window.asked;").await;
    assert_eq!(asked().await?, json!(1));
    session.environment.stop_server();
    session.environment.start_server(Restart::NewTokenKey).await?;
    session.go_to_bank().await?.leave_frame().await?;
    ensure!(asked().await?.as_u64() >= Some(2), "not asked again");
    session.finish().await
}

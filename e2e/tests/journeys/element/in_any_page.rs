//! The element under frameworks, old browsers and other libraries of a merchant's page.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, BankWindow, BrowserSession, until};
use serde_json::json;

use super::open_page_with;

const ELEMENT: &str = "<bank-relink token-url='/demo/token'></bank-relink>";

#[tokio::test]
async fn without_built_ins_that_it_can_do_without_the_element_works() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    // Like an old zone.js, or a browser of 2023.
    session.environment.proxy.inject_script("delete Promise.withResolvers; delete URL.canParse;");
    open_page_with(&session, ELEMENT).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.go_to_explanation().await?;
    session.finish().await
}

#[tokio::test]
async fn without_a_built_in_that_it_needs_it_says_so_and_leaves_its_content_visible() -> Result<()> {
    for (script, name) in [
        ("delete AbortSignal.timeout;", "AbortSignal.timeout"),
        ("delete globalThis.WebAssembly;", "WebAssembly"),
    ] {
        let session = BrowserSession::prepare().await?;
        session.environment.proxy.inject_script(script);
        open_page_with(&session, &ELEMENT.replace("></", "><a id='inside' href='/a'>Write to us</a></"))
            .await?;
        let screen = session.page.assert_screen("not_started", "This part of the page didn't load").await?;
        ensure!(screen.text.contains("Your browser is out of date."), "{screen:?}");
        ensure!(screen.text.contains(&format!("old_browser {name}")), "{screen:?}");
        let inside = "
            const { width } = document.getElementById('inside').getBoundingClientRect();
            return [width > 0, received.filter(({ name }) => name === 'error').map(({ code }) => code)];
        ";
        assert_eq!(session.page.run(inside).await?, json!([true, ["old_browser"]]));
        session.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn attributes_as_frameworks_write_them_mean_what_was_meant() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    let server = session.environment.url();
    for attributes in [
        "banner='false'".to_owned(),
        "mode=''".to_owned(),
        "mode='undefined'".to_owned(),
        "mode='Inline' account='' locale='undefined' theme='' heading-level='null'".to_owned(),
        format!("server='{server}/'"),
        "server=''".to_owned(),
    ] {
        open_page_with(&session, &ELEMENT.replace("token-url", &format!("{attributes} token-url"))).await?;
        session.page.assert_screen("browsing", "Your bank accounts").await?;
        let width =
            session.page.run("return root.querySelector('.card').getBoundingClientRect().width;").await?;
        ensure!(width.as_f64() > Some(200.0), "{attributes}: {width}");
    }
    open_page_with(&session, &ELEMENT.replace("token-url", "mode='Dialog' heading-level='3' token-url"))
        .await?;
    session.page.run("document.querySelector('bank-relink').open();").await?;
    session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
    let found = "return [root.querySelector('dialog').open, root.querySelector('h1').ariaLevel];";
    assert_eq!(session.page.run(found).await?, json!([true, "3"]));
    session.finish().await
}

/// Waits until the page has been told of a success, once.
async fn success_is_told(session: &BrowserSession) -> Result<()> {
    until(async || {
        let told = session.page.run("return told;").await?;
        ensure!(told == json!([ALDER]), "{told}");
        Ok(())
    })
    .await
}

/// Opens the page, records successes at the element, and goes to the bank.
async fn at_the_bank(session: &BrowserSession) -> Result<BankWindow> {
    open_page_with(session, &format!("<div id='one'>{ELEMENT}</div><div id='other'></div>")).await?;
    let listen = "
        window.element = document.querySelector('bank-relink');
        window.told = [];
        element.addEventListener('relink-success', ({ detail }) => told.push(detail.account));
    ";
    session.page.run(listen).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    let bank = session.go_to_bank().await?;
    bank.leave_frame().await?;
    Ok(bank)
}

#[tokio::test]
async fn attributes_that_are_set_again_while_the_bank_window_is_open_wait_for_its_result() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    let bank = at_the_bank(&session).await?;
    let again = "
        for (const name of ['token-url', 'account', 'server', 'mode', 'locale'])
            element.setAttribute(name, element.getAttribute(name) ?? element[name]);
        element.removeAttribute('account');
        element.setAttribute('theme', 'dark');
        element.setAttribute('locale', 'es');
    ";
    session.page.run(again).await?;
    session.page.wait_for_rendering().await?;
    session.connect(bank.enter_frame().await?).await?;
    success_is_told(&session).await?;
    session.page.press("Done").await?;
    // The accounts may be shown in the former language before the element starts anew.
    until(async || {
        let heading = session.page.run("return root.querySelector('h1')?.innerText;").await?;
        ensure!(heading == "Sus cuentas bancarias", "{heading}");
        Ok(())
    })
    .await?;
    session.finish().await
}

#[tokio::test]
async fn equal_attributes_interrupt_nothing() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    open_page_with(&session, ELEMENT).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.go_to_explanation().await?;
    let asked = session.environment.proxy.requests("/api/accounts").len();
    let again = "
        const element = document.querySelector('bank-relink');
        for (const [name, value] of Object.entries({ mode: 'INLINE', account: '', banner: 'false', server: element.server + '/' }))
            element.setAttribute(name, value);
    ";
    session.page.run(again).await?;
    session.page.wait_for_rendering().await?;
    session.page.assert_screen("explaining", "Reconnect your Alder Bank account").await?;
    assert_eq!(session.environment.proxy.requests("/api/accounts").len(), asked);
    session.finish().await
}

#[tokio::test]
async fn an_element_that_is_moved_while_the_bank_window_is_open_goes_on() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    let bank = at_the_bank(&session).await?;
    session.page.run("document.getElementById('other').append(element);").await?;
    session.page.wait_for_rendering().await?;
    session.page.assert_screen("at_bank", "Finish in the bank window").await?;
    session.connect(bank.enter_frame().await?).await?;
    success_is_told(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn an_element_that_is_gone_still_tells_the_result_of_its_bank_window() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    let bank = at_the_bank(&session).await?;
    session.page.run("element.remove();").await?;
    session.page.wait_for_rendering().await?;
    let bank = bank.enter_frame().await?;
    bank.connect().await?;
    bank.close_with("Done").await?;
    success_is_told(&session).await?;
    session.page.run("document.getElementById('one').append(element);").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.finish().await
}

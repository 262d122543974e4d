//! The lazily loaded part of the program, which is fetched after the first screen: in time, late, or not at all.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, BrowserSession, Restart, Rule, TERN, until};
use serde_json::{Value, json};

const NEXT: &str = "Continue to Alder Bank";
const LATER: &str = "/relink-later-";
const LATER_TEXTS: &str = "-later.txt";

/// Records the screen at each call of `fetch`, and violations of the content security policy.
const WATCH: &str = r"
    window.fetches = [];
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => violations.push(event.blockedURI));
    const real = window.fetch;
    window.fetch = (request, options) => {
        const screen = (document.querySelector('bank-relink')?.shadowRoot ?? document).querySelector('[data-screen]')?.dataset.screen;
        window.fetches.push([String(request.url ?? request), screen]);
        return real(request, options);
    };
";

/// Prepares a session with this rule for the lazily loaded part, without opening the page.
async fn prepare(rule: Rule) -> Result<BrowserSession> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.inject_script(WATCH);
    later_is(&session, rule);
    Ok(session)
}

/// Like [`prepare`], with the accounts on the screen.
async fn begin(rule: Rule) -> Result<BrowserSession> {
    let session = prepare(rule).await?;
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    Ok(session)
}

fn later_is(session: &BrowserSession, rule: Rule) {
    session.environment.proxy.set_rule(LATER, rule);
}

/// Returns the number of requests for the lazily loaded part.
fn asked(session: &BrowserSession) -> usize {
    session.environment.proxy.requests(LATER).len()
}

async fn end(session: BrowserSession) -> Result<()> {
    assert_eq!(session.page.run("return violations;").await?, json!([]));
    session.finish().await
}

/// Goes from the account list to success, with a single session.
async fn relink_and_assert_success(session: &BrowserSession) -> Result<()> {
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    bank.close_with("Done").await?;
    session.assert_success().await?;
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await
}

/// Returns true if the card is marked as busy, and the announcement to screen readers.
async fn waiting(session: &BrowserSession) -> Result<(bool, String)> {
    let script = "return [root.querySelector('.card').ariaBusy === 'true', root.querySelector('[role=status]').textContent];";
    Ok(serde_json::from_value(session.page.run(script).await?)?)
}

async fn is_waited_for(session: &BrowserSession) -> Result<()> {
    until(async || {
        let (is_busy, said) = waiting(session).await?;
        ensure!(is_busy && said == "One moment", "not waited for; announced was {said:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_later_part_is_asked_for_once_and_when_the_accounts_are_on_the_screen() -> Result<()> {
    let session = prepare(Rule::Forward).await?;
    session.environment.proxy.set_rule("/api/accounts", Rule::Hold);
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("opening", "Loading your bank accounts").await?;
    session.page.wait_for_rendering().await?;
    assert_eq!(asked(&session), 0);
    session.environment.proxy.set_rule("/api/accounts", Rule::Forward);
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.go_to_explanation().await?;
    assert_eq!(asked(&session), 1);
    let fetches: Vec<(String, String)> = serde_json::from_value(session.page.run("return fetches;").await?)?;
    let screens = fetches.iter().filter(|(url, _)| url.contains("/relink-later-")).map(|(_, screen)| screen);
    assert_eq!(screens.collect::<Vec<_>>(), ["browsing"], "{fetches:?}");
    // Only `fetch` requests it: there is no preload and no resource hint in the page.
    let times = r"
        const entries = performance.getEntriesByType('resource');
        const [later, ...more] = entries.filter((one) => one.name.includes('/relink-later-'));
        const accounts = entries.find((one) => one.name.endsWith('/api/accounts'));
        return [more.length, later.initiatorType, accounts.responseEnd <= later.startTime];
    ";
    assert_eq!(session.page.run(times).await?, json!([0, "fetch", true]));
    end(session).await
}

#[tokio::test]
async fn the_later_texts_are_fetched_beside_the_later_part_and_it_is_not_there_without_them() -> Result<()> {
    let session = begin(Rule::Hold).await?;
    let proxy = &session.environment.proxy;
    until(async || {
        ensure!(!proxy.requests(LATER_TEXTS).is_empty(), "they wait for the later part");
        Ok(())
    })
    .await?;
    later_is(&session, Rule::Forward);
    relink_and_assert_success(&session).await?;
    assert_eq!(proxy.requests(LATER_TEXTS).len(), 1);
    end(session).await?;
    let session = prepare(Rule::Forward).await?;
    let proxy = &session.environment.proxy;
    for rule in [Rule::NotFound, Rule::Disconnect] {
        proxy.set_rule(LATER_TEXTS, rule);
        session.page.open(session.environment.url()).await?;
        session.page.open_account(ALDER).await?;
        session.page.assert_arrival("unreachable", "This service isn't responding", "Try again").await?;
    }
    proxy.set_rule(LATER_TEXTS, Rule::Forward);
    session.page.press("Try again").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    relink_and_assert_success(&session).await?;
    end(session).await
}

#[tokio::test]
async fn a_later_part_that_is_missing_is_told_of_and_fetched_when_it_is_there_again() -> Result<()> {
    let session = begin(Rule::NotFound).await?;
    for _ in 0..2 {
        session.page.open_account(ALDER).await?;
        let screen =
            session.page.assert_arrival("unreachable", "This service isn't responding", "Try again").await?;
        assert!(
            screen.text.contains("Nothing was changed.") && screen.buttons == ["Try again"],
            "{screen:?}"
        );
        session.page.press("Try again").await?;
        session.page.assert_screen("browsing", "Your bank accounts").await?;
    }
    later_is(&session, Rule::Forward);
    relink_and_assert_success(&session).await?;
    end(session).await
}

#[tokio::test]
async fn a_page_that_was_replaced_on_the_server_is_loaded_anew_by_another_try() -> Result<()> {
    let session = begin(Rule::NotFound).await?;
    // From here on, the file exists only in the new version of the page.
    later_is(&session, Rule::NotFoundUntilReload);
    session.page.open_account(ALDER).await?;
    session.page.assert_arrival("unreachable", "This service isn't responding", "Try again").await?;
    session.page.press("Try again").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    relink_and_assert_success(&session).await?;
    end(session).await
}

#[tokio::test]
async fn while_the_later_part_is_slow_a_press_is_felt_and_many_are_one() -> Result<()> {
    let session = prepare(Rule::Hold).await?;
    session.disable_timeouts();
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    let (is_busy, said) = waiting(&session).await?;
    assert!(!is_busy, "nobody waits for it yet: {said}");
    session.page.open_account(ALDER).await?;
    is_waited_for(&session).await?;
    for account in [ALDER, TERN, ALDER] {
        session.page.open_account(account).await?;
    }
    let screen = session.page.assert_screen("browsing", "Your bank accounts").await?;
    assert!(!screen.heading_has_focus, "the focus stays where the customer has it");
    later_is(&session, Rule::Forward);
    session.page.assert_arrival("explaining", "Reconnect your Alder Bank account", NEXT).await?;
    assert_eq!((asked(&session), session.environment.proxy.requests(LATER_TEXTS).len()), (1, 1));
    session.page.wait_for_rendering().await?;
    session.page.assert_screen("explaining", "Reconnect your Alder Bank account").await?;
    assert!(!waiting(&session).await?.0);
    session.assert_session_requests(0).await?;
    session.page.press("Not now").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    relink_and_assert_success(&session).await?;
    end(session).await
}

#[tokio::test]
async fn a_later_part_that_never_comes_is_given_up() -> Result<()> {
    let session = begin(Rule::Hold).await?;
    session.page.open_account(ALDER).await?;
    is_waited_for(&session).await?;
    session.page.assert_arrival("unreachable", "This service isn't responding", "Try again").await?;
    later_is(&session, Rule::Forward);
    session.page.press("Try again").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    relink_and_assert_success(&session).await?;
    end(session).await
}

#[tokio::test]
async fn offline_before_the_later_part_has_come_goes_on_by_itself() -> Result<()> {
    let session = begin(Rule::NotFound).await?;
    session.set_online(false).await?;
    session.page.open_account(ALDER).await?;
    session.page.assert_arrival("offline", "You're offline", "Try again").await?;
    later_is(&session, Rule::Forward);
    session.set_online(true).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    relink_and_assert_success(&session).await?;
    end(session).await
}

#[tokio::test]
async fn the_page_waits_for_the_server_before_it_reloads() -> Result<()> {
    let mut session = begin(Rule::NotFound).await?;
    session.page.open_account(ALDER).await?;
    session.page.assert_arrival("unreachable", "This service isn't responding", "Try again").await?;
    session.environment.stop_server();
    session.page.press("Try again").await?;
    session.page.assert_arrival("unreachable", "This service isn't responding", "Try again").await?;
    later_is(&session, Rule::Forward);
    session.environment.start_server(Restart::SameSettings).await?;
    session.page.press("Try again").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    relink_and_assert_success(&session).await?;
    end(session).await
}

#[tokio::test]
async fn an_attempt_that_a_reload_interrupted_waits_for_the_later_part() -> Result<()> {
    // The file must not be cached, because a browser does not request a cached file.
    let session = begin(Rule::NoStore).await?;
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    later_is(&session, Rule::NotFound);
    session.page.reload().await?;
    let screen = session.page.assert_screen("unreachable", "This service isn't responding").await?;
    assert!(
        screen.text.contains("Nothing is lost") && !screen.text.contains("Nothing was changed"),
        "{screen:?}"
    );
    later_is(&session, Rule::Hold);
    let before = asked(&session);
    session.page.press("Try again").await?;
    until(async || {
        ensure!(asked(&session) > before, "the later part is not asked for");
        Ok(())
    })
    .await?;
    session.page.assert_screen("opening", "Loading your bank accounts").await?;
    later_is(&session, Rule::Forward);
    session.page.assert_screen("relinked", "Alder Bank ••6789 is connected").await?;
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    end(session).await
}

//! The lazily loaded part of the program, which is fetched after the first screen: in time, late, or not at all.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, Restart, Rule, TERN, Visit, until};
use serde_json::{Value, json};

const NEXT: &str = "Continue to Alder Bank";
const LATER: &str = "/relink-later-";

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
async fn prepare(rule: Rule) -> Result<Visit> {
    let visit = Visit::prepare().await?;
    visit.stand.gate.runs_first(WATCH);
    later_is(&visit, rule);
    Ok(visit)
}

/// Like [`prepare`], with the accounts on the screen.
async fn begin(rule: Rule) -> Result<Visit> {
    let visit = prepare(rule).await?;
    visit.page.open(visit.stand.url()).await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    Ok(visit)
}

fn later_is(visit: &Visit, rule: Rule) {
    visit.stand.gate.set(LATER, rule);
}

/// Returns the number of requests for the lazily loaded part.
fn asked(visit: &Visit) -> usize {
    visit.stand.gate.asked(LATER).len()
}

async fn end(visit: Visit) -> Result<()> {
    assert_eq!(visit.page.run("return violations;").await?, json!([]));
    visit.end().await
}

/// Goes from the account list to success, with a single session.
async fn and_then_it_works(visit: &Visit) -> Result<()> {
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    bank.leave_by("Done").await?;
    visit.sees_success().await?;
    visit.recorded(&[("succeeded", Value::Null)]).await
}

/// Returns true if the card is marked as busy, and the announcement to screen readers.
async fn waiting(visit: &Visit) -> Result<(bool, String)> {
    let script = "return [root.querySelector('.card').ariaBusy === 'true', root.querySelector('[role=status]').textContent];";
    Ok(serde_json::from_value(visit.page.run(script).await?)?)
}

async fn is_waited_for(visit: &Visit) -> Result<()> {
    until(async || {
        let (is_busy, said) = waiting(visit).await?;
        ensure!(is_busy && said == "One moment", "not waited for; announced was {said:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_later_part_is_asked_for_once_and_when_the_accounts_are_on_the_screen() -> Result<()> {
    let visit = prepare(Rule::Pass).await?;
    visit.stand.gate.set("/api/accounts", Rule::Hold);
    visit.page.open(visit.stand.url()).await?;
    visit.page.shows("opening", "Loading your bank accounts").await?;
    visit.page.settles().await?;
    assert_eq!(asked(&visit), 0);
    visit.stand.gate.set("/api/accounts", Rule::Pass);
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.explain().await?;
    assert_eq!(asked(&visit), 1);
    let fetches: Vec<(String, String)> = serde_json::from_value(visit.page.run("return fetches;").await?)?;
    let screens = fetches.iter().filter(|(url, _)| url.contains("/relink-later-")).map(|(_, screen)| screen);
    assert_eq!(screens.collect::<Vec<_>>(), ["browsing"], "{fetches:?}");
    // Only `fetch` requests it: there is no preload and no resource hint in the page.
    let times = r"
        const entries = performance.getEntriesByType('resource');
        const [later, ...more] = entries.filter((one) => one.name.includes('/relink-later-'));
        const accounts = entries.find((one) => one.name.endsWith('/api/accounts'));
        return [more.length, later.initiatorType, accounts.responseEnd <= later.startTime];
    ";
    assert_eq!(visit.page.run(times).await?, json!([0, "fetch", true]));
    end(visit).await
}

#[tokio::test]
async fn a_later_part_that_is_missing_is_told_of_and_fetched_when_it_is_there_again() -> Result<()> {
    let visit = begin(Rule::Missing).await?;
    for _ in 0..2 {
        visit.page.choose(ALDER).await?;
        let screen = visit.page.arrives("unreachable", "This service isn't answering", "Try again").await?;
        assert!(
            screen.text.contains("Nothing was changed.") && screen.buttons == ["Try again"],
            "{screen:?}"
        );
        visit.page.press("Try again").await?;
        visit.page.shows("browsing", "Your bank accounts").await?;
    }
    later_is(&visit, Rule::Pass);
    and_then_it_works(&visit).await?;
    end(visit).await
}

#[tokio::test]
async fn a_page_that_was_replaced_on_the_server_is_loaded_anew_by_another_try() -> Result<()> {
    let visit = begin(Rule::Missing).await?;
    // From here on, the file exists only in the new version of the page.
    later_is(&visit, Rule::Replaced);
    visit.page.choose(ALDER).await?;
    visit.page.arrives("unreachable", "This service isn't answering", "Try again").await?;
    visit.page.press("Try again").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    and_then_it_works(&visit).await?;
    end(visit).await
}

#[tokio::test]
async fn while_the_later_part_is_slow_a_press_is_felt_and_many_are_one() -> Result<()> {
    let visit = prepare(Rule::Hold).await?;
    visit.gives_nothing_up();
    visit.page.open(visit.stand.url()).await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    let (is_busy, said) = waiting(&visit).await?;
    assert!(!is_busy, "nobody waits for it yet: {said}");
    visit.page.choose(ALDER).await?;
    is_waited_for(&visit).await?;
    for account in [ALDER, TERN, ALDER] {
        visit.page.choose(account).await?;
    }
    let screen = visit.page.shows("browsing", "Your bank accounts").await?;
    assert!(!screen.heading_has_focus, "the focus stays where the customer has it");
    assert_eq!(asked(&visit), 1);
    later_is(&visit, Rule::Pass);
    visit.page.arrives("explaining", "Reconnect your Alder Bank account", NEXT).await?;
    visit.page.settles().await?;
    visit.page.shows("explaining", "Reconnect your Alder Bank account").await?;
    assert!(!waiting(&visit).await?.0);
    visit.sessions_were_asked_for(0).await?;
    visit.page.press("Not now").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    and_then_it_works(&visit).await?;
    end(visit).await
}

#[tokio::test]
async fn a_later_part_that_never_comes_is_given_up() -> Result<()> {
    let visit = begin(Rule::Hold).await?;
    visit.page.choose(ALDER).await?;
    is_waited_for(&visit).await?;
    visit.page.arrives("unreachable", "This service isn't answering", "Try again").await?;
    later_is(&visit, Rule::Pass);
    visit.page.press("Try again").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    and_then_it_works(&visit).await?;
    end(visit).await
}

#[tokio::test]
async fn offline_before_the_later_part_has_come_goes_on_by_itself() -> Result<()> {
    let visit = begin(Rule::Missing).await?;
    visit.network_is(false).await?;
    visit.page.choose(ALDER).await?;
    visit.page.arrives("offline", "You're offline", "Try again").await?;
    later_is(&visit, Rule::Pass);
    visit.network_is(true).await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    and_then_it_works(&visit).await?;
    end(visit).await
}

#[tokio::test]
async fn a_server_that_is_gone_when_the_page_is_to_be_loaded_anew_is_waited_for_on_the_page() -> Result<()> {
    let mut visit = begin(Rule::Missing).await?;
    visit.page.choose(ALDER).await?;
    visit.page.arrives("unreachable", "This service isn't answering", "Try again").await?;
    visit.stand.stop_server();
    visit.page.press("Try again").await?;
    visit.page.arrives("unreachable", "This service isn't answering", "Try again").await?;
    later_is(&visit, Rule::Pass);
    visit.stand.start_server(Restart::Same).await?;
    visit.page.press("Try again").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    and_then_it_works(&visit).await?;
    end(visit).await
}

#[tokio::test]
async fn an_attempt_that_a_reload_interrupted_waits_for_the_later_part() -> Result<()> {
    // The file must not be cached, because a browser does not request a cached file.
    let visit = begin(Rule::Fresh).await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    later_is(&visit, Rule::Missing);
    visit.page.reload().await?;
    let screen = visit.page.shows("unreachable", "This service isn't answering").await?;
    assert!(
        screen.text.contains("Nothing is lost") && !screen.text.contains("Nothing was changed"),
        "{screen:?}"
    );
    later_is(&visit, Rule::Hold);
    let before = asked(&visit);
    visit.page.press("Try again").await?;
    until(async || {
        ensure!(asked(&visit) > before, "the later part is not asked for");
        Ok(())
    })
    .await?;
    visit.page.shows("opening", "Loading your bank accounts").await?;
    later_is(&visit, Rule::Pass);
    visit.page.shows("relinked", "Alder Bank ••6789 is connected").await?;
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    end(visit).await
}

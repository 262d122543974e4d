//! Failures around the bank window: each has its own screen and a next step.

use anyhow::Result;
use relink_e2e::{ALDER, Restart, Rule, Visit, Way};
use serde_json::Value;

const NEXT: &str = "Continue to Alder Bank";
const SESSIONS: &str = "POST /v1/financial_connections/sessions";

/// Goes from the bank window to success, with a single session.
async fn and_then_it_works(visit: &Visit) -> Result<()> {
    let bank = visit.bank().await?;
    visit.connects(bank).await?;
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.account_is("active").await?;
    visit.server_gave(&["relinked"])
}

pub(crate) async fn blocked_stripe_js_makes_no_session_and_can_be_tried_again(way: Way) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    visit.explain_while_stripe_is_blocked().await?;
    visit.page.press(NEXT).await?;
    let heading = "The secure bank window didn't load";
    visit.sees_failure("stripe_blocked", heading, "Try again").await?;
    let screen = visit.page.screen().await?;
    let host = visit.stand.sandbox_url().trim_start_matches("http://");
    assert!(screen.text.contains(host), "{screen:?}");
    visit.sessions_were_asked_for(0).await?;
    visit.page.press("Try again").await?;
    and_then_it_works(&visit).await?;
    visit.end().await
}

pub(crate) async fn while_stripe_is_down_the_customer_can_try_again(way: Way) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    visit.explain().await?;
    // The server calls Stripe twice for each attempt.
    visit.stand.fault(SESSIONS, 503, 4).await?;
    visit.page.press(NEXT).await?;
    for posts in [2, 4] {
        let heading = "Bank connections aren't working right now";
        visit.sees_failure_with_support("stripe_down", heading).await?;
        visit.sessions_were_asked_for(posts).await?;
        visit.recorded(&[]).await?;
        visit.page.press("Try again").await?;
    }
    and_then_it_works(&visit).await?;
    visit.end().await
}

#[tokio::test]
async fn one_hiccup_of_stripes_is_not_noticed() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.explain().await?;
    visit.stand.fault(SESSIONS, 503, 1).await?;
    visit.page.press(NEXT).await?;
    and_then_it_works(&visit).await?;
    visit.end().await
}

#[tokio::test]
async fn while_stripe_is_down_the_accounts_can_be_asked_for_again() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.stand.fault("GET /v1/financial_connections/accounts", 503, 2).await?;
    visit.page.open(visit.stand.url()).await?;
    let screen = visit.page.shows("stripe_down", "Bank connections aren't working right now").await?;
    assert_eq!(screen.buttons, ["Try again"]);
    visit.page.press("Try again").await?;
    visit.page.arrives_without_choice("browsing", "Your bank accounts").await?;
    visit.end().await
}

pub(crate) async fn too_many_at_once_and_a_wrong_set_up_have_screens_of_their_own(way: Way) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    visit.explain().await?;
    visit.stand.fault(SESSIONS, 429, 1).await?;
    visit.page.press(NEXT).await?;
    visit.sees_failure("busy", "Many people are connecting right now", "Try again").await?;
    visit.stand.fault(SESSIONS, 401, 1).await?;
    visit.page.press("Try again").await?;
    visit.sees_failure_with_support("internal", "Something isn't set up correctly").await?;
    visit.page.press("Try again").await?;
    and_then_it_works(&visit).await?;
    visit.end().await
}

#[tokio::test]
async fn a_server_that_is_gone_before_the_bank_can_be_tried_again() -> Result<()> {
    let mut visit = Visit::begin().await?;
    visit.explain().await?;
    visit.stand.stop_server();
    visit.page.press(NEXT).await?;
    visit.sees_failure("unreachable", "Northwind isn't answering", "Try again").await?;
    visit.stand.start_server(Restart::Same).await?;
    visit.page.press("Try again").await?;
    and_then_it_works(&visit).await?;
    visit.end().await
}

pub(crate) async fn a_server_that_is_gone_after_the_bank_loses_nothing(way: Way) -> Result<()> {
    let mut visit = Visit::begin_by(way, &[]).await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    visit.stand.stop_server();
    bank.leave_by("Done").await?;
    let screen = visit.page.arrives("unreachable", "Northwind isn't answering", "Try again").await?;
    assert!(screen.text.contains("Nothing is lost") && !screen.text.contains("Nothing was changed"));
    visit.stand.start_server(Restart::Same).await?;
    visit.page.press("Try again").await?;
    visit.sees_success().await?;
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.server_gave(&["relinked"])?;
    visit.end().await
}

pub(crate) async fn offline_before_the_bank_goes_on_by_itself_to_where_the_customer_was(
    way: Way,
) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    visit.explain().await?;
    visit.stripe_is_there().await?;
    visit.network_is(false).await?;
    visit.page.press(NEXT).await?;
    visit.sees_failure("offline", "You're offline", "Try again").await?;
    visit.network_is(true).await?;
    visit.page.arrives("explaining", "Reconnect your Alder Bank account", NEXT).await?;
    visit.sessions_were_asked_for(0).await?;
    visit.page.press(NEXT).await?;
    and_then_it_works(&visit).await?;
    visit.end().await
}

#[tokio::test]
async fn offline_after_the_bank_goes_on_by_itself_to_the_result() -> Result<()> {
    let visit = Visit::begin().await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    visit.network_is(false).await?;
    bank.leave_by("Done").await?;
    let screen = visit.page.arrives("offline", "You're offline", "Try again").await?;
    assert!(screen.text.contains("We'll continue when you're back."), "{screen:?}");
    assert!(!screen.text.contains("Nothing was changed"), "{screen:?}");
    visit.network_is(true).await?;
    visit.sees_success().await?;
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.server_gave(&["relinked"])?;
    visit.end().await
}

#[tokio::test]
async fn a_token_that_is_no_longer_accepted_is_replaced_unseen() -> Result<()> {
    let mut visit = Visit::begin().await?;
    visit.explain().await?;
    visit.stand.stop_server();
    visit.stand.start_server(Restart::AnotherKey).await?;
    visit.page.press(NEXT).await?;
    and_then_it_works(&visit).await?;
    visit.end().await
}

pub(crate) async fn where_nobody_gives_a_token_any_more_the_customer_signs_in_and_goes_on(
    way: Way,
) -> Result<()> {
    let mut visit = Visit::begin_by(way, &[]).await?;
    visit.explain().await?;
    visit.stand.stop_server();
    visit.stand.start_server(Restart::SignedOut).await?;
    visit.page.press(NEXT).await?;
    visit.sees_failure("signed_out", "Please sign in again", "Sign in").await?;
    visit.sessions_were_asked_for(0).await?;
    visit.stand.stop_server();
    visit.stand.start_server(Restart::Same).await?;
    visit.page.press("Sign in").await?;
    and_then_it_works(&visit).await?;
    visit.end().await
}

pub(crate) async fn an_account_that_was_repaired_elsewhere_is_not_repaired_twice(way: Way) -> Result<()> {
    let visit = Visit::prepare_by(way, &[]).await?;
    // As if the customer were quicker than the stream of changes.
    visit.stand.gate.set("/api/changes", Rule::Cut);
    visit.page.open(visit.stand.url()).await?;
    visit.explain().await?;
    visit.stand.repair_elsewhere().await?;
    visit.page.press(NEXT).await?;
    visit.page.arrives("changed", "This account has changed", "See your accounts").await?;
    visit.sessions_were_asked_for(1).await?;
    visit.page.press("See your accounts").await?;
    visit.page.arrives_without_choice("browsing", "Your bank accounts").await?;
    assert!(visit.page.row(ALDER).await?.text.contains("Connected"));
    visit.end().await
}

#[tokio::test]
async fn a_bank_window_that_does_not_load_ends_and_can_be_tried_again() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.explain().await?;
    visit.stand.fault("GET /bank", 503, 1).await?;
    visit.page.press(NEXT).await?;
    visit.page.shows("at_bank", "Finish in the bank window").await?;
    visit.sees_failure("failed", "Alder Bank couldn't complete this", "Try again").await?;
    visit.page.press("Try again").await?;
    let bank = visit.bank().await?;
    visit.connects(bank).await?;
    visit.sessions_were_asked_for(2).await?;
    visit.account_is("active").await?;
    visit.server_gave(&["failed", "relinked"])?;
    visit.end().await
}

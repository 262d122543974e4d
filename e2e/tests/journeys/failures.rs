//! Failures around the bank window: each has its own screen and a next step.

use anyhow::Result;
use relink_e2e::{ALDER, BrowserSession, InputMethod, Restart, Rule};
use serde_json::Value;

const NEXT: &str = "Continue to Alder Bank";
const SESSIONS: &str = "POST /v1/financial_connections/sessions";

/// Goes from the bank window to success, with a single session.
async fn relink_and_assert_success(session: &BrowserSession) -> Result<()> {
    let bank = session.bank().await?;
    session.connect(bank).await?;
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.assert_alder_status("active").await?;
    session.assert_outcomes(&["relinked"])
}

pub(crate) async fn blocked_stripe_js_makes_no_session_and_can_be_tried_again(
    method: InputMethod,
) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    session.go_to_explanation_while_stripe_is_blocked().await?;
    session.page.press(NEXT).await?;
    let heading = "The secure bank window didn't load";
    session.assert_failure("stripe_blocked", heading, "Try again").await?;
    let screen = session.page.screen().await?;
    let host = session.environment.sandbox_url().trim_start_matches("http://");
    assert!(screen.text.contains(host), "{screen:?}");
    session.assert_session_requests(0).await?;
    session.page.press("Try again").await?;
    relink_and_assert_success(&session).await?;
    session.finish().await
}

pub(crate) async fn while_stripe_is_down_the_customer_can_try_again(method: InputMethod) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    session.go_to_explanation().await?;
    // The server calls Stripe twice for each attempt.
    session.environment.fail_next(SESSIONS, 503, 4).await?;
    session.page.press(NEXT).await?;
    for posts in [2, 4] {
        let heading = "Bank connections aren't working right now";
        session.assert_failure_with_support("stripe_down", heading).await?;
        session.assert_session_requests(posts).await?;
        session.assert_sessions_for_alder(&[]).await?;
        session.page.press("Try again").await?;
    }
    relink_and_assert_success(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn one_hiccup_of_stripes_is_not_noticed() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.go_to_explanation().await?;
    session.environment.fail_next(SESSIONS, 503, 1).await?;
    session.page.press(NEXT).await?;
    relink_and_assert_success(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn while_stripe_is_down_the_accounts_can_be_asked_for_again() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    // As often as anything asks, because the server's backfill reads the list, too.
    session.environment.fail_next("GET /v1/financial_connections/accounts", 503, 1000).await?;
    session.page.open(session.environment.url()).await?;
    let screen =
        session.page.assert_screen("stripe_down", "Bank connections aren't working right now").await?;
    assert_eq!(screen.buttons, ["Try again"]);
    session.environment.clear_faults().await?;
    session.page.press("Try again").await?;
    session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
    session.finish().await
}

pub(crate) async fn too_many_at_once_and_a_wrong_set_up_have_screens_of_their_own(
    method: InputMethod,
) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    session.go_to_explanation().await?;
    session.environment.fail_next(SESSIONS, 429, 1).await?;
    session.page.press(NEXT).await?;
    session.assert_failure("busy", "Many people are connecting right now", "Try again").await?;
    session.environment.fail_next(SESSIONS, 401, 1).await?;
    session.page.press("Try again").await?;
    session.assert_failure_with_support("internal", "Something went wrong on our end").await?;
    session.page.press("Try again").await?;
    relink_and_assert_success(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn a_server_that_is_gone_before_the_bank_can_be_tried_again() -> Result<()> {
    let mut session = BrowserSession::begin().await?;
    session.go_to_explanation().await?;
    session.environment.stop_server();
    session.page.press(NEXT).await?;
    session.assert_failure("unreachable", "Northwind isn't responding", "Try again").await?;
    session.environment.start_server(Restart::SameSettings).await?;
    session.page.press("Try again").await?;
    relink_and_assert_success(&session).await?;
    session.finish().await
}

pub(crate) async fn a_server_that_is_gone_after_the_bank_loses_nothing(method: InputMethod) -> Result<()> {
    let mut session = BrowserSession::begin_by(method, &[]).await?;
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    session.environment.stop_server();
    bank.close_with("Done").await?;
    let screen =
        session.page.assert_arrival("unreachable", "Northwind isn't responding", "Try again").await?;
    assert!(screen.text.contains("Nothing is lost") && !screen.text.contains("Nothing was changed"));
    session.environment.start_server(Restart::SameSettings).await?;
    session.page.press("Try again").await?;
    session.assert_success().await?;
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.assert_outcomes(&["relinked"])?;
    session.finish().await
}

pub(crate) async fn offline_before_the_bank_goes_on_by_itself_to_where_the_customer_was(
    method: InputMethod,
) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    session.go_to_explanation().await?;
    session.wait_for_stripe_js().await?;
    session.set_online(false).await?;
    session.page.press(NEXT).await?;
    session.assert_failure("offline", "You're offline", "Try again").await?;
    session.set_online(true).await?;
    session.page.assert_arrival("explaining", "Reconnect your Alder Bank account", NEXT).await?;
    session.assert_session_requests(0).await?;
    session.page.press(NEXT).await?;
    relink_and_assert_success(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn offline_after_the_bank_goes_on_by_itself_to_the_result() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    session.set_online(false).await?;
    bank.close_with("Done").await?;
    let screen = session.page.assert_arrival("offline", "You're offline", "Try again").await?;
    assert!(screen.text.contains("We'll continue when you're back online."), "{screen:?}");
    assert!(!screen.text.contains("Nothing was changed"), "{screen:?}");
    session.set_online(true).await?;
    session.assert_success().await?;
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.assert_outcomes(&["relinked"])?;
    session.finish().await
}

#[tokio::test]
async fn a_token_that_is_no_longer_accepted_is_replaced_unseen() -> Result<()> {
    let mut session = BrowserSession::begin().await?;
    session.go_to_explanation().await?;
    session.environment.stop_server();
    session.environment.start_server(Restart::NewTokenKey).await?;
    session.page.press(NEXT).await?;
    relink_and_assert_success(&session).await?;
    session.finish().await
}

pub(crate) async fn where_nobody_gives_a_token_any_more_the_customer_signs_in_and_goes_on(
    method: InputMethod,
) -> Result<()> {
    let mut session = BrowserSession::begin_by(method, &[]).await?;
    session.go_to_explanation().await?;
    session.environment.stop_server();
    session.environment.start_server(Restart::NewTokenKey).await?;
    session.environment.proxy.set_rule("/demo/token", Rule::SignedOut);
    session.page.press(NEXT).await?;
    session.assert_failure("signed_out", "Please sign in again", "Sign in").await?;
    session.assert_session_requests(0).await?;
    session.environment.stop_server();
    session.environment.start_server(Restart::SameSettings).await?;
    session.environment.proxy.set_rule("/demo/token", Rule::Forward);
    session.page.press("Sign in").await?;
    relink_and_assert_success(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn a_token_address_that_does_not_work_is_no_sign_out() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.environment.proxy.set_rule("/demo/token", Rule::NotFound);
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("unreachable", "This service isn't responding").await?;
    session.environment.proxy.set_rule("/demo/token", Rule::Forward);
    session.page.press("Try again").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.finish().await
}

pub(crate) async fn an_account_that_was_repaired_elsewhere_is_not_repaired_twice(
    method: InputMethod,
) -> Result<()> {
    let session = BrowserSession::prepare_by(method, &[]).await?;
    // As if the customer were quicker than the stream of changes.
    session.environment.proxy.set_rule("/api/changes", Rule::Disconnect);
    session.page.open(session.environment.url()).await?;
    session.go_to_explanation().await?;
    session.environment.repair_elsewhere().await?;
    session.page.press(NEXT).await?;
    session.page.assert_arrival("changed", "This account has changed", "See your accounts").await?;
    session.assert_session_requests(1).await?;
    session.page.press("See your accounts").await?;
    session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
    assert!(session.page.row(ALDER).await?.text.contains("Connected"));
    session.finish().await
}

#[tokio::test]
async fn a_bank_window_that_does_not_load_ends_and_can_be_tried_again() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.go_to_explanation().await?;
    session.environment.fail_next("GET /bank", 503, 1).await?;
    session.page.press(NEXT).await?;
    session.page.assert_screen("at_bank", "Finish in the bank window").await?;
    session.assert_failure("failed", "Alder Bank couldn't complete this", "Try again").await?;
    session.page.press("Try again").await?;
    let bank = session.bank().await?;
    session.connect(bank).await?;
    session.assert_session_requests(2).await?;
    session.assert_alder_status("active").await?;
    session.assert_outcomes(&["failed", "relinked"])?;
    session.finish().await
}

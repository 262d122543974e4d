//! A customer with accounts at Alder Bank, and ways through the conversation.

use relink_protocol::stripe::{Cause, Permission, Subcategory};
use relink_protocol::{
    AccountName, AccountSummary, ClientSecret, Condition, Connected, Overview, PermissionChange, Purpose,
    RelinkOutcome, StartedSession,
};

use crate::page::{
    Page, arrive, close_bank_with, press, requests, serve, serve_from_now_on, stripe_js, until,
};

pub(crate) const OUTCOME: &str = "POST /api/sessions/fcsess_1/outcome";
pub(crate) const PAYMENT: &str = "POST /api/sessions/fcsess_1/payment-method";
pub(crate) const RECONNECT: &str = "Reconnect Alder Bank account ending in 6789";
pub(crate) const CONTINUE: &str = "Continue to Alder Bank";
pub(crate) const FINISHED: &str =
    r#"{"financialConnectionsSession":{"id":"fcsess_1","accounts":[{"id":"fca_1"}]}}"#;

pub(crate) fn name(id: &str, last4: &str) -> AccountName {
    AccountName {
        id: id.parse().unwrap(),
        institution_name: "Alder Bank".to_owned(),
        last4: Some(last4.to_owned()),
        display_name: None,
        subcategory: Subcategory::Checking,
    }
}

pub(crate) fn broken() -> Condition {
    Condition::Broken { cause: Cause::AccessExpired }
}

pub(crate) fn unrepairable(cause: Cause) -> Condition {
    Condition::Unrepairable { cause }
}

pub(crate) fn account(id: &str, last4: &str, condition: Condition) -> AccountSummary {
    let permissions = PermissionChange::between(&[Permission::PaymentMethod], &[Permission::PaymentMethod]);
    AccountSummary {
        name: name(id, last4),
        condition,
        permissions,
        also_repairs: Vec::new(),
        blocked: None,
        bank_trouble: None,
        updatable: false,
    }
}

/// Returns an account that works, ending in 6789, of which the merchant also wants to see balance and owner.
pub(crate) fn updatable() -> AccountSummary {
    let wanted = [Permission::PaymentMethod, Permission::Balances, Permission::Ownership];
    let permissions = PermissionChange::between(&[Permission::PaymentMethod], &wanted);
    AccountSummary { permissions, updatable: true, ..account("fca_1", "6789", Condition::Healthy) }
}

/// Returns an overview with one account, ending in 6789.
pub(crate) fn overview(condition: Condition) -> Overview {
    with_accounts(vec![account("fca_1", "6789", condition)])
}

pub(crate) fn with_accounts(accounts: Vec<AccountSummary>) -> Overview {
    Overview {
        merchant: "Northwind".to_owned(),
        purpose: Purpose::Payments,
        exact: true,
        allows_another: true,
        help_url: None,
        own_page: true,
        accounts,
        unfinished: None,
        stripe_js: stripe_js(),
        version: "1".to_owned(),
    }
}

/// Returns the overview after a change elsewhere.
pub(crate) fn changed(overview: Overview) -> Overview {
    Overview { version: format!("{}+", overview.version), ..overview }
}

pub(crate) fn restored() -> Connected {
    Connected { restored: vec![name("fca_1", "6789")], ..Connected::default() }
}

pub(crate) fn added() -> Connected {
    let mandate = Some("You allow it.".to_owned());
    Connected { added: vec![name("fca_2", "2231")], mandate, ..Connected::default() }
}

/// Opens the page, and explains the account that ends in 6789.
pub(crate) async fn explained(overview: &Overview) -> Page {
    let page = Page::open(overview).await;
    press(RECONNECT);
    arrive("explaining", "Reconnect your Alder Bank account").await;
    page
}

/// Goes on until the bank window is open.
pub(crate) async fn go_to_bank() {
    let before = windows();
    serve_from_now_on("POST /api/sessions", &started());
    press(CONTINUE);
    until("bank window", || windows() > before).await;
    arrive("at_bank", "Finish in the bank window").await;
}

pub(crate) fn started() -> StartedSession {
    StartedSession {
        session: "fcsess_1".parse().unwrap(),
        client_secret: ClientSecret::new("fcsess_client_secret_1".to_owned()),
        publishable_key: "pk_test_1".to_owned(),
        stripe_account: None,
        collects_token: false,
    }
}

/// Number of bank windows that were opened.
pub(crate) fn windows() -> usize {
    requests().lines().filter(|request| *request == "BANK").count()
}

/// Opens the page, goes through the bank window, and lets the server decide this outcome.
pub(crate) async fn finished(outcome: &RelinkOutcome) -> Page {
    finished_in(&overview(broken()), outcome).await
}

pub(crate) async fn finished_in(overview: &Overview, outcome: &RelinkOutcome) -> Page {
    let page = explained(overview).await;
    go_to_bank().await;
    serve(OUTCOME, outcome);
    close_bank_with(FINISHED);
    page
}

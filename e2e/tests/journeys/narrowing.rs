//! Settings of the merchant and claims of the customer's token that narrow a relink: its customer and its options.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, BrowserSession, Settings, TERN};
use serde_json::{Value, json};

const NO_HOLDER: &str = "fca_NoHolderChecking7300";
const FOUNDRY: &str = "Foundry National Bank";
const DATA: Settings = &[
    ("RELINK_PURPOSE", "data"),
    ("RELINK_PERMISSIONS", "balances,transactions,ownership"),
    ("RELINK_DEMO_CUSTOMER", "cus_SandboxData"),
];

/// Begins a session whose token accepts no other account in place of the broken one.
async fn for_the_very_account() -> Result<BrowserSession> {
    let settings: Settings = &[("RELINK_ANY_ACCOUNT", "true")];
    BrowserSession::begin_with_claims(settings, json!({ "any_account": false })).await
}

#[tokio::test]
async fn a_token_that_insists_on_the_account_offers_no_other_when_it_was_not_shared() -> Result<()> {
    let session = for_the_very_account().await?;
    session.share_wrong_account().await?;
    session.assert_failure("no_account", "That account wasn't shared", "Try again").await?;
    let bank = session.press_into_bank("Try again").await?;
    session.connect(bank).await?;
    session.assert_sessions_for_alder(&[("failed", json!("no_account")), ("succeeded", Value::Null)]).await?;
    session.assert_outcomes(&["no_account", "relinked"])?;
    session.finish().await
}

#[tokio::test]
async fn a_token_that_insists_on_the_account_offers_no_other_bank_when_it_is_beyond_repair() -> Result<()> {
    let session = for_the_very_account().await?;
    let row = session.page.row(TERN).await?;
    let next = "ask Northwind to help you set one up";
    ensure!(row.button.is_none() && row.text.contains(next), "{row:?}");
    session.page.go_to_account(session.environment.url(), TERN).await?;
    let screen = session.page.assert_screen("unrepairable", "This account can't be reconnected").await?;
    ensure!(screen.buttons == ["See your accounts"], "{screen:?}");
    ensure!(screen.text.contains(next), "{screen:?}");
    session.back_to_accounts("See your accounts").await?;
    session.assert_sessions_for_alder(&[]).await?;
    session.finish().await
}

#[tokio::test]
async fn an_account_that_belongs_to_nobody_is_repaired_for_whom_the_token_names() -> Result<()> {
    let claims = json!({ "accounts": [ALDER, NO_HOLDER] });
    let session = BrowserSession::begin_with_claims(&[], claims).await?;
    let listed: Vec<String> = session.page.rows().await?.into_iter().map(|row| row.id).collect();
    ensure!(listed == [ALDER, NO_HOLDER], "{listed:?}");
    session.relink(NO_HOLDER, "Alder Bank", &["7300"]).await?;
    session.page.assert_arrival("relinked", "Alder Bank ••7300 is connected", "Done").await?;
    let asked_for = json!({
        "relink_options": { "authorization": "fcauth_AlderNoHolder", "account": NO_HOLDER },
        "account_holder": null,
        "limits": { "accounts": 1 },
    });
    session.assert_session_parameters(&[asked_for]).await?;
    session.assert_account_status(&[NO_HOLDER], "active").await?;
    session.assert_alder_status("inactive").await?;
    session.finish().await
}

#[tokio::test]
async fn a_token_chooses_among_the_purposes_that_the_merchant_has() -> Result<()> {
    let settings: Settings = &[
        ("RELINK_PURPOSE", "payments,data"),
        ("RELINK_PERMISSIONS", "balances,transactions,ownership"),
        ("RELINK_DEMO_CUSTOMER", "cus_SandboxData"),
    ];
    let session = BrowserSession::begin_with_claims(settings, json!({ "purpose": "data" })).await?;
    let screen = session.page.screen().await?;
    ensure!(
        screen.text.contains("Northwind can't get new information from an account that isn't connected"),
        "{screen:?}"
    );
    session.relink("fca_FoundryMortgage3004", FOUNDRY, &["3004"]).await?;
    let screen =
        session.page.assert_arrival("relinked", "Foundry National Bank ••3004 is connected", "Done").await?;
    ensure!(screen.text.contains("Northwind can get new information from this account again."), "{screen:?}");
    let asked_for = json!({
        "account_holder": { "type": "customer", "customer": "cus_SandboxData" },
        "permissions": ["balances", "transactions", "ownership"],
        "limits": { "accounts": null },
    });
    session.assert_session_parameters(&[asked_for]).await?;
    session.finish().await
}

#[tokio::test]
async fn a_token_that_narrows_what_is_shared_says_what_goes_and_it_goes() -> Result<()> {
    let session =
        BrowserSession::begin_with_claims(&[], json!({ "permissions": ["payment_method"] })).await?;
    let screen = session.go_to_explanation_for(ALDER, "Alder Bank").await?;
    for text in [
        "Northwind will see, as before:Account details for payments",
        "Northwind will no longer see:Your balance",
    ] {
        ensure!(screen.text.contains(text), "{text} is not in {screen:?}");
    }
    ensure!(!screen.text.contains("for the first time"), "{screen:?}");
    let bank = session.press_into_bank("Continue to Alder Bank").await?;
    session.connect(bank).await?;
    let account = session.environment.account(ALDER).await?;
    ensure!(account["permissions"] == json!(["payment_method"]), "{account}");
    session.finish().await
}

#[tokio::test]
async fn only_the_kinds_of_accounts_that_the_merchant_takes_are_on_offer() -> Result<()> {
    let settings: Settings = &[("RELINK_ANY_ACCOUNT", "true"), ("RELINK_ACCOUNT_SUBCATEGORIES", "checking")];
    let session = BrowserSession::begin_with(settings).await?;
    let bank = session.go_to_bank().await?;
    bank.sign_in().await?;
    ensure!(bank.offers().await? == ["6789", "2231"], "{:?}", bank.offers().await?);
    bank.close().await?;
    session.assert_failure("cancelled", "You closed the bank window", "Start again").await?;
    session
        .assert_session_parameters(&[json!({ "filters": { "account_subcategories": ["checking"] } })])
        .await?;
    session.finish().await
}

#[tokio::test]
async fn data_is_asked_of_every_kind_of_account_as_often_as_the_login_has_them() -> Result<()> {
    let session = BrowserSession::begin_with(DATA).await?;
    let bank = session.go_to_bank_for("fca_FoundryChecking3001", FOUNDRY).await?;
    bank.sign_in_at(FOUNDRY).await?;
    ensure!(bank.offers().await?.len() == 6, "{:?}", bank.offers().await?);
    bank.share(&["3001", "3003"]).await?;
    bank.close_with("Done").await?;
    session.page.assert_arrival("relinked", "Foundry National Bank ••3001 is connected", "Done").await?;
    session
        .assert_account_status(&["fca_FoundryChecking3001", "fca_FoundryCreditCard3003"], "active")
        .await?;
    session.assert_account_status(&["fca_FoundrySavings3002", "fca_FoundryMortgage3004"], "inactive").await?;
    session.finish().await
}

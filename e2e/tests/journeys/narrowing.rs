//! Settings of the merchant and claims of the customer's token that narrow a relink: its customer and its options.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, Settings, TERN, Visit};
use serde_json::{Value, json};

const NO_HOLDER: &str = "fca_NoHolderChecking7300";
const FOUNDRY: &str = "Foundry National Bank";
const DATA: Settings = &[
    ("RELINK_PURPOSE", "data"),
    ("RELINK_PERMISSIONS", "balances,transactions,ownership"),
    ("RELINK_DEMO_CUSTOMER", "cus_SandboxData"),
];

/// Begins a session whose token accepts no other account in place of the broken one.
async fn for_the_very_account() -> Result<Visit> {
    let settings: Settings = &[("RELINK_ANY_ACCOUNT", "true")];
    Visit::begin_claiming(settings, json!({ "any_account": false })).await
}

#[tokio::test]
async fn a_token_that_insists_on_the_account_offers_no_other_when_it_was_not_shared() -> Result<()> {
    let visit = for_the_very_account().await?;
    visit.shares_a_wrong_account().await?;
    visit.sees_failure("no_account", "That account wasn't shared", "Try again").await?;
    let bank = visit.press_into_bank("Try again").await?;
    visit.connects(bank).await?;
    visit.recorded(&[("failed", json!("no_account")), ("succeeded", Value::Null)]).await?;
    visit.server_gave(&["no_account", "relinked"])?;
    visit.end().await
}

#[tokio::test]
async fn a_token_that_insists_on_the_account_offers_no_other_bank_when_it_is_beyond_repair() -> Result<()> {
    let visit = for_the_very_account().await?;
    visit.page.choose(TERN).await?;
    let heading = "This account can't be reconnected";
    let screen = visit.page.arrives("unrepairable", heading, "See your accounts").await?;
    ensure!(screen.buttons == ["See your accounts"], "{screen:?}");
    ensure!(screen.text.contains("ask Northwind to set one up with you"), "{screen:?}");
    visit.back_to_accounts("See your accounts").await?;
    visit.recorded(&[]).await?;
    visit.end().await
}

#[tokio::test]
async fn an_account_that_belongs_to_nobody_is_repaired_for_whom_the_token_names() -> Result<()> {
    let claims = json!({ "accounts": [ALDER, NO_HOLDER] });
    let visit = Visit::begin_claiming(&[], claims).await?;
    let listed: Vec<String> = visit.page.rows().await?.into_iter().map(|row| row.id).collect();
    ensure!(listed == [ALDER, NO_HOLDER], "{listed:?}");
    visit.relink(NO_HOLDER, "Alder Bank", &["7300"]).await?;
    visit.page.arrives("relinked", "Alder Bank ••7300 is connected", "Done").await?;
    let asked_for = json!({
        "relink_options": { "authorization": "fcauth_AlderNoHolder", "account": NO_HOLDER },
        "account_holder": null,
        "limits": { "accounts": 1 },
    });
    visit.asked_for(&[asked_for]).await?;
    visit.accounts_are(&[NO_HOLDER], "active").await?;
    visit.account_is("inactive").await?;
    visit.end().await
}

#[tokio::test]
async fn a_token_chooses_among_the_purposes_that_the_merchant_has() -> Result<()> {
    let settings: Settings = &[
        ("RELINK_PURPOSE", "payments,data"),
        ("RELINK_PERMISSIONS", "balances,transactions,ownership"),
        ("RELINK_DEMO_CUSTOMER", "cus_SandboxData"),
    ];
    let visit = Visit::begin_claiming(settings, json!({ "purpose": "data" })).await?;
    let screen = visit.page.screen().await?;
    ensure!(screen.text.contains("Northwind can't update an account that isn't connected"), "{screen:?}");
    visit.relink("fca_FoundryMortgage3004", FOUNDRY, &["3004"]).await?;
    let screen = visit.page.arrives("relinked", "Foundry National Bank ••3004 is connected", "Done").await?;
    ensure!(screen.text.contains("Northwind can update this account again."), "{screen:?}");
    let asked_for = json!({
        "account_holder": { "type": "customer", "customer": "cus_SandboxData" },
        "permissions": ["balances", "transactions", "ownership"],
        "limits": { "accounts": null },
    });
    visit.asked_for(&[asked_for]).await?;
    visit.end().await
}

#[tokio::test]
async fn a_token_that_narrows_what_is_shared_says_what_goes_and_it_goes() -> Result<()> {
    let visit = Visit::begin_claiming(&[], json!({ "permissions": ["payment_method"] })).await?;
    let screen = visit.explain_account(ALDER, "Alder Bank").await?;
    for text in [
        "Northwind will see, as before:Account details for payments",
        "Northwind will no longer see:Your balance",
    ] {
        ensure!(screen.text.contains(text), "{text} is not in {screen:?}");
    }
    ensure!(!screen.text.contains("for the first time"), "{screen:?}");
    let bank = visit.press_into_bank("Continue to Alder Bank").await?;
    visit.connects(bank).await?;
    let account = visit.stand.account(ALDER).await?;
    ensure!(account["permissions"] == json!(["payment_method"]), "{account}");
    visit.end().await
}

#[tokio::test]
async fn only_the_kinds_of_accounts_that_the_merchant_takes_are_on_offer() -> Result<()> {
    let settings: Settings = &[("RELINK_ANY_ACCOUNT", "true"), ("RELINK_ACCOUNT_SUBCATEGORIES", "checking")];
    let visit = Visit::begin_with(settings).await?;
    let bank = visit.go_to_bank().await?;
    bank.sign_in().await?;
    ensure!(bank.offers().await? == ["6789", "2231"], "{:?}", bank.offers().await?);
    bank.close().await?;
    visit.sees_failure("cancelled", "You closed the bank window", "Start again").await?;
    visit.asked_for(&[json!({ "filters": { "account_subcategories": ["checking"] } })]).await?;
    visit.end().await
}

#[tokio::test]
async fn data_is_asked_of_every_kind_of_account_as_often_as_the_login_has_them() -> Result<()> {
    let visit = Visit::begin_with(DATA).await?;
    let bank = visit.go_to_bank_for("fca_FoundryChecking3001", FOUNDRY).await?;
    bank.sign_in_at(FOUNDRY).await?;
    ensure!(bank.offers().await?.len() == 6, "{:?}", bank.offers().await?);
    bank.share(&["3001", "3003"]).await?;
    bank.leave_by("Done").await?;
    visit.page.arrives("relinked", "Foundry National Bank ••3001 is connected", "Done").await?;
    visit.accounts_are(&["fca_FoundryChecking3001", "fca_FoundryCreditCard3003"], "active").await?;
    visit.accounts_are(&["fca_FoundrySavings3002", "fca_FoundryMortgage3004"], "inactive").await?;
    visit.end().await
}

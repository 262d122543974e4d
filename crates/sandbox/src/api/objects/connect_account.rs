//! The account object of Connect: the merchant's own account, or one that is connected to it.

use serde_json::{Value, json};

use super::bank_account;
use crate::world::World;

/// Returns the id of the account whose world this is.
pub(crate) fn id(world: &World) -> &str {
    world.merchant_id()
}

/// URL of the list of the account's external accounts.
pub(crate) fn external_accounts_path(world: &World) -> String {
    format!("/v1/accounts/{}/external_accounts", id(world))
}

/// Renders the account whose world this is. Connected accounts are onboarded, and under the platform's control.
pub(crate) fn render(world: &World) -> Value {
    let (own, merchant) = (id(world), world.merchant());
    let external = world.external_accounts();
    let data: Vec<Value> = external.iter().map(|one| bank_account::render_external(own, one)).collect();
    let kind = if world.connected_account.is_some() { "custom" } else { "standard" };
    let mut value = json!({
        "id": own,
        "object": "account",
        "business_profile": {
            "mcc": null,
            "minority_owned_business_designation": null,
            "name": merchant.business_name,
            "specified_commercial_transactions_act_url": null,
            "support_address": null,
            "support_email": null,
            "support_phone": null,
            "support_url": null,
            "url": null,
        },
        "business_type": merchant.business_type.as_deref().unwrap_or("company"),
        "capabilities": { "transfers": "active", "us_bank_account_ach_payments": "active" },
        "charges_enabled": true,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": true,
        "email": merchant.email,
        "external_accounts": {
            "object": "list",
            "data": data,
            "has_more": false,
            "url": external_accounts_path(world),
        },
        "metadata": merchant.metadata,
        "payouts_enabled": true,
        "settings": settings(merchant.display_name.as_deref()),
        "type": kind,
    });
    if let (Some(fields), Some(_)) = (value.as_object_mut(), &world.connected_account) {
        fields.insert("created".to_owned(), world.account_created.into());
    }
    value
}

/// Renders the settings: the groups that each account has.
fn settings(display_name: Option<&str>) -> Value {
    json!({
        "branding": { "icon": null, "logo": null, "primary_color": null, "secondary_color": null },
        "card_payments": {
            "decline_on": { "avs_failure": false, "cvc_failure": false },
            "statement_descriptor_prefix": null,
            "statement_descriptor_prefix_kana": null,
            "statement_descriptor_prefix_kanji": null,
        },
        "dashboard": { "display_name": display_name, "timezone": "Etc/UTC" },
        "payments": {
            "statement_descriptor": null,
            "statement_descriptor_kana": null,
            "statement_descriptor_kanji": null,
            "statement_descriptor_prefix_kana": null,
            "statement_descriptor_prefix_kanji": null,
        },
    })
}

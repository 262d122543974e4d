//! Options for bank accounts of setup intents and payment intents: `payment_method_options[us_bank_account]`.

use serde::{Deserialize, Serialize};

/// Options as the merchant gave them. They are shown again and change nothing, because the page decides how the
/// customer's account is linked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct BankOptions {
    pub(crate) permissions: Vec<String>,
    pub(crate) prefetch: Vec<String>,
    pub(crate) subcategories: Vec<String>,
    pub(crate) institution: Option<String>,
    pub(crate) manual_entry: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) collection_method: Option<String>,
    pub(crate) verification_method: Option<String>,
}

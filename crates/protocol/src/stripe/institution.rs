//! `financial_connections.institution`: a bank, and how well it works. Only on preview versions.

use serde::{Deserialize, Serialize};

use super::{InstitutionStatus, Permission};
use crate::InstitutionId;

/// `financial_connections.institution`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Institution {
    /// `fcinst_…`
    pub id: InstitutionId,
    /// The bank.
    pub name: String,
    /// Status of the bank in the bank window.
    pub status: InstitutionStatus,
    /// Data that the bank offers.
    #[serde(default)]
    pub features: Option<InstitutionFeatures>,
}

/// `financial_connections.institution.features`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InstitutionFeatures {
    /// Balances.
    pub balances: Option<FeatureSupport>,
    /// Owners.
    pub ownership: Option<FeatureSupport>,
    /// Payments and payouts.
    pub payment_method: Option<FeatureSupport>,
    /// Transactions.
    pub transactions: Option<FeatureSupport>,
}

/// Support of one feature by a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureSupport {
    /// True if the bank supports it.
    pub supported: bool,
}

impl InstitutionFeatures {
    /// Returns whether the bank supports this permission; `None` if Stripe does not say.
    pub fn supports(&self, permission: &Permission) -> Option<bool> {
        let support = match permission {
            Permission::Balances => self.balances,
            Permission::Ownership => self.ownership,
            Permission::PaymentMethod => self.payment_method,
            Permission::Transactions => self.transactions,
            Permission::Other(_) => None,
        };
        support.map(|support| support.supported)
    }
}

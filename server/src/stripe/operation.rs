//! Names of Stripe's endpoints, for the metrics.

use strum::{IntoStaticStr, VariantNames};

/// Endpoint that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Operation {
    CancelSetupIntent,
    CreateExternalAccount,
    CreatePaymentMethod,
    CreateSession,
    CreateSetupIntent,
    ListAccounts,
    ListConnectedAccounts,
    ListCustomers,
    ListEvents,
    ListOwners,
    ListPaymentMethods,
    ListSubscriptions,
    ListTransactions,
    ListWebhookEndpoints,
    RefreshAccount,
    RetrieveAccount,
    RetrieveAuthorization,
    RetrieveCustomer,
    RetrieveHolder,
    RetrieveInstitution,
    RetrievePaymentMethod,
    RetrieveSession,
    SubscribeAccount,
    UpdateCustomer,
    UpdateHolder,
    UpdateSubscription,
}

impl Operation {
    /// Returns the name in the metrics.
    pub(super) fn name(self) -> &'static str {
        self.into()
    }
}

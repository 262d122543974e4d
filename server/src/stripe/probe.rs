//! Calls that change nothing and show what the key may do. Stripe checks the permission before it looks for an object or
//! at parameters, so that 404 and 400 mean "allowed"; the objects that are named here do not exist.

use relink_protocol::StripeAccountId;
use serde_json::Value;

use super::endpoints::Unqualified;
use super::{Form, Operation, Stripe, StripeError};

/// Permission of a restricted key, and a call that needs it.
#[derive(Debug)]
pub(crate) struct Permission {
    /// Name as in Stripe's dashboard.
    pub(crate) name: &'static str,
    /// True if only payments need it.
    pub(crate) is_for_payments: bool,
    operation: Operation,
    path: &'static str,
    /// Parameters of a POST request; `None` is a GET request.
    form: Option<&'static Form>,
}

/// Result of a probing call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Allowance {
    Allowed,
    /// Stripe's reason.
    Denied(String),
    /// The call says nothing about the permission: no answer, for example.
    Unknown(String),
}

const fn read(name: &'static str, operation: Operation, path: &'static str) -> Permission {
    Permission { name, is_for_payments: false, operation, path, form: None }
}

const fn write(name: &'static str, operation: Operation, path: &'static str) -> Permission {
    Permission { form: Some(&[]), ..read(name, operation, path) }
}

/// Permissions that the server uses.
pub(crate) const PERMISSIONS: [Permission; 9] = [
    write(
        "Financial Connections sessions: write",
        Operation::CreateSession,
        "/v1/financial_connections/sessions",
    ),
    write(
        "Financial Connections accounts: write",
        Operation::RefreshAccount,
        "/v1/financial_connections/accounts/fca_relink_check/refresh",
    ),
    read(
        "Financial Connections authorizations: read",
        Operation::RetrieveAuthorization,
        "/v1/financial_connections/authorizations/fcauth_relink_check",
    ),
    read(
        "Financial Connections owners: read",
        Operation::ListOwners,
        "/v1/financial_connections/accounts/fca_relink_check/owners",
    ),
    read(
        "Financial Connections transactions: read",
        Operation::ListTransactions,
        "/v1/financial_connections/transactions",
    ),
    read("Events: read", Operation::ListEvents, "/v1/events"),
    read("Customers: read", Operation::ListCustomers, "/v1/customers"),
    Permission {
        is_for_payments: true,
        ..write("Payment methods: write", Operation::CreatePaymentMethod, "/v1/payment_methods")
    },
    Permission {
        is_for_payments: true,
        ..write(
            "Setup intents: write",
            Operation::CancelSetupIntent,
            "/v1/setup_intents/seti_relink_check/cancel",
        )
    },
];

impl Stripe {
    /// Tries whether the key has this permission.
    pub(crate) async fn allows(&self, permission: &Permission) -> Allowance {
        let Permission { operation, path, form, .. } = *permission;
        let key = crate::clock::new_id().to_string();
        let tried: Result<Unqualified, StripeError> = match form {
            Some(form) => self.post(operation, None, path, form, key).await,
            None => self.get(operation, None, path, &[]).await,
        };
        match tried {
            Ok(_) | Err(StripeError::NotFound(_) | StripeError::Refused(..)) => Allowance::Allowed,
            Err(error @ StripeError::KeyRefused(_)) => Allowance::Denied(error.to_string()),
            Err(
                error @ (StripeError::Unreachable(_)
                | StripeError::Unreadable(_)
                | StripeError::RateLimited(_)
                | StripeError::OverBudget
                | StripeError::Broken(..)),
            ) => Allowance::Unknown(error.to_string()),
        }
    }

    /// True if the key can make calls for the connected account, or for the one that the server works for. A key without the
    /// permission that the call needs can.
    pub(crate) async fn reaches(&self, stripe_account: Option<StripeAccountId>) -> Result<bool, StripeError> {
        let (operation, path) = (Operation::ListEvents, "/v1/events");
        match self.get::<Unqualified>(operation, stripe_account, path, &[("limit", "1")]).await {
            Err(error) if error.is_of_connected_account() => Ok(false),
            Err(StripeError::KeyRefused(_)) => Ok(true),
            answer => answer.map(|_| true),
        }
    }

    /// Lists the event destinations of the account (`webhook_endpoints`).
    pub(crate) async fn webhook_endpoints(&self) -> Result<Value, StripeError> {
        let query = [("limit", "100")];
        let Unqualified(list) =
            self.get(Operation::ListWebhookEndpoints, None, "/v1/webhook_endpoints", &query).await?;
        Ok(list)
    }
}

//! Settings for payment methods.

use clap::Args;
use clap::builder::FalseyValueParser;

/// Payment methods of accounts that customers pay from instead of others.
#[derive(Clone, Debug, Default, Args)]
pub struct PaymentOptions {
    /// Once a customer has agreed to pay from a new account, the server makes its payment method the default of the
    /// customer (`invoice_settings`) and of each subscription whose default is a payment method of the replaced account.
    /// The key then also needs the permission to write customers and subscriptions. Otherwise your back end does it,
    /// because Stripe goes on debiting the old one: see the webhook `payment_method.created`.
    #[arg(long, env = "RELINK_MAKE_DEFAULT", value_parser = FalseyValueParser::new())]
    pub make_default: bool,
}

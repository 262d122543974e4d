//! Settings for payment methods and external accounts.

use clap::Args;
use clap::builder::FalseyValueParser;

/// Options for accounts that customers link instead of others.
#[derive(Clone, Debug, Default, Args)]
pub struct PaymentOptions {
    /// Once a customer has agreed to pay from a new account, the server makes its payment method the default of the
    /// customer (`invoice_settings`) and of each subscription whose default is a payment method of the replaced account.
    /// The key then also needs the permission to write customers and subscriptions. Otherwise your back end does it,
    /// because Stripe goes on debiting the old one: see the webhook `payment_method.created`.
    #[arg(long, env = "RELINK_MAKE_DEFAULT", value_parser = FalseyValueParser::new())]
    pub make_default: bool,
    /// Once a connected account has agreed to be paid out to a new account, the server makes it the default external account of
    /// the connected account. The key then also needs the permission to write connected accounts. Otherwise the page only
    /// says that another account was linked, and your back end decides.
    #[arg(long, env = "RELINK_ADD_EXTERNAL_ACCOUNTS", value_parser = FalseyValueParser::new())]
    pub add_external_accounts: bool,
}

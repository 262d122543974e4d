//! Settings of Connect platforms that act for connected accounts.

use clap::Args;

/// Options for direct charges.
#[derive(Clone, Debug, Default, Args)]
pub struct ConnectOptions {
    /// Connected account (`acct_…`) that the server works for, in place of the account of the keys, which are those of the
    /// platform: every call to Stripe has the header `Stripe-Account`, Stripe.js has `stripeAccount`, and only events of this
    /// account are taken. The customers and bank accounts are then those of the connected account (direct charges). The
    /// database belongs to it from the first start on.
    #[arg(long, env = "RELINK_STRIPE_ACCOUNT")]
    pub stripe_account: Option<String>,
}

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

    /// Connected accounts whose customers this server serves beside the platform's own: `all`, or `acct_…`, separated by commas.
    /// A customer's token names the one that they are a customer of (claim `stripe_account`), and calls are made for it
    /// with the header `Stripe-Account`; identifiers of its objects are qualified with it, as in `acct_1.cus_2`. Events of these
    /// connected accounts are taken as well. Otherwise tokens with the claim are refused, and such events are ignored.
    #[arg(long, env = "RELINK_CONNECTED_ACCOUNTS")]
    pub connected_accounts: Option<String>,
}

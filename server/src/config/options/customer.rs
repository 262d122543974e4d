//! `relink-server customer`.

use clap::Subcommand;
use relink_protocol::HolderId;

/// Subcommands for one customer's data.
#[derive(Clone, Debug, Subcommand)]
pub enum CustomerCommand {
    /// Print everything that is stored about a customer as JSON, for a request for access.
    Export {
        /// The customer: `cus_…`, a connected account `acct_…`, or a customer account `customer_account_acct_…`.
        customer: HolderId,
    },
    /// Erase a customer: delete everything that names them, and pseudonymise what has to be kept, which is printed as JSON.
    /// Delete the customer, or disconnect their accounts, at Stripe first; what is left there is read again.
    Erase {
        /// The customer: `cus_…`, a connected account `acct_…`, or a customer account `customer_account_acct_…`.
        customer: HolderId,
        /// Print what would be erased and kept, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

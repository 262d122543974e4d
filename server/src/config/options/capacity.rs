//! Options of `relink-server capacity`.

use clap::Args;

/// Accounts and their breakage for which a year is estimated.
#[derive(Clone, Debug, Args)]
pub struct CapacityOptions {
    /// Number of accounts that are linked.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub accounts: u64,

    /// Accounts of a customer, on average.
    #[arg(long, default_value_t = 2.0, value_parser = at_least_one)]
    pub per_customer: f64,

    /// Accounts that break in a year, in percent of all.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub breaking: u8,

    /// Accounts that break within one hour, once in the year, in percent of all: a bank that ends all its connections.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub worst: u8,

    /// Visits of a customer to a page with the element, in a month.
    #[arg(long, default_value_t = 0.5, value_parser = at_least_zero)]
    pub visits: f64,
}

fn at_least_one(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| (1.0..=1000.0).contains(number))
        .ok_or("not a number from 1 to 1000".to_owned())
}

fn at_least_zero(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| (0.0..=1000.0).contains(number))
        .ok_or("not a number from 0 to 1000".to_owned())
}

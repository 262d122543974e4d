//! How often links may be tried, by where somebody is and by link, and how often a client may have Stripe asked.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::domain::caller::Caller;
use crate::domain::client_network::ClientNetwork;
use crate::domain::limit::Limit;
use crate::failure::Failure;
use crate::stripe::Stripe;

/// Tries of this process.
#[derive(Debug)]
pub(crate) struct Limits {
    by_address: Mutex<Limit>,
    by_link: Mutex<Limit>,
    begun: Mutex<Limit>,
    asking_stripe: Mutex<Limit>,
}

impl Limits {
    /// `customer_rate` is requests a minute of each client for which Stripe may be asked.
    pub(crate) fn new(customer_rate: u32) -> Self {
        let limit = |most| Mutex::new(Limit::new(most, SignedDuration::from_mins(1)));
        Self {
            // Programs that look at mails open a link many times, and must not keep its reader out.
            by_address: limit(60),
            by_link: limit(30),
            begun: limit(10),
            asking_stripe: limit(customer_rate),
        }
    }

    /// One more try of this address's, at this link.
    pub(crate) fn take(&self, ip: IpAddr, link: &str, now: Timestamp) -> Result<(), Failure> {
        take(&self.by_address, &ClientNetwork::from(ip).to_string(), now)?;
        take(&self.by_link, link, now)
    }

    /// One more relink is begun with the link of this request.
    pub(crate) fn begin(&self, request: &str, now: Timestamp) -> Result<(), Failure> {
        take(&self.begun, request, now)
    }

    /// One more try of this address's.
    pub(crate) fn take_for_address(&self, ip: IpAddr, now: Timestamp) -> Result<(), Failure> {
        take(&self.by_address, &ClientNetwork::from(ip).to_string(), now)
    }
}

impl App {
    /// Stripe for one request of this caller's, which counts against their share and takes its turn among those of others.
    pub(crate) fn stripe_for(&self, caller: &Caller) -> Result<Stripe, Failure> {
        let client = caller.client();
        take(&self.limits.asking_stripe, &client, crate::clock::now())?;
        Ok(self.stripe.for_client(&client))
    }
}

fn take(limit: &Mutex<Limit>, who: &str, now: Timestamp) -> Result<(), Failure> {
    // Nothing is left half done by a panic while it is held.
    limit.lock().unwrap_or_else(PoisonError::into_inner).take(who, now).map_err(Failure::TooManyTries)
}

//! Rate limits: for links by client address and by link, and for requests that call Stripe by client.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::client_network::ClientNetwork;
use crate::domain::rate_limit::RateLimit;

/// A rate limit is reached, for this number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooManyTries(pub(crate) u32);

/// Rate limits of this process.
#[derive(Debug)]
pub(crate) struct RateLimits {
    by_address: Mutex<RateLimit>,
    by_link: Mutex<RateLimit>,
    begun: Mutex<RateLimit>,
    asking_stripe: Mutex<RateLimit>,
}

impl RateLimits {
    /// `customer_rate` is the number of requests a minute and client that may call Stripe.
    pub(crate) fn new(customer_rate: u32) -> Self {
        let limit = |most| Mutex::new(RateLimit::new(most, SignedDuration::from_mins(1)));
        Self {
            // Generous, because email scanners open a link many times and must not lock its reader out.
            by_address: limit(60),
            by_link: limit(30),
            begun: limit(10),
            asking_stripe: limit(customer_rate),
        }
    }

    /// Counts an attempt to open this link from this address.
    pub(crate) fn take(&self, ip: IpAddr, link: &str, now: Timestamp) -> Result<(), TooManyTries> {
        take(&self.by_address, &ClientNetwork::from(ip).to_string(), now)?;
        take(&self.by_link, link, now)
    }

    /// Counts a relink that is begun with the link of this request.
    pub(crate) fn begin(&self, request: &str, now: Timestamp) -> Result<(), TooManyTries> {
        take(&self.begun, request, now)
    }

    /// Counts an attempt from this address.
    pub(crate) fn take_for_address(&self, ip: IpAddr, now: Timestamp) -> Result<(), TooManyTries> {
        take(&self.by_address, &ClientNetwork::from(ip).to_string(), now)
    }

    /// Counts a request of this client that may call Stripe.
    pub(crate) fn take_for_stripe(&self, client: &str, now: Timestamp) -> Result<(), TooManyTries> {
        take(&self.asking_stripe, client, now)
    }
}

fn take(limit: &Mutex<RateLimit>, who: &str, now: Timestamp) -> Result<(), TooManyTries> {
    // No code panics while it holds the lock, so the state is valid even if it is poisoned.
    limit.lock().unwrap_or_else(PoisonError::into_inner).take(who, now).map_err(TooManyTries)
}

//! Rate limits: for links by client address and by link, and for requests that call Stripe by client.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::client_network::ClientNetwork;
use crate::domain::customer_claims::Caller;
use crate::domain::rate_limit::RateLimit;
use crate::http::error::ApiError;
use crate::state::AppState;
use crate::stripe::Stripe;

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
    pub(crate) fn take(&self, ip: IpAddr, link: &str, now: Timestamp) -> Result<(), ApiError> {
        take(&self.by_address, &ClientNetwork::from(ip).to_string(), now)?;
        take(&self.by_link, link, now)
    }

    /// Counts a relink that is begun with the link of this request.
    pub(crate) fn begin(&self, request: &str, now: Timestamp) -> Result<(), ApiError> {
        take(&self.begun, request, now)
    }

    /// Counts an attempt from this address.
    pub(crate) fn take_for_address(&self, ip: IpAddr, now: Timestamp) -> Result<(), ApiError> {
        take(&self.by_address, &ClientNetwork::from(ip).to_string(), now)
    }
}

impl AppState {
    /// Returns a Stripe client for one request of this caller. The request counts against the caller's rate limit, and
    /// its calls are queued fairly among those of other clients.
    pub(crate) fn stripe_for(&self, caller: &Caller) -> Result<Stripe, ApiError> {
        let client = caller.client();
        take(&self.limits.asking_stripe, &client, crate::clock::now())?;
        Ok(self.stripe.for_client(&client))
    }
}

fn take(limit: &Mutex<RateLimit>, who: &str, now: Timestamp) -> Result<(), ApiError> {
    // No code panics while it holds the lock, so the state is valid even if it is poisoned.
    limit.lock().unwrap_or_else(PoisonError::into_inner).take(who, now).map_err(ApiError::TooManyTries)
}

//! The numbers behind the HTTP edge.

use std::time::Duration;

use crate::domain::settings::{Config, NetworkSettings};
use crate::domain::trusted_proxies::TrustedProxies;

/// How much and for how long clients may hold.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For each connection.
    pub timeouts: Timeouts,
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time from one IPv4 address or IPv6 /64.
    pub connections_per_address: usize,
    /// Peers that the limit per address is not for, because all customers come through them.
    pub proxies: TrustedProxies,
    /// For requests under way after the listener has closed.
    pub drain: Duration,
}

/// How long a connection waits for its client.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// From the first byte of a request, or from the connection, to the end of the headers.
    pub header: Duration,
    /// From an answer to the first byte of the next request.
    pub keep_alive: Duration,
    /// For a client that takes nothing of its answer.
    pub write: Duration,
}

impl From<&NetworkSettings> for Limits {
    fn from(settings: &NetworkSettings) -> Self {
        Self {
            timeouts: Timeouts {
                header: settings.header_timeout,
                keep_alive: settings.keep_alive,
                write: settings.write_timeout,
            },
            connections: settings.max_connections,
            connections_per_address: settings.max_connections_per_address,
            proxies: settings.trusted_proxies.clone(),
            drain: settings.drain_timeout,
        }
    }
}

impl Limits {
    /// The limits that the settings ask for.
    pub fn of(config: &Config) -> Self {
        Self::from(&config.network)
    }

    /// A few connections of any address, for the management port.
    pub(crate) fn of_management(config: &Config) -> Self {
        let most = MANAGEMENT_CONNECTIONS;
        Self { connections: most, connections_per_address: most, ..Self::of(config) }
    }
}

/// More than all probes of a cluster hold at a time.
const MANAGEMENT_CONNECTIONS: usize = 64;

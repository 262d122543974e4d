//! Limits and timeouts of the HTTP server.

use std::time::Duration;

use crate::config::settings::{Config, NetworkSettings};
use crate::domain::trusted_proxies::TrustedProxies;

/// Limits on the number of connections and on their duration.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Timeouts of each connection.
    pub timeouts: Timeouts,
    /// Maximum number of connections.
    pub connections: usize,
    /// Maximum number of connections from one IPv4 address or IPv6 /64.
    pub connections_per_address: usize,
    /// Trusted proxies, which have no limit per address, because all customers connect through them.
    pub proxies: TrustedProxies,
    /// Time for requests in progress to finish after the listener has closed.
    pub drain: Duration,
    /// Path of the public URL. Health checks below it are served beyond the limits as well as those without it.
    pub base_path: String,
}

/// Timeouts of a connection while it waits for its client.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// From the connection, or the first byte of a later request, to the end of the headers.
    pub header: Duration,
    /// From a response to the first byte of the next request.
    pub keep_alive: Duration,
    /// For a client that stops reading a response.
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
            base_path: String::new(),
        }
    }
}

impl Limits {
    /// Returns the limits from the settings.
    pub fn of(config: &Config) -> Self {
        Self { base_path: config.requests.base_path().to_owned(), ..Self::from(&config.network) }
    }

    /// Returns the limits of the management listener: a few connections, without a limit per address.
    pub(crate) fn of_management(config: &Config) -> Self {
        let most = MANAGEMENT_CONNECTIONS;
        Self { connections: most, connections_per_address: most, ..Self::of(config) }
    }
}

/// Maximum number of connections to the management listener: more than all probes of a cluster open at once.
const MANAGEMENT_CONNECTIONS: usize = 64;

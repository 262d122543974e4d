//! Settings for connections, proxies and shutdown.

use clap::Args;

/// Listeners, trusted proxies, connection limits and shutdown.
#[derive(Clone, Debug, Default, Args)]
pub struct NetworkOptions {
    /// Addresses or networks of your proxies, separated by commas, such as `10.0.0.5,192.168.8.0/24`; `private` stands
    /// for all loopback and private networks. The customer's address is then the last one in X-Forwarded-For, or in
    /// Forwarded, that is not one of them. Without it, `RELINK_BEHIND_TLS_PROXY` trusts the last address reported by
    /// any peer on a private network; without both, the headers are ignored.
    #[arg(long, env = "RELINK_TRUSTED_PROXIES")]
    pub trusted_proxies: Option<String>,

    /// Address and port of a second listener that serves `/healthz`, `/readyz` and `/metrics` only, with its own
    /// connections, so that it answers even if all others are in use. The main port serves the first two, too. Don't
    /// expose it to the internet.
    #[arg(long, env = "RELINK_MANAGEMENT_LISTEN")]
    pub management_listen: Option<String>,

    /// Maximum number of connections at a time. Further ones get 503, except for health checks. Lowered if the system
    /// allows fewer open files. Otherwise 12000.
    #[arg(long, env = "RELINK_MAX_CONNECTIONS")]
    pub max_connections: Option<String>,

    /// Maximum number of connections at a time from one IPv4 address or one IPv6 /64; not applied to your
    /// trusted proxies. Otherwise 200.
    #[arg(long, env = "RELINK_MAX_CONNECTIONS_PER_ADDRESS")]
    pub max_connections_per_address: Option<String>,

    /// Maximum number of pages that receive live updates at a time; each holds a connection while it is open. Otherwise
    /// 10000, or five sixths of `RELINK_MAX_CONNECTIONS` if that is less.
    #[arg(long, env = "RELINK_MAX_OPEN_PAGES")]
    pub max_open_pages: Option<String>,

    /// Seconds from the first byte of a request, or from the connection, to the end of the request's headers. Otherwise 10.
    #[arg(long, env = "RELINK_HEADER_TIMEOUT")]
    pub header_timeout: Option<String>,

    /// Seconds for which an idle connection is kept open. Set your proxy's timeout to less, so that it never sends a
    /// request on a connection that is being closed. Otherwise 75.
    #[arg(long, env = "RELINK_KEEP_ALIVE")]
    pub keep_alive: Option<String>,

    /// Seconds after which a client that reads nothing of its response is disconnected. Otherwise 30.
    #[arg(long, env = "RELINK_WRITE_TIMEOUT")]
    pub write_timeout: Option<String>,

    /// Seconds between SIGTERM, after which `/readyz` answers 503, and the closing of the listener: time for load
    /// balancers to notice. A second signal ends the server at once. Otherwise 5; 0 in the sandbox.
    #[arg(long, env = "RELINK_SHUTDOWN_DELAY")]
    pub shutdown_delay: Option<String>,

    /// Maximum number of seconds for requests in progress after the listener has closed. Otherwise 20.
    #[arg(long, env = "RELINK_DRAIN_TIMEOUT")]
    pub drain_timeout: Option<String>,

    /// The Strict-Transport-Security header of every response: `host` for this host name, `subdomains` for all names
    /// below it, too, or `off`. Otherwise `host`.
    #[arg(long, env = "RELINK_HSTS")]
    pub hsts: Option<String>,
}

//! Settings for connections, proxies and shutdown.

use clap::Args;

/// Listening, proxies in front, and shutdown.
#[derive(Clone, Debug, Default, Args)]
pub struct NetworkOptions {
    /// Addresses or networks of your proxies, separated by commas, such as `10.0.0.5,192.168.8.0/24`; `private` stands for
    /// all loopback and private networks. The customer's address is then the last one in X-Forwarded-For, or in
    /// Forwarded, that is not one of them. Without it, `RELINK_BEHIND_TLS_PROXY` believes the last address that any
    /// peer on a private network reports; without both, the headers are ignored.
    #[arg(long, env = "RELINK_TRUSTED_PROXIES")]
    pub trusted_proxies: Option<String>,

    /// Address and port of a second listener, for `/healthz` and `/readyz` alone, with connections of its own: it answers
    /// when all others are taken. The main port has them, too.
    #[arg(long, env = "RELINK_MANAGEMENT_LISTEN")]
    pub management_listen: Option<String>,

    /// Most connections at a time. Further ones get 503, except for the health checks. It is lowered if the system allows
    /// fewer open files. Otherwise 12000.
    #[arg(long, env = "RELINK_MAX_CONNECTIONS")]
    pub max_connections: Option<String>,

    /// Most connections at a time from one IPv4 address or one IPv6 /64; your trusted proxies have no such limit. Otherwise
    /// 200.
    #[arg(long, env = "RELINK_MAX_CONNECTIONS_PER_ADDRESS")]
    pub max_connections_per_address: Option<String>,

    /// Most pages that hear of changes at a time; each holds a connection for as long as it is open. Otherwise 10000, or
    /// five sixths of `RELINK_MAX_CONNECTIONS` if that is less.
    #[arg(long, env = "RELINK_MAX_OPEN_PAGES")]
    pub max_open_pages: Option<String>,

    /// Seconds from the first byte of a request, or from the connection, to the end of the request's headers. Otherwise 10.
    #[arg(long, env = "RELINK_HEADER_TIMEOUT")]
    pub header_timeout: Option<String>,

    /// Seconds for which a connection without a request is kept. Set your proxy's to less, so that it never sends a request
    /// on a connection that is being closed. Otherwise 75.
    #[arg(long, env = "RELINK_KEEP_ALIVE")]
    pub keep_alive: Option<String>,

    /// Seconds after which a client that takes nothing of its answer is disconnected. Otherwise 30.
    #[arg(long, env = "RELINK_WRITE_TIMEOUT")]
    pub write_timeout: Option<String>,

    /// Seconds between SIGTERM, from which on `/readyz` is 503, and the moment when the listener closes: time for balancers
    /// to notice. A second signal ends the server at once. Otherwise 5; 0 in the sandbox.
    #[arg(long, env = "RELINK_SHUTDOWN_DELAY")]
    pub shutdown_delay: Option<String>,

    /// Most seconds for requests under way after the listener has closed. Otherwise 20.
    #[arg(long, env = "RELINK_DRAIN_TIMEOUT")]
    pub drain_timeout: Option<String>,

    /// The header Strict-Transport-Security of every answer: `host` for this host name, `subdomains` for all names below it,
    /// too, or `off`. Otherwise `host`.
    #[arg(long, env = "RELINK_HSTS")]
    pub hsts: Option<String>,
}

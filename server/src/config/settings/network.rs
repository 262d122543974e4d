//! Connections, proxies and shutdown.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use reqwest::Url;

use super::{ConfigError, Mode, present};
use crate::NetworkOptions;
use crate::domain::trusted_proxies::{TrustedProxies, private_networks};

/// Settings for listeners, proxies, limits and shutdown.
#[derive(Clone, Debug)]
pub(crate) struct NetworkSettings {
    /// True if a proxy in front terminates TLS.
    pub(crate) behind_tls_proxy: bool,
    pub(crate) trusted_proxies: TrustedProxies,
    /// True if a mandate is refused rather than recorded with an address that may be a proxy's.
    pub(crate) needs_true_address: bool,
    /// Address of a separate listener for health checks.
    pub(crate) management_listen: Option<SocketAddr>,
    /// Maximum number of connections at a time.
    pub(crate) max_connections: usize,
    /// Maximum number of these from one IPv4 address or IPv6 /64.
    pub(crate) max_connections_per_address: usize,
    /// Maximum number of event streams at a time.
    pub(crate) max_open_pages: usize,
    pub(crate) header_timeout: Duration,
    pub(crate) keep_alive: Duration,
    pub(crate) write_timeout: Duration,
    /// Time between `/readyz` answering 503 and the closing of the listener.
    pub(crate) shutdown_delay: Duration,
    pub(crate) drain_timeout: Duration,
    pub(crate) hsts: Hsts,
}

/// Extent of `Strict-Transport-Security`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hsts {
    Off,
    Host,
    Subdomains,
}

/// Settings of other groups that these depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct OtherSettings<'a> {
    pub(super) mode: Mode,
    pub(super) listen: SocketAddr,
    pub(super) behind_tls_proxy: bool,
    pub(super) public_url: Option<&'a Url>,
}

const CONNECTIONS: u64 = 12_000;
const CONNECTIONS_PER_ADDRESS: u64 = 200;
const OPEN_PAGES: usize = 10_000;
const MOST_CONNECTIONS: u64 = 1_000_000;
const LONGEST: u64 = 3_600;
/// Open files other than connections: the database, calls to Stripe, the page's files, connections that are refused.
const OTHER_FILES: usize = 256;

const FLAG_ALONE: &str = "RELINK_BEHIND_TLS_PROXY is set and RELINK_TRUSTED_PROXIES is not: every peer with a \
                                     private address is believed to be your proxy; name your proxy in \
                                     RELINK_TRUSTED_PROXIES";

pub(super) fn decide(
    options: NetworkOptions,
    around: OtherSettings<'_>,
) -> Result<NetworkSettings, ConfigError> {
    if around.mode == Mode::Live && !around.listen.ip().is_loopback() && !around.behind_tls_proxy {
        return Err(ConfigError::LiveWithoutTls);
    }
    let max_connections =
        count("RELINK_MAX_CONNECTIONS", options.max_connections, CONNECTIONS, MOST_CONNECTIONS)?;
    let delay = if around.mode == Mode::Sandbox { 0 } else { 5 };
    Ok(NetworkSettings {
        behind_tls_proxy: around.behind_tls_proxy,
        trusted_proxies: trusted_proxies(options.trusted_proxies, around.behind_tls_proxy)?,
        needs_true_address: around.mode == Mode::Live
            || around.public_url.is_some_and(|url| url.scheme() == "https"),
        management_listen: management(options.management_listen, around.listen)?,
        max_connections,
        max_connections_per_address: count(
            "RELINK_MAX_CONNECTIONS_PER_ADDRESS",
            options.max_connections_per_address,
            CONNECTIONS_PER_ADDRESS,
            MOST_CONNECTIONS,
        )?,
        max_open_pages: open_pages(options.max_open_pages, max_connections)?,
        header_timeout: seconds("RELINK_HEADER_TIMEOUT", options.header_timeout, 10, 1)?,
        keep_alive: seconds("RELINK_KEEP_ALIVE", options.keep_alive, 75, 1)?,
        write_timeout: seconds("RELINK_WRITE_TIMEOUT", options.write_timeout, 30, 1)?,
        shutdown_delay: seconds("RELINK_SHUTDOWN_DELAY", options.shutdown_delay, delay, 0)?,
        drain_timeout: seconds("RELINK_DRAIN_TIMEOUT", options.drain_timeout, 20, 0)?,
        hsts: hsts(options.hsts)?,
    })
}

impl NetworkSettings {
    /// Returns a warning about trusted proxies.
    pub(super) fn warning(&self) -> Option<&'static str> {
        self.trusted_proxies.is_any_private_peer().then_some(FLAG_ALONE)
    }

    /// Returns the number of open files that these settings need.
    pub(crate) fn files_needed(&self) -> u64 {
        u64::try_from(self.max_connections.saturating_add(OTHER_FILES)).unwrap_or(u64::MAX)
    }

    /// Lowers the numbers of connections and pages to fit into this many open files. Returns true if it had to.
    pub(crate) fn limit_to_files(&mut self, files: u64) -> bool {
        let files = usize::try_from(files).unwrap_or(usize::MAX);
        // Serve at least one connection, however few files the system allows.
        let possible = files.saturating_sub(OTHER_FILES).max(files / 2).max(1);
        let is_too_much = possible < self.max_connections;
        if is_too_much {
            self.max_connections = possible;
            self.max_open_pages = self.max_open_pages.min(max_pages(possible));
        }
        is_too_much
    }
}

/// Returns the share of the connections that pages may hold; the rest is for requests.
fn max_pages(connections: usize) -> usize {
    connections - connections.div_ceil(6)
}

fn open_pages(text: Option<String>, connections: usize) -> Result<usize, ConfigError> {
    let Some(text) = present(text) else { return Ok(OPEN_PAGES.min(max_pages(connections))) };
    match number("RELINK_MAX_OPEN_PAGES", &text, 0, MOST_CONNECTIONS).map(to_usize)? {
        pages if pages < connections => Ok(pages),
        _ => Err(ConfigError::OpenPages),
    }
}

fn trusted_proxies(list: Option<String>, behind_tls_proxy: bool) -> Result<TrustedProxies, ConfigError> {
    let Some(list) = present(list) else {
        return Ok(if behind_tls_proxy {
            TrustedProxies::private_peers()
        } else {
            TrustedProxies::default()
        });
    };
    let mut networks = Vec::new();
    for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        if entry == "private" {
            networks.extend(private_networks());
            continue;
        }
        let network = network(entry).ok_or(ConfigError::TrustedProxies)?;
        if is_too_wide(network) {
            return Err(ConfigError::TrustsEveryone);
        }
        networks.push(network);
    }
    if networks.is_empty() {
        Err(ConfigError::TrustedProxies)
    } else {
        Ok(TrustedProxies::networks(networks))
    }
}

/// True if the network is wider than the widest private ones, `10.0.0.0/8` and `fc00::/7`. Two halves of the internet
/// would trust everyone like the whole.
fn is_too_wide(network: IpNet) -> bool {
    network.prefix_len() < if matches!(network, IpNet::V4(_)) { 8 } else { 7 }
}

fn network(text: &str) -> Option<IpNet> {
    let address = text.parse::<IpAddr>().map(|ip| IpNet::from(ip.to_canonical()));
    address.ok().or_else(|| text.parse().ok())
}

fn management(text: Option<String>, listen: SocketAddr) -> Result<Option<SocketAddr>, ConfigError> {
    let Some(text) = present(text) else { return Ok(None) };
    match text.parse() {
        Ok(address) if address == listen && listen.port() != 0 => Err(ConfigError::ManagementListenIsTaken),
        Ok(address) => Ok(Some(address)),
        Err(_) => Err(ConfigError::ManagementListen),
    }
}

fn hsts(text: Option<String>) -> Result<Hsts, ConfigError> {
    match present(text).as_deref() {
        None | Some("host") => Ok(Hsts::Host),
        Some("subdomains") => Ok(Hsts::Subdomains),
        Some("off") => Ok(Hsts::Off),
        Some(_) => Err(ConfigError::Hsts),
    }
}

fn seconds(
    name: &'static str,
    text: Option<String>,
    default: u64,
    least: u64,
) -> Result<Duration, ConfigError> {
    let seconds = present(text).map_or(Ok(default), |text| number(name, &text, least, LONGEST))?;
    Ok(Duration::from_secs(seconds))
}

fn count(name: &'static str, text: Option<String>, default: u64, most: u64) -> Result<usize, ConfigError> {
    present(text).map_or(Ok(default), |text| number(name, &text, 1, most)).map(to_usize)
}

pub(super) fn number(name: &'static str, text: &str, least: u64, most: u64) -> Result<u64, ConfigError> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or(ConfigError::Number { name, least, most })
}

/// Lossless for every number that the settings allow.
fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;

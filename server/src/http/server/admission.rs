//! Counts connections in total and by client network.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Limits;
use crate::domain::client_network::ClientNetwork;
use crate::domain::trusted_proxies::TrustedProxies;

/// Connections of one listener.
#[derive(Debug)]
pub(super) struct Admission {
    most: usize,
    most_per_network: usize,
    proxies: TrustedProxies,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_network: HashMap<ClientNetwork, usize>,
}

/// Slot of one connection, released on drop.
#[derive(Debug)]
pub(super) struct Slot {
    admission: Arc<Admission>,
    /// `None` for a trusted proxy, which has no limit of its own.
    network: Option<ClientNetwork>,
}

impl Admission {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            most: limits.connections,
            most_per_network: limits.connections_per_address,
            proxies: limits.proxies.clone(),
            open: Mutex::default(),
        })
    }

    /// Returns a slot for a connection from this address, or `None` if there are too many connections.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Slot> {
        let network = (!self.proxies.trusts(peer)).then(|| ClientNetwork::from(peer));
        let mut open = self.lock();
        if open.all >= self.most {
            return None;
        }
        if let Some(network) = network {
            let count = open.by_network.get(&network).copied().unwrap_or_default();
            if count >= self.most_per_network {
                return None;
            }
            open.by_network.insert(network, count + 1);
        }
        open.all += 1;
        Some(Slot { admission: self.clone(), network })
    }

    /// Locks the counts. No code panics while it holds the lock, so they are right even if it is poisoned.
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.admission.lock();
        open.all -= 1;
        let Some(network) = self.network else { return };
        if let Some(count) = open.by_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                open.by_network.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(most: usize, per_network: usize, proxies: &[&str]) -> Arc<Admission> {
        let networks = proxies.iter().map(|network| network.parse().unwrap()).collect();
        Arc::new(Admission {
            most,
            most_per_network: per_network,
            proxies: TrustedProxies::networks(networks),
            open: Mutex::default(),
        })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_network_cannot_take_all_places() {
        let admission = admission(5, 2, &[]);
        let mut held: Vec<_> = ["2001:db8::1", "2001:db8::2"].map(|peer| admission.admit(ip(peer))).into();
        assert!(held.iter().all(Option::is_some));
        assert!(admission.admit(ip("2001:db8::3")).is_none());
        held.extend(["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|peer| admission.admit(ip(peer))));
        assert!(held.iter().all(Option::is_some));
        assert!(admission.admit(ip("192.0.2.4")).is_none(), "there are five in all");
    }

    #[test]
    fn places_are_given_back() {
        let admission = admission(1, 1, &[]);
        let held = admission.admit(ip("192.0.2.1"));
        assert!(held.is_some() && admission.admit(ip("192.0.2.1")).is_none());
        drop(held);
        assert!(admission.lock().by_network.is_empty());
        assert!(admission.admit(ip("192.0.2.1")).is_some());
    }

    #[test]
    fn a_trusted_proxy_is_limited_by_the_number_of_all_connections_only() {
        let admission = admission(3, 1, &["10.0.0.0/8"]);
        let held: Vec<_> = (0..3).map(|_| admission.admit(ip("10.0.0.1"))).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(admission.admit(ip("10.0.0.1")).is_none());
    }
}

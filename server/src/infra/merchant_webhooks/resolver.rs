//! DNS resolver that omits private addresses.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use crate::domain::public_address::is_public;

/// Resolves names to public addresses only. The checked address is the one connected to, so DNS rebinding is
/// impossible.
#[derive(Debug)]
pub(super) struct PublicResolver;

/// Error: all addresses of a name are private.
#[derive(Debug, Error)]
#[error("the name leads into a private network")]
pub(super) struct OnlyPrivateAddresses;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(OnlyPrivateAddresses.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

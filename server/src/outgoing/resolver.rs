//! Looks names up, and leaves out what leads into a private network.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use crate::domain::destination::is_public;

/// Finds only public addresses. What is connected to is what was judged: there is no second look.
#[derive(Debug)]
pub(super) struct PublicOnly;

/// All addresses of a name are private.
#[derive(Debug, Error)]
#[error("the name leads into a private network")]
pub(super) struct OnlyPrivate;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(OnlyPrivate.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

//! Everything about HTTP that is not one route: errors, responses, extractors, headers, and the server that accepts
//! connections.

pub(crate) mod base_path;
pub(crate) mod cookie;
pub(crate) mod error;
pub(crate) mod extract;
pub(crate) mod link_session;
pub(crate) mod observe;
pub(crate) mod page_call;
pub(crate) mod reject_nul;
pub(crate) mod response;
pub(crate) mod server;

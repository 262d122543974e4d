//! Parts that the end-to-end tests and the drills share: child processes, polling, customers' tokens, and stubs of the
//! services that a merchant runs.
//!
//! Nothing here depends on a program of this workspace or on its types, so any test may use it.

mod command;
mod http_stub;
mod issuer_stub;
mod merchant_endpoint;
mod poll;
mod process;
mod reserved_port;
mod smtp_stub;
mod token;

pub use command::command_without_settings;
pub use http_stub::{HttpStub, json_response};
pub use issuer_stub::{IssuerKey, IssuerStub, OIDC_CLIENT};
pub use merchant_endpoint::{MerchantEndpoint, MerchantEvent};
pub use poll::Poll;
pub use process::{Process, listening_url, send_signal};
pub use reserved_port::ReservedPort;
pub use smtp_stub::{SmtpPoint, SmtpReply, SmtpStub};
pub use token::sign_token;

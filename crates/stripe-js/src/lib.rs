#![doc = include_str!("../README.md")]

mod collect;
mod error;
mod js;
mod key;
mod latch;
mod listen;
mod load;
mod script;
mod scrub;
mod stripe;

pub use collect::{CollectedAccount, CollectedSession, FailureReason, RelinkResult};
pub use error::{CollectError, ErrorKind, LoadError, StripeError, Thrown};
pub use key::{KeyError, PublishableKey};
pub use load::{LOAD_TIME_LIMIT, STRIPE_JS_URL, load, load_within};
pub use stripe::{Options, Stripe, StripeJs};

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

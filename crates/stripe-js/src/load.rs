//! Loads Stripe.js once, for any number of callers. A load in progress is shared; a failed one is not cached.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen_futures::spawn_local;

use crate::error::LoadError;
use crate::latch::Latch;
use crate::script::Page;
use crate::stripe::StripeJs;

/// URL of the release of Stripe.js that these bindings are written for. Stripe does not allow hosting a copy.
pub const STRIPE_JS_URL: &str = "https://js.stripe.com/endive/stripe.js";

/// Time after which [`load`] gives up on a script that neither loads nor fails.
pub const LOAD_TIME_LIMIT: Duration = Duration::from_secs(15);

/// Number of tries: the first, and one retry that callers don't notice.
const TRIES: u8 = 2;

/// Time limit for an existing tag that probably failed before the call, because the page is complete.
const DOUBTFUL_TAG_TIME_LIMIT: Duration = Duration::from_secs(2);

/// Loads Stripe.js from `url`, or uses the one that the page already has.
///
/// - An existing tag for the same script is used, and awaited if it is still loading. All of Stripe's own URLs count as
///   the same script.
/// - Concurrent callers share one load and one tag.
/// - A tag that fails is removed and replaced once. If the second one fails as well, that error is returned and nothing
///   is cached: call again on the user's request.
/// - A script that does not respond within [`LOAD_TIME_LIMIT`] is not retried.
pub async fn load(url: &str) -> Result<StripeJs, LoadError> {
    load_within(url, LOAD_TIME_LIMIT).await
}

/// Like [`load`], with another time limit for each script tag. Callers that share a load share the first caller's
/// limit.
pub async fn load_within(url: &str, limit: Duration) -> Result<StripeJs, LoadError> {
    let page = Page::current().ok_or(LoadError::Blocked)?;
    loop {
        match UNDER_WAY.with_borrow(Clone::clone) {
            Some(load) if load.url == url => {
                load.result.wait().await?;
                return Ok(StripeJs::new(page.window()));
            }
            // A page can have only one Stripe.js, so wait for the other load first.
            Some(other) => drop(other.result.wait().await),
            None if page.has_stripe() && page.find_tag(url).is_some() => {
                return Ok(StripeJs::new(page.window()));
            }
            None => start(page.clone(), url, limit),
        }
    }
}

thread_local! {
    static UNDER_WAY: RefCell<Option<Rc<Load>>> = const { RefCell::new(None) };
}

struct Load {
    url: String,
    result: Latch<Result<(), LoadError>>,
}

/// Starts the load in its own task, so that the other callers are served even if the first one is dropped.
fn start(page: Page, url: &str, limit: Duration) {
    let load = Rc::new(Load { url: url.to_owned(), result: Latch::new() });
    UNDER_WAY.set(Some(Rc::clone(&load)));
    spawn_local(async move {
        let result = run(&page, &load.url, limit).await;
        UNDER_WAY.set(None);
        load.result.set(result);
    });
}

async fn run(page: &Page, url: &str, limit: Duration) -> Result<(), LoadError> {
    if let Some(tag) = page.find_tag(url) {
        let patience = if page.is_complete() { limit.min(DOUBTFUL_TAG_TIME_LIMIT) } else { limit };
        if page.await_tag(&tag, patience).await.is_ok() {
            return Ok(());
        }
        tag.remove();
    }
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let result = page.run_tag(&page.new_tag(url)?, limit).await;
        match result {
            Err(LoadError::Blocked | LoadError::NotDefined) if tries > 0 => {}
            // A retry after a time-out would double the wait, which is too long for the customer.
            Ok(()) | Err(LoadError::TimedOut | LoadError::Blocked | LoadError::NotDefined) => return result,
        }
    }
}

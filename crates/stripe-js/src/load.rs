//! Loading Stripe.js: once, however many ask. May remember a load that is under way, never one that failed.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen_futures::spawn_local;

use crate::error::LoadError;
use crate::latch::Latch;
use crate::script::Page;
use crate::stripe::StripeJs;

/// Where Stripe serves the release of Stripe.js that these bindings were written for. Stripe allows no copy elsewhere.
pub const STRIPE_JS_URL: &str = "https://js.stripe.com/endive/stripe.js";

/// How long [`load`] waits for a script that neither comes nor fails.
pub const LOAD_TIME_LIMIT: Duration = Duration::from_secs(15);

/// The first one, and the retry that the caller does not notice.
const TRIES: u8 = 2;

/// How long a tag of somebody else's gets when it is likely to have failed before we came.
const DOUBTFUL_TAG_TIME_LIMIT: Duration = Duration::from_secs(2);

/// Loads Stripe.js from `url`, or uses the one that the page has already.
///
/// - A tag in the page for the same script is used, and waited for if it is still loading. Any address of
///   Stripe's own counts as the same script as any other.
/// - Callers at the same time share one load and one tag.
/// - A tag that fails is taken out and replaced once. If the second fails too, that is the error, and
///   nothing of it is kept: call again when the reader asks.
/// - A script that does not answer within [`LOAD_TIME_LIMIT`] is not tried again.
pub async fn load(url: &str) -> Result<StripeJs, LoadError> {
    load_within(url, LOAD_TIME_LIMIT).await
}

/// As [`load`], with another limit for each script tag. Callers who share a load share the first one's limit.
pub async fn load_within(url: &str, limit: Duration) -> Result<StripeJs, LoadError> {
    let page = Page::current().ok_or(LoadError::Blocked)?;
    loop {
        match UNDER_WAY.with_borrow(Clone::clone) {
            Some(load) if load.url == url => {
                load.result.wait().await?;
                return Ok(StripeJs::new(page.window()));
            }
            // The page has room for one Stripe.js at a time.
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

/// In a task of its own, so that the other callers are served even if the first one goes away.
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
            // Twice the limit is too long for somebody who waits.
            Ok(()) | Err(LoadError::TimedOut | LoadError::Blocked | LoadError::NotDefined) => return result,
        }
    }
}

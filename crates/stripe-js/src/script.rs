//! Script tags of the page: finds Stripe's, adds one, and waits for it. Retries are decided elsewhere.

use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::JsCast;
use web_sys::{Document, HtmlScriptElement, Window};

use crate::error::LoadError;
use crate::js;
use crate::latch::Latch;
use crate::listen::{Listener, Timer};

/// The page that Stripe.js is loaded into.
#[derive(Clone)]
pub(crate) struct Page {
    window: Window,
    document: Document,
}

impl Page {
    /// Returns `None` if there is no document, as in a worker.
    pub(crate) fn current() -> Option<Self> {
        let window = web_sys::window()?;
        let document = window.document()?;
        Some(Self { window, document })
    }

    pub(crate) fn window(&self) -> &Window {
        &self.window
    }

    /// True if a script has defined `window.Stripe`.
    pub(crate) fn has_stripe(&self) -> bool {
        let window: &js::StripeWindow = self.window.unchecked_ref();
        window.stripe().is_ok_and(|stripe| stripe.is_function())
    }

    /// True if every script of the original page has already run or failed.
    pub(crate) fn is_complete(&self) -> bool {
        self.document.ready_state() == "complete"
    }

    /// Makes a tag that is not in the page yet, so nothing is fetched. Fails if the page's policy (Trusted Types)
    /// rejects the URL.
    pub(crate) fn new_tag(&self, url: &str) -> Result<HtmlScriptElement, LoadError> {
        let tag = self.document.create_element("script").map_err(|_| LoadError::Blocked)?;
        tag.set_attribute("src", url).map_err(|_| LoadError::Blocked)?;
        Ok(tag.unchecked_into())
    }

    /// Returns the page's own tag for the same script, if there is one.
    pub(crate) fn find_tag(&self, url: &str) -> Option<HtmlScriptElement> {
        // Lets the browser resolve a relative URL.
        let address = self.new_tag(url).ok()?.src();
        let scripts = self.document.scripts();
        for index in 0..scripts.length() {
            let tag: HtmlScriptElement = scripts.item(index)?.unchecked_into();
            if runs(&tag.type_()) && is_same_script(&tag.src(), &address) {
                return Some(tag);
            }
        }
        None
    }

    /// Adds the tag and waits for it; removes it if it fails.
    pub(crate) async fn run_tag(&self, tag: &HtmlScriptElement, limit: Duration) -> Result<(), LoadError> {
        let settled = Settled::watch(self, tag, limit);
        let added = self.document.head().is_some_and(|head| head.append_child(tag).is_ok());
        let result = if added { settled.wait(self).await } else { Err(LoadError::Blocked) };
        if result.is_err() {
            tag.remove();
        }
        result
    }

    /// Waits for a tag that is already in the page. Its events may have fired before, which can't be detected; but once
    /// the page is complete, its own scripts are done.
    pub(crate) async fn await_tag(&self, tag: &HtmlScriptElement, limit: Duration) -> Result<(), LoadError> {
        let settled = Settled::watch(self, tag, limit);
        let _complete = Listener::new(&self.window, "load", sets(&settled.outcome, Ok(())));
        settled.wait(self).await
    }
}

type Outcome = Rc<Latch<Result<(), LoadError>>>;

/// Waits for the end of one script tag; stops listening when dropped.
struct Settled {
    outcome: Outcome,
    _listeners: [Listener; 2],
    _timer: Timer,
}

impl Settled {
    fn watch(page: &Page, tag: &HtmlScriptElement, limit: Duration) -> Self {
        let outcome = Rc::new(Latch::new());
        let milliseconds = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
        Self {
            _listeners: [
                Listener::new(tag, "load", sets(&outcome, Ok(()))),
                Listener::new(tag, "error", sets(&outcome, Err(LoadError::Blocked))),
            ],
            _timer: Timer::new(&page.window, milliseconds, sets(&outcome, Err(LoadError::TimedOut))),
            outcome,
        }
    }

    async fn wait(&self, page: &Page) -> Result<(), LoadError> {
        self.outcome.wait().await?;
        if page.has_stripe() { Ok(()) } else { Err(LoadError::NotDefined) }
    }
}

fn sets(outcome: &Outcome, result: Result<(), LoadError>) -> impl Fn() + use<> {
    let outcome = Rc::clone(outcome);
    move || outcome.set(result)
}

/// True if browsers run scripts of this type. Consent managers disable a script by giving it another type.
fn runs(script_type: &str) -> bool {
    script_type.is_empty() || script_type == "module" || script_type.ends_with("javascript")
}

fn is_same_script(one: &str, other: &str) -> bool {
    one == other || (is_stripes_own(one) && is_stripes_own(other))
}

/// True for any release of Stripe.js at Stripe, because two releases in one page interfere.
fn is_stripes_own(address: &str) -> bool {
    address.strip_prefix("https://js.stripe.com/").is_some_and(|rest| {
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        matches!(path, "v3" | "v3/") || path.ends_with("/stripe.js")
    })
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::{is_same_script, runs};

    #[wasm_bindgen_test(unsupported = test)]
    fn any_release_of_stripe_js_is_stripe_js() {
        let own = "https://js.stripe.com/endive/stripe.js";
        for other in [
            own,
            "https://js.stripe.com/v3",
            "https://js.stripe.com/v3/",
            "https://js.stripe.com/dahlia/stripe.js?advancedFraudSignals=false",
        ] {
            assert!(is_same_script(other, own), "{other}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_script_elsewhere_is_another_script() {
        let own = "https://js.stripe.com/endive/stripe.js";
        for other in [
            "http://js.stripe.com/endive/stripe.js",
            "https://js.stripe.com.example/endive/stripe.js",
            "https://js.stripe.com/endive/other.js?/stripe.js",
            "http://127.0.0.1:4281/stripe.js",
            "",
        ] {
            assert!(!is_same_script(other, own), "{other}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_parked_script_does_not_count() {
        assert!(runs("") && runs("text/javascript") && runs("module"));
        assert!(!runs("text/plain") && !runs("application/json"));
    }
}

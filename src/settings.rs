//! What the page that holds us says about its surroundings: attributes of the element that we draw into.

use web_sys::Element;

/// Where things are.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The companion server's origin; empty where it serves this page itself.
    pub(crate) server: String,
    /// The merchant's address that answers `{"token": "…"}` to a signed-in customer.
    pub(crate) token_url: String,
}

impl Settings {
    pub(crate) fn of(element: &Element) -> Self {
        let attribute = |name| element.get_attribute(name).unwrap_or_default();
        Self { server: attribute("data-server"), token_url: attribute("data-token-url") }
    }
}

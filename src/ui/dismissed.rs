//! Remembers the banner that the customer has dismissed, in the session storage of this tab: it stays away on other
//! pages, but comes back in a later visit.

use leptos::prelude::window;
use web_sys::Storage;

/// Key in the page's session storage.
const KEY: &str = "bank-relink-later";

/// Returns the session storage. `None` if the browser's settings forbid it.
fn store() -> Option<Storage> {
    window().session_storage().ok()?
}

/// Dismisses the banner with this key.
pub(super) fn dismiss(key: &str) {
    if let Some(store) = store() {
        // Ignores errors: the storage may be full.
        let _ = store.set_item(KEY, key);
    }
}

/// Returns the key of the banner that was dismissed last.
pub(super) fn last() -> Option<String> {
    store()?.get_item(KEY).ok()?
}

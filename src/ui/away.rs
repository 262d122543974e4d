//! The notice that the reader has sent away. The browser remembers it for as long as this tab is open, so that it does not
//! come back on each page; whoever comes again another day is reminded.

use web_sys::Storage;

/// Of us, in the page's own store.
const KEY: &str = "bank-relink-later";

/// None where the reader's settings forbid it.
fn store() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}

/// What this says is to stay away.
pub(super) fn send(says: &str) {
    if let Some(store) = store() {
        // It may be full.
        let _ = store.set_item(KEY, says);
    }
}

/// Whether that is what was sent away last.
pub(super) fn is_away(says: &str) -> bool {
    store().and_then(|store| store.get_item(KEY).ok()?).is_some_and(|away| away == says)
}

//! The only module that reads the customer's clock.

/// Returns the time in milliseconds since 1970.
pub(crate) fn now() -> f64 {
    js_sys::Date::now()
}

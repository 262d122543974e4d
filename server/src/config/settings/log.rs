//! Content of the log.

use super::{ConfigError, present};

/// Form in which the log names the customer of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogCustomers {
    Off,
    /// By a pseudonym.
    Hash,
    /// By the identifier at Stripe.
    Id,
}

pub(super) fn customers(text: Option<String>) -> Result<LogCustomers, ConfigError> {
    match present(text).as_deref() {
        None | Some("hash") => Ok(LogCustomers::Hash),
        Some("id") => Ok(LogCustomers::Id),
        Some("off") => Ok(LogCustomers::Off),
        Some(_) => Err(ConfigError::LogCustomers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_are_logged_by_a_pseudonym_unless_set_otherwise() {
        for (text, expected) in [
            ("", Ok(LogCustomers::Hash)),
            ("hash", Ok(LogCustomers::Hash)),
            ("id", Ok(LogCustomers::Id)),
            (" off ", Ok(LogCustomers::Off)),
            ("true", Err(ConfigError::LogCustomers)),
        ] {
            assert_eq!(customers(Some(text.to_owned())), expected, "{text}");
        }
        assert_eq!(customers(None), Ok(LogCustomers::Hash));
    }
}

//! Rate limit of customers, and the shares of the calls to Stripe.

use super::ConfigError;
use crate::RateOptions;

/// Rate limit of customers, and the shares of the calls to Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LimitSettings {
    /// Requests per minute of one customer or one link that may call Stripe.
    pub(crate) customer_rate: u32,
    /// Percentage of the rate that is reserved for background work.
    pub(crate) background_share: u32,
}

const CUSTOMER_RATE: u32 = 60;
const BACKGROUND_SHARE: u32 = 20;

pub(crate) fn decide(options: &RateOptions) -> Result<LimitSettings, ConfigError> {
    let customer_rate @ 10..=100_000 = options.customer_rate.unwrap_or(CUSTOMER_RATE) else {
        return Err(ConfigError::CustomerRate);
    };
    let background_share @ 5..=80 = options.background_share.unwrap_or(BACKGROUND_SHARE) else {
        return Err(ConfigError::BackgroundShare);
    };
    Ok(LimitSettings { customer_rate, background_share })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_defaults_and_bounds() {
        let decided =
            |customer_rate, background_share| decide(&RateOptions { customer_rate, background_share });
        assert_eq!(decided(None, None), Ok(LimitSettings { customer_rate: 60, background_share: 20 }));
        assert!(decided(Some(10), Some(5)).is_ok() && decided(Some(100_000), Some(80)).is_ok());
        for rate in [0, 9, 100_001] {
            assert_eq!(decided(Some(rate), None), Err(ConfigError::CustomerRate));
        }
        for share in [0, 4, 81] {
            assert_eq!(decided(None, Some(share)), Err(ConfigError::BackgroundShare));
        }
    }
}

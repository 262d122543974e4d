//! Stripe's events, in Stripe's format and with Stripe's signature.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Type of the event about a bank account that can no longer be reached.
pub(crate) const DEACTIVATED: &str = "financial_connections.account.deactivated";

/// Content of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventContent<'a> {
    /// Event ID, `evt_…`.
    pub(crate) id: &'a str,
    /// Event type, such as [`DEACTIVATED`].
    pub(crate) kind: &'a str,
    pub(crate) account: &'a str,
    pub(crate) customer: &'a str,
    /// Seconds since 1970.
    pub(crate) created: u64,
}

impl EventContent<'_> {
    /// Returns the body, about 0.9 KB like Stripe's. Its account may be out of date, so the server has to read the
    /// account.
    pub(crate) fn body(&self) -> String {
        let EventContent { id, kind, account, customer, created } = self;
        format!(
            r#"{{"id":"{id}","object":"event","api_version":"2026-09-30.preview","created":{created},"livemode":false,"pending_webhooks":1,"request":{{"id":null,"idempotency_key":null}},"type":"{kind}","data":{{"object":{{"id":"{account}","object":"financial_connections.account","account_holder":{{"customer":"{customer}","type":"customer"}},"account_numbers":[],"authorization":"fcauth_{customer}","balance":null,"balance_refresh":null,"category":"cash","created":1681412208,"display_name":"Sample Checking Account","institution":"fcinst_AlderBank","institution_name":"Alder Bank","last4":"6789","livemode":false,"ownership":null,"ownership_refresh":null,"permissions":["payment_method","balances"],"status":"inactive","status_details":{{"inactive":{{"action":"relink_required","cause":"access_expired"}}}},"subcategory":"checking","subscriptions":[],"supported_payment_method_types":["us_bank_account"],"transaction_refresh":null}},"previous_attributes":{{"status":"active"}}}}}}"#
        )
    }
}

/// Returns the `Stripe-Signature` header of a body that is sent at `time`, in seconds since 1970.
pub(crate) fn signature(secret: &str, time: u64, body: &str) -> String {
    // HMAC accepts keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(time.to_string().as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    let mut text = format!("t={time},v1=");
    for byte in mac.finalize().into_bytes() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{DEACTIVATED, EventContent, signature};

    const EXAMPLE: EventContent<'_> = EventContent {
        id: "evt_1",
        kind: DEACTIVATED,
        account: "fca_1",
        customer: "cus_1",
        created: 1_764_600_000,
    };

    #[test]
    fn an_event_is_json_and_about_as_long_as_stripes() {
        let body = EXAMPLE.body();
        let event: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(event["type"], DEACTIVATED);
        assert_eq!(event["data"]["object"]["id"], "fca_1");
        assert!((800..1_100).contains(&body.len()), "{}", body.len());
    }

    #[test]
    fn signatures_are_those_that_stripes_libraries_make() {
        let body = "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}";
        let expected = "t=12345,v1=2672d138c9a412830f3bfe2ecc5bfb3277cf6f5b49d0119d77dd6cb64da1257e";
        assert_eq!(signature("whsec_test_secret", 12_345, body), expected);
    }
}

//! Trouble of banks: what the merchant is told, and how long emails wait for the end of it.

use jiff::{SignedDuration, Timestamp};
use relink_protocol::stripe::{Institution, Permission};
use relink_protocol::{BankTrouble, Purpose, bank_trouble};
use serde_json::json;
use uuid::Uuid;

use super::merchant_event::MerchantEvent;
use super::merchant_event_payload::envelope;

/// Longest age of a reading that is not renewed.
pub(crate) const FRESH: SignedDuration = SignedDuration::from_mins(2);
/// Longest age of a reading that a page shows while it is renewed.
pub(crate) const USABLE: SignedDuration = SignedDuration::from_mins(9);
/// Time until a bank that is in trouble is read again.
pub(crate) const NEXT_LOOK: SignedDuration = SignedDuration::from_mins(10);

/// True if a reading from then is not older than this. A time in the future, from a clock that was ahead, counts by its
/// distance.
pub(crate) fn is_within(read_at: Timestamp, oldest: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(read_at).abs() <= oldest
}

/// Returns the permissions that a relink needs for this purpose: money moves by the account's number alone, data needs
/// what the merchant reads.
pub(crate) fn needed(purpose: Purpose, permissions: Option<&[Permission]>) -> Vec<Permission> {
    match purpose {
        Purpose::Payments | Purpose::Payouts => vec![Permission::PaymentMethod],
        Purpose::Data => permissions.unwrap_or_default().to_vec(),
    }
}

/// Returns the event that a bank's trouble causes after the merchant was last told `told`, and the new value of `told`. A
/// bank that works is told of only after trouble.
pub(crate) fn notice(
    told: Option<&str>,
    trouble: Option<BankTrouble>,
) -> (Option<MerchantEvent>, Option<&'static str>) {
    let tells = trouble.map(word);
    let event = match tells {
        _ if told == tells => None,
        Some(_) => Some(MerchantEvent::InstitutionTrouble),
        None => Some(MerchantEvent::InstitutionRecovered),
    };
    (event, tells)
}

/// Returns the trouble as the database and the merchant have it.
pub(crate) fn word(trouble: BankTrouble) -> &'static str {
    match trouble {
        BankTrouble::Degraded => "degraded",
        BankTrouble::Unavailable => "unavailable",
    }
}

/// Returns the bank's trouble with what a relink for this purpose needs.
pub(crate) fn trouble(
    bank: &Institution,
    purpose: Purpose,
    permissions: Option<&[Permission]>,
) -> Option<BankTrouble> {
    bank_trouble(bank, &needed(purpose, permissions))
}

/// Returns the payload of the event: the bank, and its trouble.
pub(crate) fn message(
    event: MerchantEvent,
    bank: &Institution,
    trouble: Option<BankTrouble>,
    id: Uuid,
    now: Timestamp,
) -> (String, String) {
    let name: String = bank.name.chars().take(LONGEST_NAME).collect();
    let data = json!({
        "institution": bank.id, "institution_name": name, "status": bank.status, "trouble": trouble.map(word),
    });
    // A bank is the same for all connected accounts.
    envelope(event, None, &data, id, now)
}

const LONGEST_NAME: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merchant_is_told_of_trouble_when_it_begins_changes_and_ends() {
        let (degraded, down) = (Some(BankTrouble::Degraded), Some(BankTrouble::Unavailable));
        let (begins, ends) =
            (Some(MerchantEvent::InstitutionTrouble), Some(MerchantEvent::InstitutionRecovered));
        let mut told = None;
        for (trouble, expected) in [
            (None, None),
            (down, begins),
            (down, None),
            (degraded, begins),
            (None, ends),
            (None, None),
            (degraded, begins),
        ] {
            let (event, tells) = notice(told, trouble);
            assert_eq!(event, expected, "{told:?} {trouble:?}");
            told = tells;
        }
    }

    #[test]
    fn the_merchant_reads_the_bank_its_status_and_the_trouble() {
        let bank: Institution = serde_json::from_value(json!({
            "id": "fcinst_1", "name": "Alder Bank", "status": "active",
            "features": { "payment_method": { "supported": false } },
        }))
        .unwrap();
        assert_eq!(trouble(&bank, Purpose::Payments, None), Some(BankTrouble::Unavailable));
        assert_eq!(trouble(&bank, Purpose::Data, Some(&[Permission::Balances])), None);
        let (event, down) = (MerchantEvent::InstitutionTrouble, Some(BankTrouble::Unavailable));
        let (id, body) = message(event, &bank, down, Uuid::nil(), Timestamp::UNIX_EPOCH);
        assert_eq!(id, "msg_00000000000000000000000000000000");
        let expected = json!({
            "type": event.as_str(),
            "timestamp": "1970-01-01T00:00:00Z",
            "data": {
                "institution": "fcinst_1", "institution_name": "Alder Bank", "status": "active", "trouble": "unavailable",
            },
        });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap(), expected);
    }

    #[test]
    fn money_needs_the_number_and_data_what_the_merchant_reads() {
        let read = [Permission::Balances, Permission::Transactions];
        assert_eq!(needed(Purpose::Payments, Some(&read)), [Permission::PaymentMethod]);
        assert_eq!(needed(Purpose::Payouts, None), [Permission::PaymentMethod]);
        assert_eq!(needed(Purpose::Data, Some(&read)), read);
    }

    #[test]
    fn a_reading_is_fresh_for_two_minutes_and_never_from_the_future() {
        let now = Timestamp::from_second(10_000).unwrap();
        for (second, expected) in [(10_000, true), (9_880, true), (9_879, false), (10_500, false)] {
            let read_at = Timestamp::from_second(second).unwrap();
            assert_eq!(is_within(read_at, FRESH, now), expected, "{second}");
        }
    }
}

//! Erasure of a customer: which texts name them, and what stays of an entry of the audit trail.

use relink_protocol::HolderId;
use serde_json::{Map, Value, json};

use super::hash_chain::Record;

/// Customer, the identifiers of everything that is theirs, and the name that replaces them.
#[derive(Debug)]
pub(crate) struct Subject {
    /// The customer's identifier first.
    pub(crate) identifiers: Vec<String>,
    pub(crate) pseudonym: String,
}

/// Facts of a mandate, or of an agreement to be paid out to an account, that stay: the merchant must be able to prove it as
/// long as payments can be disputed. They name the customer to those only who may see the payment method or the external
/// account at Stripe.
const FACTS: [&str; 9] = [
    "mandate",
    "language",
    "accepted_at",
    "ip_address",
    "user_agent",
    "replaces",
    "payment_method",
    "setup_intent",
    "external_account",
];
const ACTIONS: [&str; 4] =
    ["mandate.accepted", "payment_method.made", "external_account.accepted", "external_account.made"];

impl Subject {
    /// Begins with the customer alone.
    pub(crate) fn new(customer: &HolderId, pseudonym: String) -> Self {
        Self { identifiers: vec![customer.to_string()], pseudonym }
    }

    /// Adds an identifier, unless it is known. Short ones are none, and would be found in everything.
    pub(crate) fn add(&mut self, identifier: Option<String>) {
        let shape = |id: &String| id.contains('_') && id.len() > 4;
        if let Some(id) = identifier.filter(shape).filter(|id| !self.identifiers.contains(id)) {
            self.identifiers.push(id);
        }
    }

    /// True if the text contains one of the identifiers, as a whole.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.identifiers.iter().any(|id| places(text, id).next().is_some())
    }

    /// Replaces each identifier by the pseudonym.
    pub(crate) fn replaced(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for id in &self.identifiers {
            let found: Vec<usize> = places(&text, id).collect();
            for place in found.into_iter().rev() {
                text.replace_range(place..place + id.len(), &self.pseudonym);
            }
        }
        text
    }

    /// Returns what stays of an entry of the audit trail: time and action. An agreement stays with its words and the evidence
    /// of the consent; an entry about others, too, loses the identifiers of this customer only.
    pub(crate) fn pseudonymised(&self, entry: &Record) -> Record {
        let is_named = |text: &Option<String>| text.as_ref().is_some_and(|text| self.is_in(text));
        let is_theirs = [&entry.customer, &entry.session, &entry.account].into_iter().any(is_named);
        if !is_theirs {
            let (actor, detail) = (self.replaced(&entry.actor), self.replaced(&entry.detail));
            return Record { actor, detail, ..entry.clone() };
        }
        let proves = is_agreement(entry);
        let keep = |text: &Option<String>| text.clone().filter(|_| proves);
        Record {
            actor: self.actor(&entry.actor),
            customer: Some(self.pseudonym.clone()),
            session: keep(&entry.session),
            account: keep(&entry.account),
            ip_address: keep(&entry.ip_address),
            detail: if proves { facts(&entry.detail) } else { json!({"erased": true}).to_string() },
            ..entry.clone()
        }
    }

    /// Returns the actor without the customer and their sign-in. An operator, a key or a user stays.
    fn actor(&self, actor: &str) -> String {
        let parsed: Map<String, Value> = serde_json::from_str(actor).unwrap_or_default();
        if parsed.get("type").is_some_and(|kind| kind == "customer" || kind == "link") {
            return json!({"type": parsed.get("type"), "customer": self.pseudonym}).to_string();
        }
        self.replaced(actor)
    }
}

/// True if the entry is evidence of a mandate, or of an agreement to be paid out to an account.
pub(crate) fn is_agreement(entry: &Record) -> bool {
    ACTIONS.contains(&entry.action.as_str())
}

fn facts(detail: &str) -> String {
    let mut detail: Map<String, Value> = serde_json::from_str(detail).unwrap_or_default();
    detail.retain(|name, _| FACTS.contains(&name.as_str()));
    Value::Object(detail).to_string()
}

/// Returns the places where the text contains the identifier, and neither a longer one nor one that is qualified with a connected
/// account, whose customers are others.
fn places<'a>(text: &'a str, id: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.match_indices(id).map(|(place, _)| place).filter(move |place| {
        let before = text.get(..*place).unwrap_or_default();
        let after = text.get(place + id.len()..).unwrap_or_default();
        // The place of a batch has a time and a dot before the identifier, which qualify nothing.
        let is_qualified = before.strip_suffix('.').is_some_and(|before| {
            before.rsplit(|letter| !is_letter(letter)).next().is_some_and(|word| word.starts_with("acct_"))
        });
        let qualifies = id.starts_with("acct_")
            && after.strip_prefix('.').is_some_and(|after| after.starts_with(is_letter));
        !before.ends_with(is_letter) && !after.starts_with(is_letter) && !is_qualified && !qualifies
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn subject() -> Subject {
        let mut subject = Subject::new(&"cus_1".parse().unwrap(), "erased_1".to_owned());
        for id in ["fca_1", "fcsess_1"] {
            subject.add(Some(id.to_owned()));
        }
        subject
    }

    #[test]
    fn an_identifier_is_found_as_a_whole_only() {
        for (text, expected) in [
            ("cus_1", true),
            ("{\"customer\":\"cus_1\"}", true),
            ("refresh fca_1 balance", true),
            ("/api/accounts/fca_1/owners", true),
            ("cus_12", false),
            ("xcus_1", false),
            ("not_cus_1", false),
            ("It was cus_1.", true),
            ("acct_1.cus_1", false),
            ("1790000000000.fca_1", true),
            ("", false),
        ] {
            assert_eq!(subject().is_in(text), expected, "{text}");
        }
    }

    fn entry(action: &str, customer: Option<&str>, detail: &Value) -> Record {
        Record {
            id: "aud_1".to_owned(),
            at: 1,
            actor: json!({"type": "customer", "customer": "cus_1", "sign_in": "s1"}).to_string(),
            action: action.to_owned(),
            customer: customer.map(str::to_owned),
            session: Some("fcsess_1".to_owned()).filter(|_| customer.is_some()),
            account: Some("fca_1".to_owned()).filter(|_| customer.is_some()),
            ip_address: Some("192.0.2.1".to_owned()),
            detail: detail.to_string(),
        }
    }

    #[test]
    fn of_an_agreement_the_evidence_stays_and_of_anything_else_time_and_action() {
        let detail = json!({"mandate": "I agree", "ip_address": "192.0.2.1", "name": "Jenny"});
        for action in ["mandate.accepted", "external_account.accepted"] {
            let kept = subject().pseudonymised(&entry(action, Some("cus_1"), &detail));
            assert_eq!(kept.detail, json!({"mandate": "I agree", "ip_address": "192.0.2.1"}).to_string());
            assert_eq!(
                (kept.customer.as_deref(), kept.account.as_deref()),
                (Some("erased_1"), Some("fca_1"))
            );
            assert!(!kept.actor.contains("s1") && !kept.actor.contains("cus_1"), "{}", kept.actor);
        }
        let made = json!({"external_account": "ba_1", "replaces": "fca_0", "name": "Jenny"});
        let kept = subject().pseudonymised(&entry("external_account.made", Some("cus_1"), &made));
        assert_eq!(kept.detail, json!({"external_account": "ba_1", "replaces": "fca_0"}).to_string());
        let gone = subject().pseudonymised(&entry("account.read", Some("cus_1"), &detail));
        assert_eq!((gone.account, gone.session, gone.ip_address), (None, None, None));
        assert_eq!(gone.detail, json!({"erased": true}).to_string());
    }

    #[test]
    fn an_entry_about_others_loses_this_customer_only() {
        let detail = json!({"accounts": ["fca_1", "fca_12"]});
        let changed = subject().pseudonymised(&entry("batch.begun", None, &detail));
        assert_eq!(changed.detail, json!({"accounts": ["erased_1", "fca_12"]}).to_string());
        assert_eq!(changed.ip_address.as_deref(), Some("192.0.2.1"));
    }

    proptest! {
        #[test]
        fn nothing_of_the_customer_stays_in_a_text(words in proptest::collection::vec("(cus_1|fca_1|fcsess_1|x|cus_12|\\PC)", 0..9)) {
            let text = words.join(" ");
            let replaced = subject().replaced(&text);
            prop_assert!(!subject().is_in(&replaced), "{}", replaced);
            prop_assert_eq!(replaced.contains("cus_12"), text.contains("cus_12"));
        }
    }
}

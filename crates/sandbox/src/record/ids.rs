//! Ids at Stripe and the ids of the same objects in the sandbox, learnt from responses to the same calls.

use std::collections::BTreeMap;

use serde_json::Value;

/// Ids in the sandbox by ids at Stripe. Client secrets are among them, and in memory only.
#[derive(Default)]
pub(super) struct Ids {
    known: BTreeMap<String, String>,
}

impl Ids {
    /// Learns from two responses to the same call: texts at the same place that are ids of the same kind.
    pub(super) fn learn(&mut self, stripe: &Value, sandbox: &Value) {
        match (stripe, sandbox) {
            (Value::Object(theirs), Value::Object(ours)) => {
                for (name, theirs) in theirs {
                    if let Some(ours) = ours.get(name) {
                        self.learn(theirs, ours);
                    }
                }
            }
            (Value::Array(theirs), Value::Array(ours)) => {
                theirs.iter().zip(ours).for_each(|(theirs, ours)| self.learn(theirs, ours));
            }
            (Value::String(theirs), Value::String(ours)) if theirs != ours && are_same_kind(theirs, ours) => {
                self.known.entry(theirs.clone()).or_insert_with(|| ours.clone());
            }
            _ => {}
        }
    }

    /// Returns the text with the sandbox's ids in place of Stripe's.
    pub(super) fn translate(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            out.push_str(self.known.get(word).map_or(word, String::as_str));
            let gap = after.find(is_part).unwrap_or(after.len());
            let (between, next) = after.split_at(gap);
            out.push_str(between);
            rest = next;
        }
        out
    }
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// True if both texts are ids with the same prefix, such as `cus_`.
fn are_same_kind(one: &str, other: &str) -> bool {
    let prefix = |text: &str| -> Option<String> {
        let (prefix, rest) = text.split_once('_')?;
        let is_id = text.chars().all(is_part) && !prefix.is_empty() && !rest.is_empty();
        // Words such as `requires_action` have no digit and no capital letter.
        let is_made = rest.chars().any(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
        (is_id && is_made).then(|| prefix.to_owned())
    };
    prefix(one).is_some_and(|one| prefix(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Ids;

    #[test]
    fn ids_of_the_same_kind_at_the_same_place_belong_together() {
        let mut ids = Ids::default();
        let stripe = json!({ "id": "cus_A1", "data": [{ "id": "fca_B2" }], "status": "requires_action", "name": "x_1" });
        let sandbox =
            json!({ "id": "cus_S1", "data": [{ "id": "fca_S2" }], "status": "requires_x", "name": "y_1" });
        ids.learn(&stripe, &sandbox);
        assert_eq!(
            ids.translate("/v1/customers/cus_A1?a=fca_B2&b=cus_A12"),
            "/v1/customers/cus_S1?a=fca_S2&b=cus_A12"
        );
        assert_eq!(ids.translate("requires_action x_1 é"), "requires_action x_1 é");
    }

    #[test]
    fn what_was_learnt_first_stays() {
        let mut ids = Ids::default();
        ids.learn(&json!("cus_A1"), &json!("cus_S1"));
        ids.learn(&json!("cus_A1"), &json!("cus_S9"));
        assert_eq!(ids.translate("cus_A1"), "cus_S1");
    }
}

//! Schemas of types that no derive describes: identifiers, and enums that may grow.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, Type};

/// Returns the pattern of an identifier that begins with `prefix` and has at most this number of bytes.
fn id(prefix: &str, max_length: usize) -> String {
    format!("{prefix}[A-Za-z0-9_]{{1,{}}}", max_length.saturating_sub(prefix.len()))
}

/// Returns the pattern of an identifier that may be qualified with a connected account. Each of the two has at most
/// `max_length` bytes, which a limit of the whole can't say.
fn qualified(pattern: &str, max_length: usize) -> String {
    format!(r"^({}\.)?{pattern}$", id("acct_", max_length))
}

/// Returns the schema of a Stripe identifier that begins with `prefix` and has at most this number of bytes. It may be
/// qualified with the connected account that the object belongs to, which has as many.
pub(crate) fn parse_qualified(description: &str, prefix: &str, max_length: usize) -> RefOr<Schema> {
    let description = description.trim().trim_end_matches('.');
    text(&format!("{description}; of a connected account as `acct_….{prefix}…`."))
        .pattern(Some(qualified(&id(prefix, max_length), max_length)))
        .max_length(Some(2 * max_length + 1))
        .examples([format!("{prefix}1a2B3c")])
        .into()
}

/// Returns the schema of a Stripe identifier that begins with `prefix` and has at most this number of bytes.
pub(crate) fn parse(description: &str, prefix: &str, max_length: usize) -> RefOr<Schema> {
    text(description)
        .pattern(Some(format!("^{prefix}[A-Za-z0-9_]+$")))
        .max_length(Some(max_length))
        .examples([format!("{prefix}1a2B3c")])
        .into()
}

/// Returns the schema of an account holder.
pub(crate) fn holder(max_length: usize) -> RefOr<Schema> {
    let description = "Customer: a customer at Stripe (`cus_…`), a connected account (`acct_…`), or a customer account of \
                       Accounts v2 (`customer_account_acct_…`); of a connected account as `acct_….cus_…`";
    let kinds = ["cus_", "acct_", "customer_account_acct_"].map(|prefix| id(prefix, max_length));
    text(description)
        .pattern(Some(qualified(&format!("({})", kinds.join("|")), max_length)))
        .max_length(Some(2 * max_length + 1))
        .examples(["cus_1a2B3c", "acct_1a2B3c"])
        .into()
}

/// Returns the schema of an enum that may grow. The values are examples rather than a closed list, so that a generated
/// client accepts those that Stripe adds.
pub(crate) fn open_enum(description: &str, values: &[&str]) -> RefOr<Schema> {
    let description = format!("{} One of the examples, or a value that was added later.", description.trim());
    text(&description).examples(values.iter().copied()).into()
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::from(Object::with_type(Type::String)).description(Some(description.trim()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::PartialSchema;

    use crate::stripe::Permission;
    use crate::{AccountId, InvalidId, SessionId};

    #[test]
    fn an_identifiers_pattern_has_its_prefix_and_characters() {
        let schema = serde_json::to_value(AccountId::schema()).unwrap();
        assert_eq!(schema["pattern"], r"^(acct_[A-Za-z0-9_]{1,123}\.)?fca_[A-Za-z0-9_]{1,124}$");
        let longest = format!("acct_{}.fca_{}", "a".repeat(123), "b".repeat(124));
        assert_eq!(schema["maxLength"], longest.len());
        AccountId::try_from(longest).unwrap();
        let example = schema["examples"][0].as_str().unwrap();
        assert_eq!(AccountId::try_from(example).map(String::from), Ok(example.to_owned()));
        assert_eq!(SessionId::try_from(example), Err(InvalidId { expected_prefix: "fcsess_" }));
    }

    #[test]
    fn an_open_enum_is_a_text_whose_values_are_examples() {
        let schema = serde_json::to_value(Permission::schema()).unwrap();
        assert_eq!(schema["type"], "string");
        assert_eq!(schema["examples"], json!(["balances", "ownership", "payment_method", "transactions"]));
        assert!(schema.get("enum").is_none());
    }
}

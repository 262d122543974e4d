//! JSON bodies of the API's second version, as the parameters that a form with the same content would have.

use serde_json::Value;

use super::{error::ApiError, params::Params};

impl Params {
    /// Decodes a JSON object; null is an empty value.
    pub(crate) fn decode_json(text: &str) -> Result<Self, ApiError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let body: Value = serde_json::from_str(text)
            .map_err(|_| ApiError::malformed("The body of this call must be a JSON object."))?;
        let Value::Object(fields) = body else {
            return Err(ApiError::malformed("The body of this call must be a JSON object."));
        };
        let mut pairs = Vec::new();
        for (name, value) in fields {
            flatten(name, value, &mut pairs);
        }
        Self::of_pairs(pairs)
    }
}

fn flatten(name: String, value: Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Null => pairs.push((name, String::new())),
        Value::Bool(flag) => pairs.push((name, flag.to_string())),
        Value::Number(number) => pairs.push((name, number.to_string())),
        Value::String(text) => pairs.push((name, text)),
        Value::Array(items) => {
            for (at, item) in items.into_iter().enumerate() {
                flatten(format!("{name}[{at}]"), item, pairs);
            }
        }
        Value::Object(fields) => {
            for (inner, value) in fields {
                flatten(format!("{name}[{inner}]"), value, pairs);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Params;

    #[test]
    fn a_json_body_has_the_parameters_of_the_form_with_the_same_content() {
        let json = r#"{"name":"a&b","list":["x","y"],"hash":{"url":"u","none":null},"flag":true,"count":3}"#;
        let form = "name=a%26b&list[0]=x&list[1]=y&hash[url]=u&hash[none]=&flag=true&count=3";
        let of_json = Params::decode_json(json).unwrap();
        assert_eq!(of_json.fingerprint(), Params::decode(form).unwrap().fingerprint());
        assert_eq!(of_json.list("list"), ["x", "y"]);
        assert_eq!(Params::decode_json("").unwrap(), Params::default());
    }

    #[test]
    fn a_body_that_is_no_json_object_is_refused() {
        for text in ["[]", "a=b", "{", "7"] {
            assert!(Params::decode_json(text).is_err(), "{text}");
        }
    }
}

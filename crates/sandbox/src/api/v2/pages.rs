//! Lists of the API's second version: a page has the URL of the next and of the previous one.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::http::{error::ApiError, params::Params};

/// Parameters of every list.
pub(super) const PARAMS: &[&str] = &["limit", "page"];

/// Returns the requested page of `items`. `page` is the number of items before it, in place of Stripe's opaque token.
pub(super) fn page<T>(
    params: &Params,
    items: &[T],
    path: &str,
    render: impl Fn(&T) -> Value,
) -> Result<Value, ApiError> {
    let limit = params.limit()?;
    let start = params.integer("page")?.unwrap_or(0);
    let invalid = || ApiError::invalid("page", "page must be the one in a list's next_page_url.");
    let start = usize::try_from(start).ok().filter(|start| *start <= items.len()).ok_or_else(invalid)?;
    let data: Vec<Value> = items.iter().skip(start).take(limit).map(render).collect();
    let end = start + data.len();
    let url = |start: usize| url(params, path, start);
    Ok(json!({
        "data": data,
        "next_page_url": (end < items.len()).then(|| url(end)),
        "previous_page_url": (start > 0).then(|| url(start.saturating_sub(limit))),
    }))
}

/// Returns the URL of the same list from another item on.
fn url(params: &Params, path: &str, start: usize) -> String {
    let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let others = params.fingerprint().into_iter().filter(|(name, _)| name != "page");
    let query: Vec<String> =
        others.map(|(name, value)| format!("{}={}", escaped(&name), escaped(&value))).collect();
    [vec![format!("{path}?page={start}")], query].concat().join("&")
}

#[cfg(test)]
mod tests {
    use super::{Params, Value, page};

    fn shown(query: &str) -> String {
        let params = Params::decode(query).unwrap();
        match page(&params, &["a", "b", "c"], "/v2/things", |item| Value::from(*item)) {
            Ok(page) => format!("{} {} {}", page["data"], page["next_page_url"], page["previous_page_url"]),
            Err(error) => error.object()["param"].to_string(),
        }
    }

    #[test]
    fn pages_name_the_next_and_the_previous_one_with_the_same_filters() {
        assert_eq!(shown(""), r#"["a","b","c"] null null"#);
        assert_eq!(
            shown("limit=2&types[0]=x"),
            r#"["a","b"] "/v2/things?page=2&limit=2&types%5B%5D=x" null"#
        );
        assert_eq!(shown("limit=2&page=2"), r#"["c"] null "/v2/things?page=0&limit=2""#);
    }

    #[test]
    fn a_page_that_no_list_has_named_is_refused() {
        for query in ["page=4", "page=-1", "page=x"] {
            assert_eq!(shown(query), r#""page""#, "{query}");
        }
    }
}

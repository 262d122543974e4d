//! Cursor pagination of lists: `limit`, `starting_after`, `ending_before`, `has_more`.

use serde_json::{Value, json};

use super::{error::ApiError, params::Params};

/// Parameters of every list.
pub(crate) const PAGE_PARAMS: &[&str] = &["ending_before", "limit", "starting_after"];

const DEFAULT_LIMIT: usize = 10;

/// Returns the requested page of `items`, which are in the list's order.
pub(crate) fn paginate<T>(
    params: &Params,
    items: &[T],
    id: impl Fn(&T) -> &str,
    what: &str,
    url: &str,
    render: impl Fn(&T) -> Value,
) -> Result<Value, ApiError> {
    let limit = params.limit()?;
    let position = |param: &str| match params.text(param)? {
        None => Ok(None),
        Some(cursor) => match items.iter().position(|item| id(item) == cursor) {
            None => Err(ApiError::no_such(what, cursor, param)),
            at => Ok(at),
        },
    };
    let (page, has_more) = match (position("starting_after")?, position("ending_before")?) {
        (Some(_), Some(_)) => return Err(ApiError::exclusive("starting_after", "ending_before")),
        (None, Some(before)) => {
            let first = before.saturating_sub(limit);
            (items.get(first..before), first > 0)
        }
        (after, None) => {
            let first = after.map_or(0, |at| at + 1);
            let end = items.len().min(first + limit);
            (items.get(first..end), end < items.len())
        }
    };
    let data: Vec<Value> = page.unwrap_or_default().iter().map(render).collect();
    Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
}

impl Params {
    /// Returns the size of a page.
    pub(crate) fn limit(&self) -> Result<usize, ApiError> {
        let Some(text) = self.text("limit")? else { return Ok(DEFAULT_LIMIT) };
        match text.parse() {
            Ok(limit @ 1..=100) => Ok(limit),
            Ok(_) => Err(ApiError::invalid("limit", "limit must be from 1 to 100.")),
            Err(_) => Err(ApiError::no_integer("limit", text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Params, Value, paginate};

    fn ids(query: &str) -> String {
        let items = ["a", "b", "c", "d"];
        let params = Params::decode(query).unwrap();
        match paginate(&params, &items, |item| item, "thing", "/v1/things", |item| Value::from(*item)) {
            Ok(list) => format!("{} more={}", list["data"], list["has_more"]),
            Err(refusal) => refusal.object()["param"].to_string(),
        }
    }

    #[test]
    fn pages_go_both_ways() {
        assert_eq!(ids(""), r#"["a","b","c","d"] more=false"#);
        assert_eq!(ids("limit=2"), r#"["a","b"] more=true"#);
        assert_eq!(ids("limit=2&starting_after=b"), r#"["c","d"] more=false"#);
        assert_eq!(ids("limit=2&ending_before=d"), r#"["b","c"] more=true"#);
        assert_eq!(ids("ending_before=a"), "[] more=false");
        assert_eq!(ids("starting_after=d"), "[] more=false");
    }

    #[test]
    fn wrong_limits_and_cursors_are_refused() {
        assert_eq!(ids("limit=0"), r#""limit""#);
        assert_eq!(ids("limit=101"), r#""limit""#);
        assert_eq!(ids("limit=many"), r#""limit""#);
        assert_eq!(ids("starting_after=z"), r#""starting_after""#);
        assert_eq!(ids("starting_after=a&ending_before=b"), r#""starting_after""#);
    }
}

//! `/_sandbox/clock`: the sandbox's time and its scheduled changes.

use axum::{Json, extract::State};
use serde_json::{Map, Value, json};

use super::json_fields::JsonFields;
use crate::{
    http::error::ApiError,
    state::{Sandbox, State as Inner},
};

const STOPPED: &str = "stopped";
const UNITS: [(char, i64); 4] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
/// Maximum number of scheduled changes in a response.
const MAX_SHOWN: usize = 100;
/// Maximum advance in seconds, ten years, because each day carries out daily refreshes.
const MAX_ADVANCE: i64 = 3_650 * 86_400;

/// `GET /_sandbox/clock`
pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(report(&sandbox.lock()))
}

/// `POST /_sandbox/clock` `{"advance":"30d"}`, `{"advance":3600}` or `{"to":1798761600}`: forward only;
/// `{"stopped":true}` stops the clock, which can still be advanced.
pub(crate) async fn advance(
    State(sandbox): State<Sandbox>,
    Json(given): Json<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let fields = JsonFields::of(given, &["advance", "to", STOPPED])?;
    let mut state = sandbox.lock();
    if state.world.connected_account.is_some() {
        let message = "The clock is the platform's: call without Stripe-Account.";
        return Err(ApiError::malformed(message));
    }
    let by = match (fields.value("advance"), fields.value("to")) {
        (Some(by), None) => duration(by).ok_or_else(|| {
            ApiError::invalid("advance", "advance must be seconds, or a text such as 30d, 12h, 1d6h, 90s.")
        })?,
        (None, Some(to)) => {
            let to = to.as_i64();
            to.ok_or_else(|| ApiError::invalid("to", "to must be a time in Unix seconds."))? - state.world.now
        }
        (Some(_), Some(_)) => return Err(ApiError::exclusive("advance", "to")),
        (None, None) if fields.value(STOPPED).is_some() => 0,
        (None, None) => return Err(ApiError::missing("advance")),
    };
    if !(0..=MAX_ADVANCE).contains(&by) {
        let param = if fields.value("to").is_some() { "to" } else { "advance" };
        return Err(ApiError::invalid(param, "The clock can only be advanced, by at most ten years."));
    }
    let real_time = state.real_time;
    if let Some(stopped) = fields.value(STOPPED) {
        let stopped =
            stopped.as_bool().ok_or_else(|| ApiError::invalid(STOPPED, "stopped is true or false."))?;
        state.clock.set_stopped(stopped, real_time);
    }
    state.clock.advance(by);
    tracing::info!(seconds = by, "advanced the clock");
    drop(state);
    Ok(Json(report(&sandbox.lock())))
}

fn report(state: &Inner) -> Value {
    let upcoming = state.world.upcoming().into_iter().take(MAX_SHOWN);
    let coming: Vec<Value> =
        upcoming.map(|(at, what, object)| json!({ "at": at, "what": what, "object": object })).collect();
    let (now, stopped) = (state.world.now, state.clock.is_stopped());
    json!({ "now": now, "ahead": now - state.real_time, "stopped": stopped, "coming": coming })
}

/// Parses a duration: a number of seconds, or a text with units such as `1d6h`.
fn duration(value: &Value) -> Option<i64> {
    if let Some(seconds) = value.as_i64() {
        return Some(seconds);
    }
    let text = value.as_str()?;
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let (mut total, mut digits) = (0_i64, String::new());
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == letter)?;
        total = total.checked_add(digits.parse::<i64>().ok()?.checked_mul(unit)?)?;
        digits.clear();
    }
    (digits.is_empty() && !text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::duration;

    #[test]
    fn durations_are_seconds_or_counted_in_units() {
        let table = [
            (json!(90), Some(90)),
            (json!("90s"), Some(90)),
            (json!("2m"), Some(120)),
            (json!("1d6h"), Some(108_000)),
            (json!("30d"), Some(2_592_000)),
            (json!("30"), Some(30)),
            (json!("1d30"), None),
            (json!("d"), None),
            (json!("1w"), None),
            (json!(""), None),
            (json!("99999999999999999999d"), None),
            (json!(null), None),
        ];
        for (given, seconds) in table {
            assert_eq!(duration(&given), seconds, "{given}");
        }
    }
}

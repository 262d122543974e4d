//! Badges of connection states: shape, text and colour.

use maud::{Markup, html};

use super::words;
use crate::domain::filter::State;

/// Renders the state as shape, text and colour, so that colour alone carries no meaning.
pub(super) fn badge(state: State) -> Markup {
    let (kind, shape) = match state {
        State::Healthy => ("good", "M4 10l4 4 8-9"),
        State::Expiring | State::NumberExpired | State::NumberPending => ("warning", "M10 4v6l4 3"),
        State::Broken => ("bad", "M10 4v8M10 15v1"),
        State::Unrepairable | State::DebitsBlocked => ("bad lost", "M6.5 6.5l7 7M13.5 6.5l-7 7"),
        State::Disconnected | State::Replaced | State::Unrecognized => ("plain", "M5 10h10"),
    };
    html! {
        span class={ "badge " (kind) } {
            svg viewBox="0 0 20 20" aria-hidden="true" {
                @match kind {
                    "bad" => path.outline d="M10 1.5 19 18H1z" {},
                    "plain" => rect.outline x="1.5" y="1.5" width="17" height="17" rx="3" {},
                    _ => circle.outline cx="10" cy="10" r="8.5" {},
                }
                path d=(shape) {}
            }
            (words::state(state))
        }
    }
}

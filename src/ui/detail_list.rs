//! Details of a screen: lists, and what support asks for.

use leptos::prelude::*;

use super::AccountText;
use crate::text;

/// Mark before each item of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Included.
    Check,
    /// No longer included.
    Minus,
    /// Broken.
    Broken,
}

impl Mark {
    fn class(self) -> &'static str {
        match self {
            Self::Check => "shares",
            Self::Minus => "shares gone",
            Self::Broken => "shares broken",
        }
    }
}

/// A list of items with an introduction. Draws nothing if there are none.
#[component]
pub(crate) fn DetailList(intro: String, items: Vec<String>, mark: Mark) -> AnyView {
    (!items.is_empty())
        .then(|| {
            let item = |item: String| view! { <li><span><AccountText text=item /></span></li> };
            view! {
                <p class="text" part="text">{intro}</p>
                <ul class=mark.class() part=mark.class()>{items.into_iter().map(item).collect_view()}</ul>
            }
        })
        .into_any()
}

/// Details for support, closed until the reader opens them.
#[component]
pub(crate) fn Details(text: String) -> AnyView {
    view! {
        <details class="details" part="details">
            <summary class="summary" part="summary">{text::SUPPORT.get()}</summary>
            <code class="code" part="code">{text}</code>
        </details>
    }
    .into_any()
}

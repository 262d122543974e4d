//! First paint, while the accounts are loading.

use leptos::prelude::*;

use crate::text;
use crate::ui::{Attention, Card};

#[component]
pub(crate) fn Opening() -> impl IntoView {
    view! { <Card name="opening" heading=text::LOADING busy=true attention=Attention::None /> }
}

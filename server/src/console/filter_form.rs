//! Filter, order and page of the connections table, as in query strings and forms.

use maud::{Markup, Render, html};
use serde::Deserialize;

use super::address::address;
use super::auth::Fields;
use super::error::PageError;
use super::texts::{self, Text};
use crate::domain::customer_name::searched;
use crate::domain::filter::{Filter, FilterError, FilterForm, MAX_NAMED};
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::connection_search::{Order, PageCursor};
use crate::store::daily_counts::ConnectionCounts;

/// Query parameters of the table.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct TableParams {
    #[serde(flatten)]
    pub(super) wanted: FilterForm,
    #[serde(default)]
    pub(super) order: String,
    #[serde(default)]
    pub(super) size: String,
    #[serde(default)]
    pub(super) after: String,
    /// Anything: the form that led here had no account chosen.
    #[serde(default)]
    pub(super) none_chosen: String,
}

/// Orders of the table: parameter, order and name.
pub(super) const ORDERS: [(&str, Order, Text); 6] = [
    ("", Order::NewestFirst, texts::order_newest),
    ("oldest", Order::OldestFirst, texts::order_oldest),
    ("urgent", Order::MostUrgentFirst, texts::order_urgent),
    ("calm", Order::LeastUrgentFirst, texts::order_calm),
    ("ends", Order::EndsSoonest, texts::order_ends),
    ("ends_last", Order::EndsLatest, texts::order_ends_last),
];

/// Values of the field that chooses all matching accounts. The first release takes only the former: it would pass over the
/// newest conditions, and ask everybody, so forms with one of them have the latter, by which it finds nothing chosen.
const ALL: [&str; 2] = ["1", "matching"];

/// True if the form chooses all matching accounts.
pub(super) fn chooses_all(fields: &Fields) -> bool {
    ALL.contains(&fields.one("all"))
}

pub(super) const SIZES: [&str; 3] = ["25", "50", "200"];
const USUAL: i64 = 50;
const MOST: i64 = 200;

impl TableParams {
    /// Reads the filter from a form.
    pub(super) fn of_form(fields: &Fields) -> Self {
        let text = |name: &str| fields.one(name).to_owned();
        let wanted = FilterForm {
            state: text("state"),
            cause: text("cause"),
            bank: text("bank"),
            q: text("q"),
            from: text("from"),
            to: text("to"),
            result: text("result"),
            asked_from: text("asked_from"),
            asked_to: text("asked_to"),
            permissions: text("permissions"),
            stripe_account: text("stripe_account"),
            holder: text("holder"),
        };
        Self { wanted, order: text("order"), size: text("size"), after: text("after"), ..Self::default() }
    }

    /// Reads the filter; the inner error is for the operator.
    pub(super) async fn filter(
        &self,
        app: &AppState,
        tally: &ConnectionCounts,
    ) -> Result<Result<Filter, FilterError>, StoreError> {
        let named = if app.config.console.customer_names {
            app.store.customers_with_words(&searched(&self.wanted.q), MAX_NAMED + 1).await?
        } else {
            Vec::new()
        };
        Ok(self.wanted.read(&tally.banks(), &named))
    }

    pub(super) fn order(&self) -> Order {
        ORDERS
            .iter()
            .find(|(name, ..)| *name == self.order)
            .map_or(Order::NewestFirst, |(_, order, _)| *order)
    }

    /// Returns the parameter `order` of a link at a column's header: the column's first order, or its second where the
    /// table already has the first.
    pub(super) fn next_order(&self, column: [Order; 2]) -> &'static str {
        let [first, second] = column;
        let next = if self.order() == first { second } else { first };
        ORDERS.iter().find(|(_, order, _)| *order == next).map_or("", |(name, ..)| name)
    }

    /// Number of rows on a page.
    pub(super) fn size(&self) -> i64 {
        self.size.parse().map_or(USUAL, |size: i64| size.clamp(1, MOST))
    }

    pub(super) fn place(&self) -> Result<Option<PageCursor>, PageError> {
        if self.after.is_empty() {
            return Ok(None);
        }
        let place = PageCursor::read(&self.after);
        place.map(Some).ok_or_else(|| PageError::NotUnderstood(texts::no_such_page().render()))
    }

    /// Filter values.
    pub(super) fn values(&self) -> [(&'static str, &str); 12] {
        let FilterForm {
            state,
            cause,
            bank,
            q,
            from,
            to,
            result,
            asked_from,
            asked_to,
            permissions,
            stripe_account,
            holder,
        } = &self.wanted;
        [
            ("state", state),
            ("cause", cause),
            ("bank", bank),
            ("q", q),
            ("from", from),
            ("to", to),
            ("result", result),
            ("asked_from", asked_from),
            ("asked_to", asked_to),
            ("permissions", permissions),
            ("stripe_account", stripe_account),
            ("holder", holder),
        ]
    }

    /// Returns the URL of this view with the values in `changed` replaced.
    pub(super) fn with(&self, path: &str, changed: &[(&'static str, &str)]) -> String {
        let own = self.values().into_iter().chain([("order", self.order.as_str()), ("size", &self.size)]);
        let kept = own.filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
        let all: Vec<(&str, &str)> = kept.chain(changed.iter().copied()).collect();
        address(path, &all)
    }

    /// Renders the filter, order and page as hidden form fields.
    pub(super) fn hidden(&self) -> Markup {
        let rest = [("order", self.order.as_str()), ("size", &self.size), ("after", &self.after)];
        html! {
            @for (name, value) in self.values().into_iter().chain(rest) {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
        }
    }

    /// Returns the value of the field that chooses all matching accounts.
    pub(super) fn all(&self) -> &'static str {
        let FilterForm { permissions, stripe_account, holder, .. } = &self.wanted;
        let has_newest = [permissions, stripe_account, holder].iter().any(|value| !value.trim().is_empty());
        let [all, matching] = ALL;
        if has_newest { matching } else { all }
    }

    /// True if a filter other than the state is set.
    pub(super) fn is_narrowed(&self) -> bool {
        self.values().iter().any(|(name, value)| *name != "state" && !value.trim().is_empty())
    }
}

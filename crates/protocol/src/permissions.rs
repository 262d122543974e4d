//! Difference in the shared data that a relink makes.

use serde::{Deserialize, Serialize};

/// Permissions that a relink asks for, compared with those already granted. Keeps the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PermissionChange<P> {
    /// Asked for the first time.
    #[serde(rename = "new")]
    pub added: Vec<P>,
    /// Already granted and asked for again.
    #[serde(rename = "stays")]
    pub kept: Vec<P>,
    /// Already granted and no longer asked for. Stripe replaces an account's permissions with those of the newest
    /// session.
    #[serde(rename = "goes")]
    pub removed: Vec<P>,
}

impl<P: Clone + PartialEq> PermissionChange<P> {
    /// Compares the granted permissions with the requested ones.
    pub fn between(given: &[P], requested: &[P]) -> Self {
        let (kept, added) = requested.iter().cloned().partition(|permission| given.contains(permission));
        let removed = given.iter().filter(|permission| !requested.contains(permission)).cloned().collect();
        Self { added, kept, removed }
    }

    /// True if the customer agrees to anything that differs from before.
    pub fn changes_anything(&self) -> bool {
        !self.added.is_empty() || !self.removed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn permissions_are_added_kept_or_removed() {
        let change = PermissionChange::between(&["a", "b"], &["b", "c"]);
        assert_eq!(change, PermissionChange { added: vec!["c"], kept: vec!["b"], removed: vec!["a"] });
        assert!(change.changes_anything());
        assert!(PermissionChange::between(&["a"], &["a", "b"]).changes_anything());
        assert!(PermissionChange::between(&["a", "b"], &["a"]).changes_anything());
        assert!(!PermissionChange::between(&["a", "b"], &["b", "a"]).changes_anything());
    }

    proptest! {
        #[test]
        fn every_permission_is_told_of_once(
            given in prop::collection::btree_set(0..8, 0..6), requested in prop::collection::btree_set(0..8, 0..6)
        ) {
            let (given, requested): (Vec<_>, Vec<_>) = (given.into_iter().collect(), requested.into_iter().collect());
            let PermissionChange { added, kept, removed } = PermissionChange::between(&given, &requested);
            let mut all = [added.clone(), kept.clone(), removed.clone()].concat();
            all.sort_unstable();
            let mut union = [given.clone(), requested].concat();
            union.sort_unstable();
            union.dedup();
            prop_assert_eq!(all, union);
            prop_assert!(added.iter().all(|one| !given.contains(one)) && removed.iter().all(|one| given.contains(one)));
        }
    }
}

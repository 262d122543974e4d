//! Difference in the shared data that a relink makes.

use serde::{Deserialize, Serialize};

/// Permissions that a relink asks for, compared with those already granted. Keeps the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionChange<P> {
    /// Asked for the first time.
    pub new: Vec<P>,
    /// Already granted and asked for again.
    pub stays: Vec<P>,
    /// Already granted and no longer asked for. Stripe replaces an account's permissions with those of the newest
    /// session.
    pub goes: Vec<P>,
}

impl<P: Clone + PartialEq> PermissionChange<P> {
    /// Compares the granted permissions with the requested ones.
    pub fn between(given: &[P], requested: &[P]) -> Self {
        let (stays, new) = requested.iter().cloned().partition(|permission| given.contains(permission));
        let goes = given.iter().filter(|permission| !requested.contains(permission)).cloned().collect();
        Self { new, stays, goes }
    }

    /// True if the customer agrees to anything that differs from before.
    pub fn is_change(&self) -> bool {
        !self.new.is_empty() || !self.goes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_new_what_stays_and_what_goes_are_told_apart() {
        let change = PermissionChange::between(&["a", "b"], &["b", "c"]);
        assert_eq!(change, PermissionChange { new: vec!["c"], stays: vec!["b"], goes: vec!["a"] });
        assert!(change.is_change());
        assert!(PermissionChange::between(&["a"], &["a", "b"]).is_change());
        assert!(PermissionChange::between(&["a", "b"], &["a"]).is_change());
        assert!(!PermissionChange::between(&["a", "b"], &["b", "a"]).is_change());
    }

    proptest! {
        #[test]
        fn every_permission_is_told_of_once(
            given in prop::collection::btree_set(0..8, 0..6), requested in prop::collection::btree_set(0..8, 0..6)
        ) {
            let (given, requested): (Vec<_>, Vec<_>) = (given.into_iter().collect(), requested.into_iter().collect());
            let PermissionChange { new, stays, goes } = PermissionChange::between(&given, &requested);
            let mut all = [new.clone(), stays.clone(), goes.clone()].concat();
            all.sort_unstable();
            let mut union = [given.clone(), requested].concat();
            union.sort_unstable();
            union.dedup();
            prop_assert_eq!(all, union);
            prop_assert!(new.iter().all(|one| !given.contains(one)) && goes.iter().all(|one| given.contains(one)));
        }
    }
}

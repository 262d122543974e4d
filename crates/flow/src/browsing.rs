//! Showing the customer's accounts.

use relink_protocol::{Condition, Overview};

use crate::step::Step;
use crate::{Action, Event, Explaining, Stage, Target, Unrepairable};

/// Knows the accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browsing {
    /// As last read.
    pub overview: Overview,
}

impl Browsing {
    pub(crate) fn step(self, event: Event) -> Step {
        let Event::Pressed(Action::Choose(id)) = event else {
            return Step::Stay(Stage::Browsing(self));
        };
        let Some(target) = Target::choose(&self.overview, &id) else {
            return Step::Stay(Stage::Browsing(self));
        };
        match target.account.condition.clone() {
            Condition::Broken { .. } | Condition::Expiring { .. } => Explaining::enter(target),
            Condition::Unrepairable { cause } => {
                Step::Enter(Stage::Unrepairable(Unrepairable { target, cause }))
            }
            Condition::Healthy | Condition::Disconnected | Condition::Unrecognized => {
                Step::Stay(Stage::Browsing(self))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::stripe::Cause;

    use super::*;
    use crate::Request;
    use crate::example::{Walk, broken, closed, expiring, healthy, overview};

    #[test]
    fn a_broken_or_expiring_account_is_explained_while_stripe_js_loads() {
        for account in [broken(), expiring()] {
            let mut walk = Walk::browsing();
            walk.press(Action::Choose(account.id.clone()));
            let target = Target { overview: overview(), account };
            assert_eq!(*walk.stage(), Stage::Explaining(Explaining { target }));
            assert_eq!(walk.request(), Some(Request::LoadStripe { url: overview().stripe_js }));
        }
    }

    #[test]
    fn an_account_that_no_relink_can_repair_says_why() {
        let mut walk = Walk::browsing();
        walk.press(Action::Choose(closed().id));
        let target = Target { overview: overview(), account: closed() };
        let expected = Unrepairable { target, cause: Cause::AccountClosed };
        assert_eq!(*walk.stage(), Stage::Unrepairable(expected));
    }

    #[test]
    fn a_healthy_or_unknown_account_opens_nothing() {
        for id in [healthy().id, "fca_unknown".parse().unwrap()] {
            let mut walk = Walk::browsing();
            walk.press(Action::Choose(id));
            assert_eq!(*walk.stage(), Stage::Browsing(Browsing { overview: overview() }));
            assert_eq!(walk.request(), None);
        }
    }
}

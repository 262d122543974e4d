//! Showing the customer's accounts.

use relink_protocol::{Choice, Condition, Overview};

use crate::step::Step;
use crate::{Action, Doubt, Event, Explaining, Failed, Stage, Target, Unrepairable};

/// Knows the accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browsing {
    /// As last read.
    pub overview: Overview,
}

impl Browsing {
    /// Everything but a choice.
    pub(crate) fn step_early(self, event: Event) -> Result<Step, (Stage, Event)> {
        match event {
            Event::Pressed(Action::Choose(_)) => Err((Stage::Browsing(self), event)),
            Event::Incomplete(failure) => Ok(Failed::incomplete(failure, Doubt::None)),
            _ => Ok(Step::Stay(Stage::Browsing(self))),
        }
    }

    pub(crate) fn step(self, event: Event) -> Step {
        let Event::Pressed(Action::Choose(id)) = event else {
            return self.step_early(event).unwrap_or_else(|(stage, _)| Step::Stay(stage));
        };
        let Some(target) = Target::choose(&self.overview, &id, Choice::Repair) else {
            return Step::Stay(Stage::Browsing(self));
        };
        match target.account.condition.clone() {
            Condition::Broken { .. } | Condition::Expiring { .. } | Condition::NumberExpired => {
                Explaining::enter(target)
            }
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
    use crate::example::{Walk, broken, closed, expiring, healthy, numberless, overview, target};

    #[test]
    fn a_broken_or_expiring_account_is_explained_while_stripe_js_loads() {
        for account in [broken(), expiring(), numberless()] {
            let mut walk = Walk::browsing();
            walk.press(Action::Choose(account.name.id.clone()));
            assert_eq!(*walk.stage(), Stage::Explaining(Explaining { target: target(account) }));
            assert_eq!(walk.request(), Some(Request::LoadStripe { url: overview().stripe_js }));
        }
    }

    #[test]
    fn an_account_that_no_relink_can_repair_says_why() {
        let mut walk = Walk::browsing();
        walk.press(Action::Choose(closed().name.id));
        let expected = Unrepairable { target: target(closed()), cause: Cause::AccountClosed };
        assert_eq!(*walk.stage(), Stage::Unrepairable(expected));
    }

    #[test]
    fn a_healthy_or_unknown_account_opens_nothing() {
        for id in [healthy().name.id, "fca_unknown".parse().unwrap()] {
            let mut walk = Walk::browsing();
            walk.press(Action::Choose(id));
            assert_eq!(*walk.stage(), Stage::Browsing(Browsing { overview: overview() }));
            assert_eq!(walk.request(), None);
        }
    }
}

//! Saying what will happen and what will be shared, before any window opens.

use crate::step::Step;
use crate::{Action, Event, Preparing, Request, Stage, Target};

/// Knows the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explaining {
    /// The account to repair or replace.
    pub target: Target,
}

impl Explaining {
    /// Stripe.js is fetched while the customer reads; whether that works is only of interest when they go on.
    pub(crate) fn enter(target: Target) -> Step {
        let url = target.overview.stripe_js.clone();
        Step::Ask(Stage::Explaining(Self { target }), Request::LoadStripe { url })
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Pressed(Action::Continue) => Preparing::enter(self.target),
            Event::Pressed(Action::Leave) => Step::Enter(self.target.back()),
            _ => Step::Stay(Stage::Explaining(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Walk, broken, failure, overview, target};
    use crate::{Answer, Browsing, Reason};

    #[test]
    fn leaving_goes_back_to_the_accounts_without_asking_for_them_again() {
        let mut walk = Walk::explaining();
        walk.press(Action::Leave);
        assert_eq!(*walk.stage(), Stage::Browsing(Browsing { overview: overview() }));
        assert_eq!(walk.request(), None);
    }

    #[test]
    fn a_blocked_script_does_not_disturb_the_reader() {
        let mut walk = Walk::explaining();
        walk.answer(Answer::Stripe(Err(failure(Reason::StripeBlocked))));
        assert_eq!(*walk.stage(), Stage::Explaining(Explaining { target: target(broken()) }));
    }
}

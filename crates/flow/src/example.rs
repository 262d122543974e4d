//! A customer with four accounts, and a walk through the conversation, for tests.

use relink_protocol::stripe::{Cause, Permission, Subcategory};
use relink_protocol::{
    AccountSummary, ClientSecret, Condition, Overview, RelinkOutcome, Reported, SessionId, StartedSession,
    UnfinishedRelink,
};

use crate::{Action, Answer, Effect, Event, Failure, Reason, Request, Stage, State, Ticket, start, update};

fn account(id: &str, condition: Condition) -> AccountSummary {
    AccountSummary {
        id: id.parse().unwrap(),
        institution_name: "Alder Bank".to_owned(),
        last4: Some("6789".to_owned()),
        display_name: None,
        subcategory: Subcategory::Checking,
        condition,
        shares: vec![Permission::PaymentMethod],
    }
}

pub(crate) fn broken() -> AccountSummary {
    account("fca_broken", Condition::Broken { cause: Cause::AccessExpired })
}

pub(crate) fn expiring() -> AccountSummary {
    account("fca_expiring", Condition::Expiring { on: Some(1_800_000_000) })
}

pub(crate) fn closed() -> AccountSummary {
    account("fca_closed", Condition::Unrepairable { cause: Cause::AccountClosed })
}

pub(crate) fn healthy() -> AccountSummary {
    account("fca_healthy", Condition::Healthy)
}

pub(crate) fn overview() -> Overview {
    Overview {
        merchant: "Northwind".to_owned(),
        accounts: vec![broken(), expiring(), closed(), healthy()],
        unfinished: None,
        stripe_js: "https://js.example/stripe.js".to_owned(),
    }
}

pub(crate) fn session() -> SessionId {
    "fcsess_1".parse().unwrap()
}

pub(crate) fn started() -> StartedSession {
    StartedSession {
        session: session(),
        client_secret: ClientSecret::new("fcsess_client_secret_canary".to_owned()),
        publishable_key: "pk_test_1".to_owned(),
    }
}

pub(crate) fn failure(reason: Reason) -> Failure {
    Failure { reason, request_id: None }
}

/// A conversation, and the effect of its last step.
#[derive(Clone)]
pub(crate) struct Walk {
    state: State,
    effect: Option<Effect>,
}

impl Walk {
    pub(crate) fn start() -> Self {
        let (state, effect) = start();
        Self { state, effect: Some(effect) }
    }

    pub(crate) fn browsing() -> Self {
        let mut walk = Self::start();
        walk.answer(Answer::Accounts(Ok(overview())));
        walk
    }

    pub(crate) fn explaining() -> Self {
        let mut walk = Self::browsing();
        walk.press(Action::Choose(broken().id));
        walk
    }

    pub(crate) fn preparing() -> Self {
        let mut walk = Self::explaining();
        walk.press(Action::Continue);
        walk
    }

    pub(crate) fn at_bank() -> Self {
        let mut walk = Self::preparing();
        walk.answer(Answer::Stripe(Ok(())));
        walk.answer(Answer::Session(Ok(started())));
        walk
    }

    pub(crate) fn checking() -> Self {
        let mut walk = Self::at_bank();
        walk.answer(Answer::Bank(Reported::Finished));
        walk
    }

    pub(crate) fn resumed(reported: Reported) -> Self {
        let mut walk = Self::start();
        let unfinished = UnfinishedRelink { session: session(), account: broken().id, reported };
        walk.answer(Answer::Accounts(Ok(Overview { unfinished: Some(unfinished), ..overview() })));
        walk
    }

    pub(crate) fn finished(outcome: RelinkOutcome) -> Self {
        let mut walk = Self::checking();
        walk.answer(Answer::Outcome(Ok(outcome)));
        walk
    }

    pub(crate) fn event(&mut self, event: Event) {
        (self.state, self.effect) = update(self.state.clone(), event);
    }

    pub(crate) fn press(&mut self, action: Action) {
        self.event(Event::Pressed(action));
    }

    /// Answers the newest request.
    pub(crate) fn answer(&mut self, answer: Answer) {
        self.event(Event::Answered(self.ticket(), answer));
    }

    pub(crate) fn ticket(&self) -> Ticket {
        self.state.ticket
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn stage(&self) -> &Stage {
        &self.state.stage
    }

    /// What the last step asked for.
    pub(crate) fn request(&self) -> Option<Request> {
        self.effect.clone().map(|effect| effect.request)
    }
}

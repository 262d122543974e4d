//! A customer with a few accounts and a test harness for the conversation.

use relink_protocol::stripe::{Cause, Permission, Subcategory};
use relink_protocol::{
    AccountId, AccountName, AccountPair, AccountSummary, Choice, ClientSecret, Condition, Connected,
    DatedAccount, LookAlikes, Overview, PermissionChange, Purpose, RelinkOutcome, Reported, SessionId,
    StartedSession, UnfinishedRelink,
};

use crate::{
    Action, Answer, Effect, Event, Failure, Reason, Request, Stage, State, Target, Ticket, start, update,
};

fn name(id: &str) -> AccountName {
    AccountName {
        id: id.parse().unwrap(),
        institution_name: "Alder Bank".to_owned(),
        last4: Some("6789".to_owned()),
        display_name: None,
        subcategory: Subcategory::Checking,
    }
}

fn account(id: &str, condition: Condition) -> AccountSummary {
    let permissions = PermissionChange::between(&[], &[]);
    AccountSummary {
        name: name(id),
        condition,
        permissions,
        also_repairs: Vec::new(),
        blocked: None,
        bank_trouble: None,
        updatable: false,
    }
}

pub(crate) fn broken() -> AccountSummary {
    account("fca_broken", Condition::Broken { cause: Cause::AccessExpired })
}

pub(crate) fn expiring() -> AccountSummary {
    account("fca_expiring", Condition::Expiring { on: Some(1_800_000_000) })
}

pub(crate) fn number_expired() -> AccountSummary {
    account("fca_number_expired", Condition::NumberExpired)
}

pub(crate) fn closed() -> AccountSummary {
    account("fca_closed", Condition::Unrepairable { cause: Cause::AccountClosed })
}

pub(crate) fn healthy() -> AccountSummary {
    account("fca_healthy", Condition::Healthy)
}

/// Returns an account that works, and of which the merchant asks for more.
pub(crate) fn updatable() -> AccountSummary {
    let permissions =
        PermissionChange::between(&[Permission::Balances], &[Permission::Balances, Permission::Ownership]);
    AccountSummary { permissions, updatable: true, ..account("fca_updatable", Condition::Healthy) }
}

pub(crate) fn disconnected() -> AccountSummary {
    account("fca_disconnected", Condition::Disconnected)
}

pub(crate) fn overview() -> Overview {
    Overview {
        merchant: "Northwind".to_owned(),
        purpose: Purpose::Payments,
        exact: true,
        allows_another: true,
        help_url: None,
        own_page: true,
        accounts: vec![
            broken(),
            expiring(),
            number_expired(),
            closed(),
            disconnected(),
            updatable(),
            healthy(),
        ],
        unfinished: None,
        stripe_js: "https://js.example/stripe.js".to_owned(),
        version: "1".to_owned(),
    }
}

/// Returns a later overview with these accounts, after a change that the customer did not make on this page.
pub(crate) fn changed(accounts: Vec<AccountSummary>) -> Overview {
    Overview { accounts, version: "2".to_owned(), ..overview() }
}

/// Returns an account of the overview, chosen for repair.
pub(crate) fn target(account: AccountSummary) -> Target {
    Target { overview: overview(), account, choice: Choice::Repair }
}

pub(crate) fn unfinished(reported: Reported) -> UnfinishedRelink {
    UnfinishedRelink { session: session(), account: broken().name.id, choice: Choice::Repair, reported }
}

/// Returns an account that the customer did not have before.
pub(crate) fn added() -> AccountName {
    name("fca_added")
}

pub(crate) fn relinked() -> RelinkOutcome {
    RelinkOutcome::Relinked(Connected {
        restored: vec![broken().name],
        still_broken: vec![expiring().name],
        ..Connected::default()
    })
}

pub(crate) fn new_account() -> RelinkOutcome {
    let mandate = Some("You allow it.".to_owned());
    RelinkOutcome::NewAccount(Connected { added: vec![added()], mandate, ..Connected::default() })
}

/// Returns two accounts that the customer says are the same.
pub(crate) fn pair() -> AccountPair {
    AccountPair { old: broken().name.id, new: added().id }
}

/// Returns an outcome with accounts that look alike.
pub(crate) fn question() -> RelinkOutcome {
    let old = [broken(), expiring()].map(|account| DatedAccount { name: account.name, on: None });
    RelinkOutcome::NewAuthorization(Connected {
        added: vec![added()],
        still_broken: vec![broken().name, expiring().name],
        look_alikes: vec![LookAlikes { old: old.to_vec(), new: vec![added()] }],
        ..Connected::default()
    })
}

/// Returns a final outcome of each kind.
pub(crate) fn outcomes() -> Vec<RelinkOutcome> {
    let new_authorization =
        Connected { restored: vec![broken().name], added: vec![added()], ..Connected::default() };
    vec![
        relinked(),
        new_account(),
        RelinkOutcome::NewAuthorization(new_authorization),
        RelinkOutcome::NoAccount,
        RelinkOutcome::NoAuthorization,
        RelinkOutcome::Failed,
        RelinkOutcome::Cancelled,
    ]
}

pub(crate) fn session() -> SessionId {
    "fcsess_1".parse().unwrap()
}

pub(crate) fn started() -> StartedSession {
    StartedSession {
        session: session(),
        client_secret: ClientSecret::new("fcsess_client_secret_canary".to_owned()),
        publishable_key: "pk_test_1".to_owned(),
        stripe_account: None,
        collects_token: false,
    }
}

pub(crate) fn failure(reason: Reason) -> Failure {
    Failure { reason, request_id: None }
}

/// A conversation, and the effect of its last step.
#[derive(Clone)]
pub(crate) struct Harness {
    state: State,
    effect: Option<Effect>,
}

impl Harness {
    pub(crate) fn start() -> Self {
        let (state, effect) = start();
        Self { state, effect: Some(effect) }
    }

    pub(crate) fn with_deep_link(account: AccountId) -> Self {
        let Self { state, effect } = Self::start();
        Self { state: state.with_deep_link(Some(account)), effect }
    }

    pub(crate) fn browsing() -> Self {
        Self::browsing_in(overview())
    }

    fn browsing_in(overview: Overview) -> Self {
        let mut harness = Self::start();
        harness.answer(Answer::Accounts(Ok(overview)));
        harness
    }

    pub(crate) fn explaining() -> Self {
        Self::browsing().explained()
    }

    fn explained(mut self) -> Self {
        self.press(Action::Choose(broken().name.id));
        self
    }

    /// Continues once Stripe.js is loaded, from when on the page listens for changes.
    pub(crate) fn listening(mut explaining: Self) -> Self {
        explaining.answer(Answer::Stripe(Ok(())));
        explaining
    }

    pub(crate) fn unrepairable() -> Self {
        let mut harness = Self::browsing();
        harness.press(Action::Choose(closed().name.id));
        harness
    }

    pub(crate) fn preparing() -> Self {
        Self::explaining().prepared()
    }

    fn prepared(mut self) -> Self {
        self.press(Action::Continue);
        self
    }

    pub(crate) fn at_bank() -> Self {
        Self::preparing().opened()
    }

    fn opened(mut self) -> Self {
        self.answer(Answer::Stripe(Ok(())));
        self.answer(Answer::Session(Ok(started())));
        self
    }

    pub(crate) fn checking() -> Self {
        Self::at_bank().asked()
    }

    fn asked(mut self) -> Self {
        self.answer(Answer::Bank(Reported::Finished));
        self
    }

    pub(crate) fn resumed(reported: Reported) -> Self {
        let mut harness = Self::start();
        let unfinished = Some(unfinished(reported));
        harness.answer(Answer::Accounts(Ok(Overview { unfinished, ..overview() })));
        harness
    }

    pub(crate) fn finished(outcome: RelinkOutcome) -> Self {
        Self::finished_in(overview(), outcome)
    }

    pub(crate) fn finished_in(overview: Overview, outcome: RelinkOutcome) -> Self {
        let mut harness = Self::browsing_in(overview).explained().prepared().opened().asked();
        harness.answer(Answer::Outcome(Ok(outcome)));
        harness
    }

    pub(crate) fn paying() -> Self {
        let mut harness = Self::finished(new_account());
        harness.press(Action::Pay(added().id));
        harness
    }

    pub(crate) fn event(&mut self, event: Event) {
        (self.state, self.effect) = update(self.state.clone(), event);
    }

    pub(crate) fn press(&mut self, action: Action) {
        self.event(Event::Action(action));
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

    /// Returns the request of the last step.
    pub(crate) fn request(&self) -> Option<Request> {
        self.effect.clone().map(|effect| effect.request)
    }
}

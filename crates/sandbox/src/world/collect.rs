//! Payment methods that a bank window collects for a setup intent or a payment intent.

use std::collections::BTreeMap;

use super::{
    World,
    payment_method::BankSource,
    session::{Session, SessionResult},
};

impl World {
    /// Gives the session's intent the account that the customer shared or typed in, once, as its payment method. The
    /// intent then waits to be confirmed. Returns the intent's id; `None` if the session has none.
    pub(crate) fn collect_for_intent(&mut self, session: &str) -> Option<String> {
        let found = self.session(session)?;
        let intent = found.intent.clone()?;
        let source = self.collected_source(found);
        if let Some(source) = source.filter(|_| !intent.is_collected) {
            let made =
                self.create_payment_method(source, "individual", intent.billing.clone(), BTreeMap::new());
            if let Ok(method) = made.map(|method| method.id.clone()) {
                self.set_collected(&intent.id, method);
            }
            if let Some(intent) = self.session_mut(session).and_then(|session| session.intent.as_mut()) {
                intent.is_collected = true;
            }
        }
        Some(intent.id)
    }

    fn collected_source(&self, session: &Session) -> Option<BankSource> {
        if let Some(SessionResult::Typed { account }) = session.result() {
            return Some(BankSource::Typed(account.clone()));
        }
        let payable = session.collected().iter().find(|id| self.check_payable(id).is_ok());
        payable.cloned().map(BankSource::Linked)
    }

    fn set_collected(&mut self, intent: &str, method: String) {
        if let Some(found) = self.setup_intent(intent) {
            let mut params = found.params.clone();
            params.payment_method = Some(method);
            self.update_setup(intent, params);
        } else if let Some(found) = self.payment_intent(intent) {
            let mut params = found.params.clone();
            params.payment_method = Some(method);
            self.update_payment(intent, params);
        }
    }
}

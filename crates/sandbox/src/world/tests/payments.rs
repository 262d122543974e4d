//! Tests of payment methods and setup intents.

use super::NOW;
use crate::world::{
    World,
    payment_method::{BankSource, Billing, Unpayable},
    setup_intent::{Acceptance, ConfirmRefused, InvalidConfirmation, SetupParams, SetupProgress},
};

const ACCOUNT: &str = "fca_CopperfieldSavings4421";
const JENNY: &str = "cus_SandboxJenny";

const AGREED: Option<Acceptance> = Some(Acceptance { accepted_at: Some(NOW), online: None });

fn make(world: &mut World, account: &str) -> Result<String, Unpayable> {
    let billing = Billing { name: "Jenny Rosen".to_owned(), ..Billing::default() };
    let source = BankSource::Linked(account.to_owned());
    let made = world.create_payment_method(source, "individual", billing, std::collections::BTreeMap::new());
    made.map(|method| method.id.clone())
}

/// Creates a payment method for Jenny and a setup intent for it.
fn prepared() -> (World, String, String) {
    let mut world = World::seeded(NOW);
    let method = make(&mut world, ACCOUNT).unwrap();
    let (customer, payment_method) = (Some(JENNY.to_owned()), Some(method.clone()));
    let plan = SetupParams { customer, payment_method, ..SetupParams::default() };
    let intent = world.create_setup_intent(plan).id.clone();
    (world, method, intent)
}

#[test]
fn a_confirmed_setup_attaches_the_payment_method_under_a_mandate() {
    let (mut world, method, intent) = prepared();
    assert_eq!(world.confirm_setup(&intent, None, AGREED), Ok(()));
    assert!(world.is_attached(&method, JENNY));
    let mandate = world.mandates()[0].id.clone();
    assert_eq!(world.setup_intent(&intent).unwrap().progress, SetupProgress::Succeeded { mandate });
    assert_eq!(world.confirm_setup(&intent, None, AGREED), Err(ConfirmRefused::WrongState));
}

#[test]
fn an_invalid_confirmation_changes_nothing() {
    let (mut world, method, intent) = prepared();
    let refused = world.confirm_setup(&intent, None, None);
    assert_eq!(refused, Err(ConfirmRefused::Invalid(InvalidConfirmation::NoMandate)));
    world.disconnect(ACCOUNT);
    let refused = world.confirm_setup(&intent, None, AGREED);
    assert_eq!(refused, Err(ConfirmRefused::Invalid(InvalidConfirmation::Unpayable(Unpayable::Inactive))));
    assert!(!world.is_attached(&method, JENNY) && world.mandates().is_empty());
    assert_eq!(world.setup_intent(&intent).unwrap().progress, SetupProgress::Open { declined: None });
}

#[test]
fn a_declined_setup_loses_its_payment_method_and_attaches_nothing() {
    let (mut world, method, intent) = prepared();
    world.settings.decline_setup_intents = true;
    assert_eq!(world.confirm_setup(&intent, None, AGREED), Err(ConfirmRefused::Declined));
    let declined = world.setup_intent(&intent).unwrap();
    assert_eq!(declined.params.payment_method, None);
    assert_eq!(declined.progress, SetupProgress::Open { declined: Some(method.clone()) });
    assert!(!world.is_attached(&method, JENNY));
}

#[test]
fn a_canceled_setup_intent_can_not_be_canceled_again() {
    let (mut world, _, intent) = prepared();
    assert!(world.cancel_setup(&intent, None));
    assert!(!world.cancel_setup(&intent, None));
    assert!(!world.cancel_setup("seti_x", None));
}

#[test]
fn an_account_that_does_not_work_makes_no_payment_method() {
    let mut world = World::seeded(NOW);
    assert_eq!(make(&mut world, "fca_AlderChecking6789"), Err(Unpayable::Inactive));
    assert_eq!(make(&mut world, "fca_PinecrestNumberExpired8820"), Err(Unpayable::NoUsableNumbers));
    assert_eq!(make(&mut world, "fca_x"), Err(Unpayable::Missing));
    assert!(world.payment_methods().is_empty());
}

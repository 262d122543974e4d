//! Tests of the transitions, without HTTP.

mod payments;
mod refresh;
mod relink;

use super::{
    AccountHolder, SessionRefused, World,
    account::{Action, Status},
    authorization::AuthorizationStatus,
    bank_window::{Choice, SignIn, StepRefused},
    session::{ClientSecret, FailureReason, Progress, RelinkOptions, SessionParams, SessionResult},
};

const NOW: i64 = 1_795_000_000;
const CHECKING: &str = "fca_AlderChecking6789";
const SAVINGS: &str = "fca_AlderSavings1204";

fn jenny() -> AccountHolder {
    AccountHolder::Customer("cus_SandboxJenny".to_owned())
}

fn relink(account: Option<&str>) -> SessionParams {
    let authorization = "fcauth_AlderJenny".to_owned();
    SessionParams {
        account_holder: Some(jenny()),
        permissions: vec!["payment_method"],
        limit: Some(1),
        relink_options: Some(RelinkOptions { authorization, account: account.map(str::to_owned) }),
        ..SessionParams::default()
    }
}

/// Creates a world with one session whose window is open.
fn opened(request: SessionParams) -> (World, String) {
    let mut world = World::seeded(NOW);
    let secret = ClientSecret::random();
    let id = world.create_session(request, secret).unwrap().id.clone();
    world.open_window(&id).unwrap();
    (world, id)
}

fn signed_in(request: SessionParams) -> (World, String) {
    let (mut world, id) = opened(request);
    assert_eq!(world.sign_in(&id, Some("fcinst_AlderBank"), ""), Ok(SignIn::Accepted));
    (world, id)
}

/// Returns the ids of offered holdings with these last four digits.
fn held(world: &World, id: &str, last4: &str) -> Vec<String> {
    let offered = world.offered_holdings(world.session(id).unwrap());
    offered.iter().filter(|one| one.last4 == last4).map(|one| one.id.clone()).collect()
}

fn result(world: &World, id: &str) -> SessionResult {
    world.session(id).unwrap().result().unwrap().clone()
}

fn authorization_status(world: &World, id: &str) -> AuthorizationStatus {
    world.authorization_status(world.authorization(id).unwrap())
}

fn broken(world: &World, id: &str) -> bool {
    matches!(world.account(id).unwrap().status, Status::Inactive { action: Action::RelinkRequired, .. })
}

fn succeeded(authorization: &str, accounts: &[&str]) -> SessionResult {
    let accounts = accounts.iter().map(|&id| id.to_owned()).collect();
    SessionResult::Succeeded { authorization: authorization.to_owned(), accounts }
}

#[test]
fn the_exact_account_becomes_active_with_its_authorization_and_new_permissions() {
    let (mut world, id) = signed_in(relink(Some(CHECKING)));
    let chosen = held(&world, &id, "6789");
    assert_eq!(world.choose(&id, &chosen), Ok(Choice::Connected));
    assert_eq!(result(&world, &id), succeeded("fcauth_AlderJenny", &[CHECKING]));
    let account = world.account(CHECKING).unwrap();
    assert_eq!((&account.status, account.permissions.as_slice()), (&Status::ACTIVE, &["payment_method"][..]));
    assert_eq!(
        authorization_status(&world, "fcauth_AlderJenny"),
        AuthorizationStatus::Active { notice: None }
    );
}

#[test]
fn repairing_the_exact_account_repairs_its_siblings_but_no_other_authorization() {
    let (mut world, id) = signed_in(relink(Some(CHECKING)));
    let chosen = held(&world, &id, "6789");
    world.choose(&id, &chosen).unwrap();
    assert_eq!(world.account(SAVINGS).unwrap().status, Status::ACTIVE);
    assert!(broken(&world, "fca_OtherChecking5150"));
    assert_eq!(result(&world, &id), succeeded("fcauth_AlderJenny", &[CHECKING]));
}

#[test]
fn another_account_can_be_corrected_before_the_window_closes() {
    let (mut world, id) = signed_in(relink(Some(CHECKING)));
    let (wrong, right) = (held(&world, &id, "1204"), held(&world, &id, "6789"));
    assert_eq!(world.choose(&id, &wrong), Ok(Choice::WrongAccount));
    assert_eq!(world.accounts().len(), World::seeded(NOW).accounts().len());
    assert_eq!(world.choose(&id, &right), Ok(Choice::Connected));
}

#[test]
fn closing_after_another_account_keeps_the_failure() {
    let (mut world, id) = signed_in(relink(Some(CHECKING)));
    let wrong = held(&world, &id, "1204");
    world.choose(&id, &wrong).unwrap();
    assert!(world.close_window(&id));
    assert_eq!(result(&world, &id), SessionResult::Failed(FailureReason::NoAccount));
}

#[test]
fn an_authorization_alone_takes_any_account_of_that_bank() {
    let (mut world, id) = signed_in(relink(None));
    let unlinked = held(&world, &id, "2231");
    assert_eq!(world.choose(&id, &unlinked), Ok(Choice::Connected));
    let SessionResult::Succeeded { authorization, accounts } = result(&world, &id) else {
        panic!("not succeeded")
    };
    assert_eq!(authorization, "fcauth_AlderJenny");
    assert_eq!(world.account(&accounts[0]).unwrap().last4, "2231");
    assert!(broken(&world, CHECKING), "what was not chosen stays broken");
}

#[test]
fn an_authorization_alone_reactivates_a_known_account_under_its_own_id() {
    let (mut world, id) = signed_in(relink(None));
    let known = held(&world, &id, "6789");
    world.choose(&id, &known).unwrap();
    assert_eq!(result(&world, &id), succeeded("fcauth_AlderJenny", &[CHECKING]));
}

#[test]
fn a_session_without_relink_makes_a_new_authorization() {
    let request = SessionParams { account_holder: Some(jenny()), ..SessionParams::default() };
    let (mut world, id) = signed_in(request);
    let chosen = [held(&world, &id, "6789"), held(&world, &id, "1204")].concat();
    world.choose(&id, &chosen).unwrap();
    let SessionResult::Succeeded { authorization, accounts } = result(&world, &id) else {
        panic!("not succeeded")
    };
    assert!(World::seeded(NOW).authorization(&authorization).is_none());
    assert_eq!(accounts.len(), 2);
}

#[test]
fn a_new_customer_of_a_bank_has_accounts_there() {
    let request = SessionParams {
        account_holder: Some(AccountHolder::Customer("cus_New".into())),
        ..SessionParams::default()
    };
    let (world, id) = signed_in(request);
    assert_eq!(world.offered_holdings(world.session(&id).unwrap()).len(), 2);
}

#[test]
fn the_password_decides_how_the_sign_in_goes() {
    let (mut world, id) = opened(relink(Some(CHECKING)));
    assert_eq!(world.sign_in(&id, None, "incorrect"), Ok(SignIn::Incorrect));
    assert_eq!(world.session(&id).unwrap().progress, Progress::Started);
    assert_eq!(world.sign_in(&id, None, "error"), Ok(SignIn::Failed));
    assert_eq!(result(&world, &id), SessionResult::Failed(FailureReason::NoAuthorization));
}

#[test]
fn filters_and_limits_bind_the_choice() {
    let savings = SessionParams { subcategories: vec!["savings"], ..relink(None) };
    let (mut world, id) = signed_in(savings);
    assert_eq!(held(&world, &id, "6789"), Vec::<String>::new());
    assert_eq!(world.choose(&id, &[]), Err(StepRefused::BadChoice));
    assert_eq!(world.choose(&id, &["held_0001".to_owned()]), Err(StepRefused::BadChoice));
    let (mut world, id) = signed_in(relink(None));
    let two = [held(&world, &id, "6789"), held(&world, &id, "1204")].concat();
    assert_eq!(world.choose(&id, &two), Err(StepRefused::BadChoice));
}

#[test]
fn a_closed_account_is_not_offered() {
    let relink_options = Some(RelinkOptions { authorization: "fcauth_TernJenny".to_owned(), account: None });
    let (mut world, id) = signed_in(SessionParams { relink_options, ..relink(None) });
    assert!(world.offered_holdings(world.session(&id).unwrap()).is_empty());
    world.close_window(&id);
    assert_eq!(result(&world, &id), SessionResult::Failed(FailureReason::NoAccount));
}

#[test]
fn an_ended_session_refuses_every_step() {
    let (mut world, id) = opened(relink(None));
    assert!(world.close_window(&id));
    assert_eq!(result(&world, &id), SessionResult::Cancelled);
    assert!(!world.close_window(&id));
    assert_eq!(world.open_window(&id), Err(StepRefused::Ended));
    assert_eq!(world.sign_in(&id, None, ""), Err(StepRefused::Ended));
    assert_eq!(world.choose(&id, &[]), Err(StepRefused::Ended));
    assert_eq!(world.fail_session(&id, FailureReason::Other), Err(StepRefused::Ended));
    assert_eq!(result(&world, &id), SessionResult::Cancelled);
}

#[test]
fn a_window_opened_again_begins_again_and_is_counted() {
    let (mut world, id) = signed_in(relink(None));
    world.open_window(&id).unwrap();
    let session = world.session(&id).unwrap();
    assert_eq!((&session.progress, session.windows_opened), (&Progress::Started, 2));
    assert_eq!(world.choose(&id, &["held_0001".to_owned()]), Err(StepRefused::NotSignedIn));
}

#[test]
fn sessions_that_do_not_fit_the_world_are_refused() {
    let create = |request| World::seeded(NOW).create_session(request, ClientSecret::random()).map(|_| ());
    assert_eq!(create(relink(Some("fca_OtherChecking5150"))), Err(SessionRefused::AccountNotInAuthorization));
    assert_eq!(create(relink(Some("fca_x"))), Err(SessionRefused::NoSuchAccount("fca_x".to_owned())));
    let nobody = SessionParams { account_holder: None, ..relink(None) };
    assert_eq!(create(nobody), Err(SessionRefused::HolderMismatch));
}

#[test]
fn a_client_secret_is_never_printed() {
    let (world, id) = opened(relink(None));
    let printed = format!("{:?}", world.session(&id).unwrap());
    assert!(printed.contains("[redacted]") && !printed.contains("fcsess_client_secret"));
}

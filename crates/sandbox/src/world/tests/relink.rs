//! Tests of relinks that change ids, and of the new objects that a relink creates.

use super::{
    CHECKING, NOW, SAVINGS, authorization_status, broken, held, jenny, relink, result, signed_in, succeeded,
};
use crate::world::{
    AccountHolder, Settings, World,
    account::{Action, Status},
    authorization::AuthorizationStatus,
    number::{AccountNumber, DAY, NumberStatus},
    session::{ClientSecret, RelinkOptions, SessionParams, SessionResult},
};

fn with_settings(change: impl FnOnce(&mut Settings)) -> World {
    let mut world = World::seeded(NOW);
    change(&mut world.settings);
    world
}

/// Completes a session by choosing the account with these last digits; returns the linked accounts.
fn share(world: &mut World, request: SessionParams, last4: &str) -> Vec<String> {
    let secret = ClientSecret::random();
    let id = world.create_session(request, secret).unwrap().id.clone();
    world.open_window(&id).unwrap();
    world.sign_in(&id, Some("fcinst_AlderBank"), "").unwrap();
    let chosen = held(world, &id, last4);
    world.choose(&id, &chosen).unwrap();
    let SessionResult::Succeeded { accounts, .. } = result(world, &id) else { panic!("not succeeded") };
    accounts
}

fn kai(account: &str, authorization: &str) -> SessionParams {
    let relink_options =
        Some(RelinkOptions { authorization: authorization.to_owned(), account: Some(account.to_owned()) });
    let account_holder = Some(AccountHolder::Customer("cus_SandboxKai".to_owned()));
    SessionParams { account_holder, relink_options, ..relink(None) }
}

#[test]
fn both_broken_accounts_share_the_authorization_that_is_broken() {
    let world = World::seeded(NOW);
    assert!(broken(&world, CHECKING) && broken(&world, SAVINGS));
    assert_eq!(
        authorization_status(&world, "fcauth_AlderJenny"),
        AuthorizationStatus::Inactive(Action::RelinkRequired)
    );
}

#[test]
fn a_changed_account_does_not_take_the_place_of_the_exact_one_later() {
    let mut world = with_settings(|settings| settings.relink_changes_ids = true);
    assert_eq!(share(&mut world, relink(None), "6789"), ["fca_Sandbox0001"]);
    assert!(broken(&world, CHECKING));
    assert_eq!(share(&mut world, relink(Some(CHECKING)), "6789"), [CHECKING]);
    assert!(!broken(&world, CHECKING));
}

#[test]
fn a_relink_repairs_the_newer_of_two_accounts_of_a_holding() {
    let mut world = with_settings(|settings| settings.relink_changes_ids = true);
    share(&mut world, relink(None), "6789");
    world.settings.relink_changes_ids = false;
    assert_eq!(share(&mut world, relink(None), "6789"), ["fca_Sandbox0001"]);
}

#[test]
fn a_new_authorization_is_for_the_same_customer_at_the_same_bank() {
    let mut world = with_settings(|settings| settings.relink_changes_authorization = true);
    let accounts = share(&mut world, relink(None), "6789");
    let made = world.authorization(&world.account(&accounts[0]).unwrap().authorization).unwrap();
    assert_eq!((made.id.as_str(), &made.holder), ("fcauth_Sandbox0001", &Some(jenny())));
    assert_eq!(made.institution, "fcinst_AlderBank");
    assert_eq!(
        authorization_status(&world, "fcauth_AlderJenny"),
        AuthorizationStatus::Inactive(Action::RelinkRequired)
    );
}

#[test]
fn an_exact_relink_is_never_given_a_new_authorization() {
    let mut world = with_settings(|settings| settings.relink_changes_authorization = true);
    assert_eq!(share(&mut world, relink(Some(CHECKING)), "6789"), [CHECKING]);
    assert_eq!(world.account(CHECKING).unwrap().authorization, "fcauth_AlderJenny");
}

#[test]
fn a_disconnected_account_is_linked_anew_under_another_id() {
    let mut world = World::seeded(NOW);
    world.disconnect(CHECKING);
    assert_eq!(share(&mut world, relink(None), "6789"), ["fca_Sandbox0001"]);
    assert_eq!(world.account(CHECKING).unwrap().status, Status::Disconnected);
}

#[test]
fn a_relink_renews_tokens_and_announcements() {
    let mut world = World::seeded(NOW);
    share(&mut world, kai("fca_PinecrestNumberExpired8820", "fcauth_PinecrestKai"), "8820");
    let fresh = AccountNumber::token(NOW);
    assert_eq!(world.account("fca_PinecrestNumberExpired8820").unwrap().numbers, [fresh]);
    assert_eq!(fresh.status, NumberStatus::Transactable);
    share(&mut world, kai("fca_HarborExpiring2750", "fcauth_HarborKai"), "2750");
    assert_eq!(world.account("fca_HarborExpiring2750").unwrap().status, Status::ACTIVE);
}

#[test]
fn a_bank_that_gives_tokens_gives_one_to_each_new_account() {
    let mut world = World::seeded(NOW);
    let account_holder = Some(jenny());
    let request = SessionParams {
        account_holder,
        institution: Some("fcinst_Pinecrest".to_owned()),
        relink_options: None,
        ..relink(None)
    };
    let accounts = share(&mut world, request, "3310");
    assert_eq!(world.account(&accounts[0]).unwrap().numbers, [AccountNumber::token(NOW)]);
}

#[test]
fn an_authorization_announces_the_first_of_its_deactivations() {
    let world = World::seeded(NOW);
    let notice = Some((Action::RelinkRequired, NOW + 12 * DAY));
    assert_eq!(authorization_status(&world, "fcauth_HarborKai"), AuthorizationStatus::Active { notice });
}

#[test]
fn the_result_names_all_chosen_accounts() {
    let (mut world, id) = signed_in(SessionParams { limit: None, ..relink(None) });
    let chosen = [held(&world, &id, "6789"), held(&world, &id, "1204")].concat();
    world.choose(&id, &chosen).unwrap();
    assert_eq!(result(&world, &id), succeeded("fcauth_AlderJenny", &[CHECKING, SAVINGS]));
}

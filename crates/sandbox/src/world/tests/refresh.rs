//! Tests of refreshes that take several reads.

use super::NOW;
use crate::world::{
    World,
    refresh::{Feature, RefreshRefused, RefreshState},
};

const ACCOUNT: &str = "fca_CopperfieldSavings4421";

fn state(world: &World) -> RefreshState {
    world.account(ACCOUNT).unwrap().refreshes.of(Feature::Balance).unwrap().state
}

#[test]
fn a_refresh_is_done_at_once_unless_it_is_told_to_take_reads() {
    let mut world = World::seeded(NOW);
    world.refresh(ACCOUNT, &[Feature::Balance]).unwrap();
    assert_eq!(state(&world), RefreshState::Succeeded);
    world.settings.refresh_reads = 1;
    world.refresh(ACCOUNT, &[Feature::Balance]).unwrap();
    assert_eq!(state(&world), RefreshState::Pending { reads: 1 });
    world.count_read(ACCOUNT);
    assert_eq!(state(&world), RefreshState::Pending { reads: 0 });
    world.count_read(ACCOUNT);
    assert_eq!(state(&world), RefreshState::Succeeded);
}

#[test]
fn earlier_data_stays_during_a_refresh() {
    let mut world = World::seeded(NOW);
    world.refresh(ACCOUNT, &[Feature::Balance]).unwrap();
    world.settings.refresh_reads = 9;
    world.now += 500;
    world.refresh(ACCOUNT, &[Feature::Balance]).unwrap();
    assert_eq!(world.account(ACCOUNT).unwrap().fetched(Feature::Balance), Some(NOW));
}

#[test]
fn data_without_permission_is_hidden() {
    let mut world = World::seeded(NOW);
    world.refresh(ACCOUNT, &[Feature::Balance]).unwrap();
    assert!(world.balance(world.account(ACCOUNT).unwrap()).is_some());
    world.accounts.iter_mut().for_each(|account| account.permissions = vec!["payment_method"]);
    assert_eq!(world.balance(world.account(ACCOUNT).unwrap()), None);
}

#[test]
fn one_feature_that_is_not_permitted_refuses_all() {
    let mut world = World::seeded(NOW);
    let refused = world.refresh(ACCOUNT, &[Feature::Balance, Feature::Ownership]);
    assert_eq!(refused, Err(RefreshRefused::NotPermitted(Feature::Ownership)));
    assert_eq!(world.account(ACCOUNT).unwrap().refreshes.of(Feature::Balance), None);
}

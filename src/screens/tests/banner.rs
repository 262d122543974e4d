//! Tests of the banner.

use super::*;
use crate::screens::banner;
use crate::ui::Banner;

fn banner_of(conditions: &[Condition]) -> Option<Banner> {
    let accounts = conditions.iter().zip(["fca_1", "fca_2", "fca_3"]).map(|(condition, id)| AccountSummary {
        name: name(id, &id.replace("fca_", "000")),
        ..overview(condition.clone()).accounts.remove(0)
    });
    banner::of(&Overview { accounts: accounts.collect(), ..overview(Condition::Healthy) })
}

#[test]
fn while_nothing_can_be_repaired_there_is_none() {
    let closed = Condition::Unrepairable { cause: Cause::AccountClosed };
    assert!(banner_of(&[Condition::Healthy, closed, Condition::Disconnected]).is_none());
    assert!(banner_of(&[]).is_none());
}

#[test]
fn what_is_broken_comes_first_and_a_warning_where_nothing_is() {
    let expiring = Condition::Expiring { on: None };
    let banner = banner_of(&[expiring.clone(), Condition::NumberExpired, broken()]).expect("a banner");
    assert_eq!(banner.heading, "Reconnect Alder Bank ••0003");
    assert_eq!(banner.reasons, [text::BROWSING_ATTENTION_PAYMENTS.get()]);
    assert!(!banner.can_wait);
    let banner = banner_of(&[Condition::Healthy, expiring]).expect("a banner");
    assert_eq!((banner.account.as_str(), banner.reasons.len()), ("fca_2", 1));
    assert_eq!(banner.reasons, [text::BROWSING_ATTENTION_SOON.get()]);
    assert!(banner.can_wait);
}

#[test]
fn what_ends_first_is_said_first() {
    let about = |condition| overview(condition).accounts.remove(0);
    let on = |on| banner::urgency(&about(Condition::Expiring { on }));
    assert!(on(Some(1)) < on(Some(2)) && on(Some(2)) < on(None));
    assert!(banner::urgency(&about(Condition::NumberExpired)) < on(Some(0)));
}

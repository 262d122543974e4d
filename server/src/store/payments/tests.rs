//! Tests that clicks are handled one at a time, across servers, and that every lease ends.

use jiff::SignedDuration;

use super::*;
use crate::store::testing::both;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

struct Stand<'a> {
    store: &'a Store,
    session: SessionId,
    account: AccountId,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn lease(holder: &str, until: i64) -> Lease {
    Lease { holder: holder.to_owned(), until: at(until) }
}

fn acceptance(agent: &str) -> Acceptance {
    Acceptance {
        at: Timestamp::from_millisecond(1_790_000_000_123).unwrap(),
        ip: "2001:db8::1".parse().unwrap(),
        user_agent: agent.to_owned(),
        name: "Jenny \"J\" Rösen".to_owned(),
    }
}

impl<'a> Stand<'a> {
    fn new(store: &'a Store) -> Self {
        Self { store, session: "fcsess_1".parse().unwrap(), account: "fca_1".parse().unwrap() }
    }

    async fn hold(&self, lease: &Lease, refusals: u32, now: i64) -> Option<Payment> {
        self.store.hold(&self.session, &self.account, lease, refusals, at(now)).await.unwrap()
    }

    async fn payment(&self) -> Payment {
        self.store.payment(&self.session, &self.account).await.unwrap()
    }

    async fn accept(&self, lease: &Lease, agent: &str) -> bool {
        let mut change = self.store.change().await.unwrap();
        let accepted =
            accept(&mut change, &self.session, &self.account, lease, &acceptance(agent)).await.unwrap();
        change.commit().await.unwrap();
        accepted
    }

    async fn refuse(&self, lease: &Lease) -> bool {
        let mut change = self.store.change().await.unwrap();
        let refused = refuse(&mut change, &self.session, &self.account, lease).await.unwrap();
        change.commit().await.unwrap();
        refused
    }

    async fn made(&self) -> bool {
        let mut change = self.store.change().await.unwrap();
        let stripes = MadePaymentMethod {
            payment_method: "pm_1".parse().unwrap(),
            setup_intent: "seti_1".parse().unwrap(),
            status: relink_protocol::stripe::SetupIntentStatus::Succeeded,
            mandate: None,
        };
        let made = made(&mut change, &self.session, &self.account, &stripes, at(9)).await.unwrap();
        change.commit().await.unwrap();
        made
    }
}

#[tokio::test]
async fn one_click_has_the_turn_until_it_lets_go_or_its_lease_ends() {
    for test in both().await {
        let stand = Stand::new(&test.store);
        let (first, second) = (lease("a", 60), lease("b", 100));
        assert_eq!(stand.hold(&first, 0, 0).await, Some(Payment::default()));
        assert_eq!(stand.hold(&second, 0, 59).await, None);
        stand.store.let_go(&stand.session, &stand.account, &second).await.unwrap();
        assert_eq!(stand.hold(&second, 0, 59).await, None, "only its holder ends a turn");
        assert!(stand.hold(&second, 0, 60).await.is_some(), "a server that was killed holds nothing up");
        // The first click was only slow: it can change nothing any more.
        assert!(!stand.accept(&first, "slow").await && !stand.refuse(&first).await);
        stand.store.let_go(&stand.session, &stand.account, &first).await.unwrap();
        assert_eq!(stand.hold(&lease("c", 200), 0, 61).await, None);
        stand.store.let_go(&stand.session, &stand.account, &second).await.unwrap();
        assert!(stand.hold(&lease("c", 200), 0, 61).await.is_some());
    }
}

#[tokio::test]
async fn of_clicks_at_once_one_gets_the_turn() {
    for test in both().await {
        let asking: Vec<_> = (0..10)
            .map(|number| {
                let store = test.store.clone();
                tokio::spawn(async move {
                    let stand = Stand::new(&store);
                    stand.hold(&lease(&number.to_string(), 60), 0, 0).await.is_some()
                })
            })
            .collect();
        let mut turns = 0;
        for one in asking {
            turns += usize::from(one.await.unwrap());
        }
        assert_eq!(turns, 1);
    }
}

#[tokio::test]
async fn the_first_acceptance_stays_until_stripe_refuses() {
    for test in both().await {
        let stand = Stand::new(&test.store);
        let first = lease("a", 60);
        stand.hold(&first, 0, 0).await.unwrap();
        assert!(stand.accept(&first, "First").await);
        assert!(!stand.accept(&first, "Second").await);
        stand.store.let_go(&stand.session, &stand.account, &first).await.unwrap();
        let second = lease("b", 60);
        assert_eq!(stand.hold(&second, 0, 1).await.unwrap().acceptance, Some(acceptance("First")));
        assert!(stand.refuse(&second).await);
        assert!(!stand.refuse(&second).await, "counted once");
        assert_eq!(stand.payment().await, Payment { acceptance: None, refusals: 1, is_made: false });
        let third = lease("c", 60);
        assert_eq!(stand.hold(&third, 0, 2).await, None, "it was clicked before Stripe said no");
        assert!(stand.hold(&third, 1, 2).await.is_some());
        assert!(stand.accept(&third, "Third").await);
    }
}

#[tokio::test]
async fn a_made_payment_method_is_recorded_whoever_holds_the_lease() {
    for test in both().await {
        let stand = Stand::new(&test.store);
        stand.hold(&lease("a", 60), 0, 0).await.unwrap();
        stand.hold(&lease("b", 120), 0, 60).await.unwrap();
        assert!(stand.made().await);
        assert!(!stand.made().await, "told once");
        assert!(stand.payment().await.is_made);
        assert_eq!(stand.hold(&lease("c", 500), 0, 400).await, None);
        let other = Stand { account: "fca_2".parse().unwrap(), ..Stand::new(&test.store) };
        assert!(!other.payment().await.is_made);
        assert!(other.hold(&Lease { holder: "d".to_owned(), until: at(0) + SECOND }, 0, 0).await.is_some());
    }
}

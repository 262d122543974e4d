//! Property test: for any order of events and any failures on the way, the stored state ends as Stripe's.

mod backfill;
mod harness;
mod missed_events;
mod periodic;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use self::harness::{Harness, STATES};
use super::work_until_idle;

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    /// An account changes at Stripe, which makes an event.
    Change { account: usize, state: usize },
    /// Time passes at Stripe.
    Tick,
    /// Any of the events so far is delivered, for the first time or again.
    Deliver(prop::sample::Index),
    /// The worker runs all due jobs, and the first `failing` reads fail.
    Work { failing: u32 },
    /// All waiting jobs become due.
    Wait,
    /// A relink has returned an account under another identifier.
    Replace { old: usize, new: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_usize, 0..STATES.len()).prop_map(|(account, state)| Step::Change { account, state }),
        3 => Just(Step::Tick),
        6 => any::<prop::sample::Index>().prop_map(Step::Deliver),
        4 => (0..3_u32).prop_map(|failing| Step::Work { failing }),
        1 => Just(Step::Wait),
        2 => (0..3_usize, 0..3_usize).prop_map(|(old, new)| Step::Replace { old, new }),
    ];
    prop::collection::vec(step, 1..40)
}

impl Harness {
    async fn play(&mut self, steps: &[Step]) {
        self.round += 1;
        self.events.clear();
        self.replaced.clear();
        {
            let mut stripe = self.stripe.0.lock().unwrap();
            stripe.now += 100;
            stripe.failing = 0;
            stripe.accounts.clear();
        }
        for account in 0..3 {
            self.change(account, 0);
        }
        for step in steps {
            match step {
                Step::Change { account, state } => self.change(*account, *state),
                Step::Tick => self.stripe.0.lock().unwrap().now += 1,
                Step::Deliver(which) => self.deliver(which.index(self.events.len())).await,
                Step::Work { failing } => {
                    self.stripe.0.lock().unwrap().failing = *failing;
                    work_until_idle(&self.app).await;
                }
                Step::Wait => self.app.store.make_all_due().await,
                Step::Replace { old, new } => self.replace(*old, *new).await,
            }
        }
    }

    /// Delivers every event in the given order, stops all failures, and makes all waiting jobs due.
    async fn finish(&self, order: &[usize]) {
        for event in order {
            self.deliver(*event).await;
        }
        self.stripe.0.lock().unwrap().failing = 0;
        // A reading whose order is unclear causes one more read.
        for _ in 0..3 {
            self.app.store.make_all_due().await;
            work_until_idle(&self.app).await;
        }
    }
}

#[test]
fn any_order_and_repetition_of_events_and_any_failure_on_the_way_ends_in_stripes_state() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let stand = runtime.block_on(Harness::start());
    let stand = std::cell::RefCell::new(stand);
    let histories = (steps(), any::<u64>());
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
    let result = runner.run(&histories, |(steps, seed)| {
        let mut stand = stand.borrow_mut();
        runtime.block_on(async {
            stand.play(&steps).await;
            let order = shuffled(stand.events.len(), seed);
            stand.finish(&order).await;
            stand.assert_that_the_record_is_true().await;
        });
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// Fisher–Yates shuffle with Knuth's linear congruential generator.
fn shuffled(length: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    let mut state = seed;
    for last in (1..length).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, usize::try_from(state >> 33).unwrap() % (last + 1));
    }
    order
}

#[test]
fn however_many_events_wait_for_an_account_it_is_read_once() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut stand = Harness::start().await;
        let changes: Vec<Step> = (0..20).map(|n| Step::Change { account: n % 3, state: n % 4 }).collect();
        stand.play(&changes).await;
        for event in 0..stand.events.len() {
            stand.deliver(event).await;
            stand.deliver(event).await;
        }
        work_until_idle(&stand.app).await;
        assert_eq!(stand.stripe.0.lock().unwrap().reads, 3);
        stand.assert_that_the_record_is_true().await;
        // An event from before the last reading causes no read.
        stand.stripe.0.lock().unwrap().now += 10;
        stand.change(0, 1);
        stand.deliver(stand.events.len() - 1).await;
        stand.stripe.0.lock().unwrap().now += 10;
        work_until_idle(&stand.app).await;
        assert_eq!(stand.stripe.0.lock().unwrap().reads, 4);
        let before = stand.stripe.0.lock().unwrap().now - 9;
        let mut late = stand.events.last().unwrap().1.clone();
        late["id"] = json!("evt_late");
        late["created"] = json!(before - 5);
        stand.events.push(("evt_late".to_owned(), late));
        stand.deliver(stand.events.len() - 1).await;
        work_until_idle(&stand.app).await;
        assert_eq!(stand.stripe.0.lock().unwrap().reads, 4);
        stand.assert_that_the_record_is_true().await;
    });
}

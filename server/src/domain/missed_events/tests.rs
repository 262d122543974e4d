//! Tests against a model of Stripe's list that changes between pages.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const PAGE: usize = 3;
const START: i64 = 1_790_000_000;

/// Stripe's list of undelivered events, oldest first, and its clock.
#[derive(Debug)]
struct Stripe {
    now: i64,
    made: u32,
    events: Vec<(i64, String)>,
}

/// Step between two pages.
#[derive(Clone, Debug)]
enum Step {
    /// So many events fail to be delivered in the same second.
    Fail(u8),
    /// An event leaves the list because it was delivered after all or is too old.
    Drop(prop::sample::Index),
    Tick(u8),
    /// The server reads a page.
    Page,
}

impl Stripe {
    fn fail(&mut self, count: u8) {
        for _ in 0..count {
            self.made += 1;
            self.events.push((self.now, format!("evt_{:05}", self.made)));
        }
    }

    /// Returns a page, newest first; `None` if the list does not contain the event to start after.
    fn list(&self, query: &EventQuery) -> Option<(Vec<(i64, String)>, bool)> {
        let mut events: Vec<_> = self.events.iter().rev().cloned().collect();
        if let Some(after) = &query.after {
            let place = events.iter().position(|(_, id)| id == after)?;
            events.drain(..=place);
        }
        events.retain(|(created, _)| {
            query.since.is_none_or(|since| *created >= since)
                && query.until.is_none_or(|until| *created <= until)
        });
        let has_more = events.len() > PAGE;
        events.truncate(PAGE);
        Some((events, has_more))
    }
}

/// Reads one page as the server does. Returns true if the pass is over.
fn read_page(stripe: &Stripe, catch_up: &mut MissedEvents, seen: &mut BTreeSet<String>) -> bool {
    let Some((events, has_more)) = stripe.list(&catch_up.query()) else {
        assert!(catch_up.continue_by_time());
        return false;
    };
    seen.extend(events.iter().map(|(_, id)| id.clone()));
    let page = EventPage {
        as_of: stripe.now,
        last: events.last().map(|(created, id)| (id.clone(), *created)),
        events: events.len() as u64,
        has_more,
    };
    catch_up.advance(page, stripe.now)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..8_u8).prop_map(Step::Fail),
        2 => any::<prop::sample::Index>().prop_map(Step::Drop),
        2 => (1..200_u8).prop_map(Step::Tick),
        5 => Just(Step::Page),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #[test]
    fn every_event_that_stays_in_the_list_is_read_whatever_comes_and_goes_meanwhile(steps in steps()) {
        let mut stripe = Stripe { now: START, made: 0, events: Vec::new() };
        let (mut catch_up, mut seen) = (MissedEvents::default(), BTreeSet::new());
        stripe.fail(20);
        for step in steps {
            match step {
                Step::Fail(count) => stripe.fail(count),
                Step::Drop(which) if !stripe.events.is_empty() => {
                    let place = which.index(stripe.events.len());
                    stripe.events.remove(place);
                }
                Step::Drop(_) => (),
                Step::Tick(seconds) => stripe.now += i64::from(seconds),
                Step::Page => {
                    read_page(&stripe, &mut catch_up, &mut seen);
                    // A restart: only the saved state survives.
                    if let Some(pass) = &mut catch_up.pass {
                        *pass = serde_json::from_str(&serde_json::to_string(pass).unwrap()).unwrap();
                    }
                }
            }
        }
        // The pass in progress, and one that begins after all steps.
        for _ in 0..2 {
            let mut pages = 0;
            while !read_page(&stripe, &mut catch_up, &mut seen) {
                pages += 1;
                prop_assert!(pages <= stripe.made, "the pass does not end");
            }
        }
        for (_, id) in &stripe.events {
            prop_assert!(seen.contains(id), "{id} was never read");
        }
    }
}

fn page(as_of: i64, last: Option<(&str, i64)>, has_more: bool) -> EventPage {
    let last = last.map(|(id, created)| (id.to_owned(), created));
    EventPage { as_of, events: u64::from(last.is_some()), last, has_more }
}

#[test]
fn a_pass_ends_where_the_one_before_began() {
    let mut catch_up = MissedEvents::default();
    assert_eq!(catch_up.query(), EventQuery::default());
    assert!(!catch_up.advance(page(5000, Some(("evt_2", 4000)), true), 0));
    let after = |id: &str, since| EventQuery { since, after: Some(id.to_owned()), until: None };
    assert_eq!(catch_up.query(), after("evt_2", None));
    assert!(catch_up.advance(page(6000, Some(("evt_1", 3000)), false), 0));
    assert_eq!(catch_up, MissedEvents { caught_up_to: Some(5000), pass: None });
    assert_eq!(catch_up.query().since, Some(5000 - OVERLAP));
}

#[test]
fn where_the_last_event_has_left_the_list_the_pass_goes_on_by_time() {
    let mut catch_up = MissedEvents::default();
    assert!(!catch_up.continue_by_time());
    catch_up.advance(page(5000, Some(("evt_2", 4000)), true), 0);
    assert!(catch_up.continue_by_time());
    assert_eq!(catch_up.query(), EventQuery { since: None, until: Some(4000), after: None });
    assert!(!catch_up.continue_by_time());
}

#[test]
fn a_moment_in_the_future_that_a_wrong_clock_left_is_not_believed() {
    let a_year = 365 * 24 * 60 * 60;
    let mut catch_up = MissedEvents { caught_up_to: Some(5000 + a_year), pass: None };
    assert!(!catch_up.advance(page(5000, None, false), 5000 + a_year));
    assert_eq!(catch_up.query(), EventQuery::default());
}

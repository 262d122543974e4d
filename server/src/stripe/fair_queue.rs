//! Round-robin queue of waiting calls: first in, first out for each client, and one client after another. A client's
//! second call waits behind the first calls of all others, however many calls it makes.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// A queue for each client with waiting calls.
#[derive(Debug)]
pub(super) struct FairQueue<T> {
    /// The clients, the next one first.
    turns: VecDeque<Arc<str>>,
    waiting: HashMap<Arc<str>, VecDeque<T>>,
}

impl<T> FairQueue<T> {
    pub(super) fn new() -> Self {
        Self { turns: VecDeque::new(), waiting: HashMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Appends a call to this client's queue. A client without waiting calls comes after all others.
    pub(super) fn push(&mut self, client: Arc<str>, item: T) {
        let waiting = self.waiting.entry(client.clone()).or_default();
        if waiting.is_empty() {
            self.turns.push_back(client);
        }
        waiting.push_back(item);
    }

    /// Removes the next call of the next client. Calls whose caller is gone are dropped and take no turn.
    pub(super) fn pop(&mut self, is_there: impl Fn(&T) -> bool) -> Option<T> {
        while let Some(client) = self.turns.pop_front() {
            let waiting = self.waiting.get_mut(&client)?;
            let next = std::iter::from_fn(|| waiting.pop_front()).find(&is_there);
            if waiting.is_empty() {
                self.waiting.remove(&client);
            } else {
                self.turns.push_back(client);
            }
            if next.is_some() {
                return next;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};

    use super::*;

    #[test]
    fn a_second_call_waits_behind_the_first_ones_of_others() {
        let mut queue = FairQueue::new();
        for n in 0..60 {
            queue.push("greedy".into(), ("greedy", n));
        }
        queue.push("a".into(), ("a", 0));
        queue.push("b".into(), ("b", 0));
        queue.push("a".into(), ("a", 1));
        let order: Vec<_> = (0..6).filter_map(|_| queue.pop(|_| true)).collect();
        assert_eq!(order, [("greedy", 0), ("a", 0), ("b", 0), ("greedy", 1), ("a", 1), ("greedy", 2)]);
    }

    #[test]
    fn cancelled_calls_take_no_turn_and_leave_no_state() {
        let mut queue = FairQueue::new();
        for n in 0..1000 {
            queue.push("gone".into(), n);
        }
        queue.push("there".into(), 1000);
        assert_eq!(queue.pop(|n| *n == 1000), Some(1000));
        assert!(queue.is_empty() && queue.waiting.is_empty());
        assert_eq!(queue.pop(|_| true), None);
    }

    proptest! {
        #[test]
        fn no_client_is_overtaken_more_than_once_by_another(pushes in proptest::collection::vec(0_usize..5, 1..60)) {
            let mut queue = FairQueue::new();
            for (n, client) in pushes.iter().enumerate() {
                queue.push(client.to_string().into(), (*client, n));
            }
            let order: Vec<_> = std::iter::from_fn(|| queue.pop(|_| true)).collect();
            prop_assert!(order.len() == pushes.len());
            for (place, (client, n)) in order.iter().enumerate() {
                let of_mine = order[..place].iter().filter(|(other, _)| other == client).count();
                for other in 0..5 {
                    let before = order[..place].iter().filter(|(o, _)| *o == other).count();
                    prop_assert!(before <= of_mine + 1, "{client} {n}: {order:?}");
                }
            }
        }
    }
}

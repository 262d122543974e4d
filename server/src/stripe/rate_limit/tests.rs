use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::*;
use crate::store::Store;

fn budget(rate: u32) -> RateLimiter {
    RateLimiter::new(None::<Store>, rate, 20)
}

fn client(name: &str) -> Priority {
    Priority::Client(name.into())
}

/// Repeats calls on this many connections, as a greedy client would, until the test is over.
fn be_greedy(budget: &RateLimiter, connections: usize) -> JoinSet<()> {
    let mut asking = JoinSet::new();
    for _ in 0..connections {
        let budget = budget.clone();
        asking.spawn(async move {
            loop {
                if budget.spend(&client("greedy")).await.is_err() {
                    sleep(Duration::from_millis(1)).await;
                }
            }
        });
    }
    asking
}

/// Counts the calls of a lane in this time, with more callers than the rate allows.
async fn calls_within(budget: &RateLimiter, lane: Priority, time: Duration) -> usize {
    let calls = Arc::new(AtomicUsize::new(0));
    let mut asking = JoinSet::new();
    for _ in 0..12 {
        let (budget, lane, calls) = (budget.clone(), lane.clone(), calls.clone());
        asking.spawn(async move {
            loop {
                budget.spend(&lane).await.unwrap();
                calls.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    sleep(time).await;
    calls.load(Ordering::Relaxed)
}

#[tokio::test(start_paused = true)]
async fn beside_a_greedy_client_the_clicks_of_others_all_go_within_a_second() {
    let budget = budget(25);
    let _greedy = be_greedy(&budget, 60);
    sleep(Duration::from_secs(2)).await;
    let mut clicks = JoinSet::new();
    for n in 0..30 {
        let budget = budget.clone();
        clicks.spawn(async move {
            sleep(Duration::from_millis(n * 300)).await;
            let clicked = Instant::now();
            for _ in 0..3 {
                budget.spend(&client(&format!("customer {n}"))).await.unwrap();
            }
            clicked.elapsed()
        });
    }
    let slowest = clicks.join_all().await.into_iter().max().unwrap();
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}

#[tokio::test(start_paused = true)]
async fn beside_a_greedy_client_the_background_has_its_share() {
    let budget = budget(25);
    let _greedy = be_greedy(&budget, 60);
    let calls = calls_within(&budget, Priority::Background, Duration::from_secs(10)).await;
    assert!((48..=53).contains(&calls), "{calls}");
}

#[tokio::test(start_paused = true)]
async fn what_one_share_does_not_use_the_other_does() {
    for lane in [client("one"), Priority::Background] {
        let calls = calls_within(&budget(20), lane.clone(), Duration::from_secs(10)).await;
        assert!((190..=210).contains(&calls), "{lane:?} {calls}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_background_leaves_room_for_the_calls_of_a_click() {
    let budget = budget(20);
    let background = budget.clone();
    let _busy = tokio::spawn(async move {
        calls_within(&background, Priority::Background, Duration::from_hours(1)).await
    });
    sleep(Duration::from_secs(10)).await;
    let clicked = Instant::now();
    for _ in 0..4 {
        budget.spend(&client("one")).await.unwrap();
    }
    assert!(clicked.elapsed() < Duration::from_millis(20), "{:?}", clicked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_client_waits_for_four_seconds_at_most_and_whoever_gave_up_uses_nothing() {
    let budget = budget(1);
    budget.spend(&client("one")).await.unwrap();
    let mut asking = JoinSet::new();
    for n in 0..20 {
        let budget = budget.clone();
        asking.spawn(async move {
            let asked = Instant::now();
            let went = budget.spend(&client(&n.to_string())).await.is_ok();
            (went, asked.elapsed())
        });
    }
    let all = asking.join_all().await;
    assert!(all.iter().all(|(_, waited)| *waited <= MAX_QUEUE), "{all:?}");
    let went = all.iter().filter(|(went, _)| *went).count();
    assert!((3..=5).contains(&went), "{went}");
    // The queue is empty again: a new call waits only for the next slot.
    let asked = Instant::now();
    budget.spend(&client("late")).await.unwrap();
    assert!(asked.elapsed() <= Duration::from_secs(2), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn two_servers_share_one_budget_and_neither_is_starved() {
    use crate::store::testing::open_postgres;

    let Some(test) = open_postgres().await else { return };
    let servers = [(); 2].map(|()| RateLimiter::new(test.store.shared_slots(), 50, 20));
    let time = Duration::from_secs(3);
    let [one, other] = &servers;
    let (one, other) =
        tokio::join!(calls_within(one, client("one"), time), calls_within(other, client("other"), time));
    let all = one + other;
    // The burst and three seconds allow 170. A busy machine makes fewer calls, but more than one second allows.
    assert!((71..=190).contains(&all), "{one} {other}");
    assert!(one.min(other) * 4 > all, "{one} {other}");
}

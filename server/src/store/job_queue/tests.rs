//! Tests that a job is merged, performed by one server at a time, and never lost.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::store::testing::both;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn news(subject: &str, created: i64) -> NewJob {
    NewJob {
        kind: JobKind::Account,
        subject: subject.to_owned(),
        urgency: Urgency::News,
        created: Some(created),
        due: at(1000),
    }
}

fn lease(holder: &str, until: i64) -> Lease {
    Lease { holder: holder.to_owned(), until: at(until) }
}

async fn claimed(store: &Store, holder: &str, now: i64) -> Vec<Job> {
    store.claim(&lease(holder, now + 40), 10, at(now)).await.unwrap()
}

fn subjects(jobs: &[Job]) -> Vec<&str> {
    let mut subjects: Vec<_> = jobs.iter().map(|job| job.subject.as_str()).collect();
    subjects.sort_unstable();
    subjects
}

#[tokio::test]
async fn marks_of_one_job_are_merged_with_the_newest_event() {
    for test in both().await {
        let store = &test.store;
        store.mark(&[news("a", 5), news("b", 5), news("a", 9)], at(1000)).await.unwrap();
        store.mark(&[news("a", 7)], at(1001)).await.unwrap();
        let jobs = claimed(store, "x", 1002).await;
        assert_eq!(subjects(&jobs), ["a", "b"]);
        let a = jobs.iter().find(|job| job.subject == "a").unwrap();
        assert_eq!((a.newest, a.tries), (Some(9), 0));
        assert_eq!(claimed(store, "y", 1003).await, []);
    }
}

#[tokio::test]
async fn what_was_not_asked_for_by_an_event_is_done_in_any_case() {
    for test in both().await {
        let store = &test.store;
        store.mark(&[news("a", 5)], at(1000)).await.unwrap();
        store.mark(&[NewJob { created: None, ..news("a", 0) }], at(1000)).await.unwrap();
        store.mark(&[news("a", 6)], at(1000)).await.unwrap();
        assert_eq!(claimed(store, "x", 1002).await[0].newest, None);
    }
}

#[tokio::test]
async fn what_is_asked_for_while_it_is_being_done_is_done_again() {
    for test in both().await {
        let store = &test.store;
        store.mark(&[news("a", 5)], at(1000)).await.unwrap();
        let first = claimed(store, "x", 1001).await;
        store.mark(&[news("a", 6)], at(1002)).await.unwrap();
        assert_eq!(claimed(store, "y", 1003).await, []);
        store.done(&first[0]).await.unwrap();
        let second = claimed(store, "y", 1004).await;
        assert_eq!(second[0].newest, Some(6));
        store.done(&second[0]).await.unwrap();
        assert_eq!(claimed(store, "y", 1005).await, []);
        assert_eq!(store.backlog(at(9999)).await.unwrap(), Backlog::default());
    }
}

#[tokio::test]
async fn an_expired_lease_is_taken_over_and_its_result_ignored() {
    for test in both().await {
        let store = &test.store;
        store.mark(&[news("a", 5)], at(1000)).await.unwrap();
        let killed = claimed(store, "x", 1001).await;
        assert_eq!(claimed(store, "y", 1040).await, []);
        let taken_over = claimed(store, "y", 1041).await;
        assert_eq!(subjects(&taken_over), ["a"]);
        store.done(&killed[0]).await.unwrap();
        store.park(&killed[0], "too late", at(1042)).await.unwrap();
        assert_eq!(store.backlog(at(1042)).await.unwrap().leased, 1);
        store.done(&taken_over[0]).await.unwrap();
        assert_eq!(store.backlog(at(1042)).await.unwrap(), Backlog::default());
    }
}

#[tokio::test]
async fn what_failed_waits_even_if_it_is_asked_for_anew() {
    for test in both().await {
        let store = &test.store;
        store.mark(&[news("a", 5)], at(1000)).await.unwrap();
        let job = claimed(store, "x", 1001).await;
        store.again(&job[0], at(1060), Some("Stripe is down")).await.unwrap();
        store.mark(&[news("a", 6)], at(1002)).await.unwrap();
        assert_eq!(claimed(store, "x", 1059).await, []);
        let again = claimed(store, "x", 1060).await;
        assert_eq!((again[0].tries, again[0].newest), (1, Some(6)));
    }
}

#[tokio::test]
async fn a_parked_job_is_listed_and_runs_again_when_enqueued() {
    for test in both().await {
        let store = &test.store;
        store.mark(&[news("a", 5)], at(1000)).await.unwrap();
        let job = claimed(store, "x", 1001).await;
        store.park(&job[0], "it never works", at(1002)).await.unwrap();
        assert_eq!(store.backlog(at(1003)).await.unwrap().parked, 1);
        assert_eq!(claimed(store, "x", 9999).await, []);
        store.mark(&[news("a", 6)], at(1004)).await.unwrap();
        assert_eq!(claimed(store, "x", 1005).await[0].tries, 0);
    }
}

#[tokio::test]
async fn news_goes_before_routine_and_the_oldest_first() {
    for test in both().await {
        let store = &test.store;
        let routine =
            |subject: &str, due| NewJob { urgency: Urgency::Routine, due: at(due), ..news(subject, 5) };
        let marks = [routine("c", 900), routine("d", 901), routine("future", 5000)];
        store.mark(&marks, at(1000)).await.unwrap();
        store.mark(&[news("b", 5), NewJob { due: at(999), ..news("a", 5) }], at(1000)).await.unwrap();
        let mut order = Vec::new();
        for _ in 0..5 {
            order.extend(store.claim(&lease("x", 2000), 1, at(1001)).await.unwrap());
        }
        assert_eq!(order.iter().map(|job| job.subject.as_str()).collect::<String>(), "abcd");
        let backlog = store.backlog(at(1001)).await.unwrap();
        assert_eq!((backlog.due, backlog.leased), (0, 4));
        assert_eq!(store.backlog(at(5001)).await.unwrap().oldest_due, Some(at(900).as_millisecond()));
    }
}

#[tokio::test]
async fn work_of_a_newer_version_is_left_to_it_and_holds_nothing_else_up() {
    for test in both().await {
        let store = &test.store;
        store.mark(&[news("a", 5), NewJob { due: at(999), ..news("b", 5) }], at(1000)).await.unwrap();
        let rename = "UPDATE work SET kind = 'of_tomorrow' WHERE subject = 'b'";
        sqlx::query(rename).execute(&store.writer).await.unwrap();
        assert_eq!(subjects(&claimed(store, "x", 1001).await), ["a"]);
    }
}

#[tokio::test]
async fn many_workers_never_do_the_same_thing_at_the_same_time() {
    for test in both().await {
        let marks: Vec<_> = (0..200).map(|n| news(&format!("a{n}"), 5)).collect();
        test.store.mark(&marks, at(1000)).await.unwrap();
        let workers: Vec<_> = (0..8)
            .map(|worker| {
                let store = test.store.clone();
                tokio::spawn(async move {
                    let mut done = Vec::new();
                    loop {
                        let lease = lease(&worker.to_string(), 2000);
                        let jobs = store.claim(&lease, 7, at(1000) + SECOND).await.unwrap();
                        if jobs.is_empty() {
                            return done;
                        }
                        done.extend(jobs.into_iter().map(|job| job.subject));
                    }
                })
            })
            .collect();
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.await.unwrap());
        }
        let claims = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!((claims, all.len()), (200, 200));
    }
}

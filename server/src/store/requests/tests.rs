use super::*;
use crate::domain::relink_request::tests::request as sample;
use crate::domain::relink_request::{State, Step};
use crate::store::testing::both;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

async fn turn(store: &Store, request: &str, now: Timestamp) -> Result<(), Timestamp> {
    let account = "fca_1".parse().unwrap();
    let mut change = store.change().await.unwrap();
    let turn = take_turn(&mut change, &account, request, now).await.unwrap();
    change.commit().await.unwrap();
    turn
}

#[tokio::test]
async fn a_request_comes_back_as_it_was_kept() {
    for test in both().await {
        let store = &test.store;
        let link = Secret::new([1; 32]);
        let new = sample(State::Created);
        let mut change = store.change().await.unwrap();
        enter(&mut change, &new).await.unwrap();
        set_link(&mut change, &new.id, &link, None).await.unwrap();
        change.commit().await.unwrap();
        assert_eq!(store.request("rlr_1").await.unwrap(), Some(new.clone()));
        assert_eq!(store.request_by_link(&link).await.unwrap(), Some(new.clone()));
        assert_eq!(store.request_by_link(&Secret::new([2; 32])).await.unwrap(), None);
        let opened = new.after(Step::Open, None, at(1500)).unwrap();
        let mut change = store.change().await.unwrap();
        save(&mut change, &opened).await.unwrap();
        set_session(&mut change, &new.id, &"fcsess_1".parse().unwrap()).await.unwrap();
        change.commit().await.unwrap();
        let kept = store.request_by_session(&"fcsess_1".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((kept.state, kept.opened_at), (State::Opened, Some(at(1500))));
        let none: Vec<String> = Vec::new();
        assert_eq!(store.overdue_requests(at(1999), 10).await.unwrap(), none);
        assert_eq!(store.overdue_requests(at(2000), 10).await.unwrap(), ["rlr_1"]);
    }
}

#[tokio::test]
async fn of_64_who_take_a_turn_at_once_one_gets_it_and_the_next_is_48_hours_later() {
    for test in both().await {
        let (store, now) = (&test.store, at(1_790_000_000));
        let tasks: Vec<_> = (0..64)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move { turn(&store, &format!("rlr_{n}"), now).await })
            })
            .collect();
        let (mut taken, mut refused) = (0, 0);
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => taken += 1,
                Err(from) => {
                    assert_eq!(from, now + EMAIL_COOLDOWN);
                    refused += 1;
                }
            }
        }
        assert_eq!((taken, refused), (1, 63));
        assert!(turn(store, "rlr_a", now + EMAIL_COOLDOWN - SignedDuration::from_secs(1)).await.is_err());
        assert!(turn(store, "rlr_a", now + EMAIL_COOLDOWN).await.is_ok());
    }
}

#[tokio::test]
async fn a_turn_is_free_again_when_the_customer_came_or_its_own_mail_never_went() {
    for test in both().await {
        let (store, now, account) = (&test.store, at(1_790_000_000), "fca_1".parse().unwrap());
        for (only, is_free) in [(None, true), (Some("rlr_1"), true), (Some("rlr_2"), false)] {
            assert!(turn(store, "rlr_1", now).await.is_ok());
            let mut change = store.change().await.unwrap();
            end_cooldown(&mut change, &account, only).await.unwrap();
            change.commit().await.unwrap();
            assert_eq!(store.cooldown_until(&account, now).await.unwrap().is_none(), is_free, "{only:?}");
        }
    }
}

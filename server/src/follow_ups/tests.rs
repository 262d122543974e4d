//! Asked again where Stripe fails, and not without end.

use std::cell::Cell;
use std::future::ready;

use relink_protocol::stripe::Feature;
use tokio::time::Instant;

use super::*;

fn refresh(feature: Feature) -> FollowUp {
    FollowUp { action: FollowUpAction::Refresh, feature }
}

fn id(number: usize) -> AccountId {
    format!("fca_{number}").parse().unwrap()
}

fn down() -> StripeError {
    StripeError::Unreachable("down".to_owned())
}

#[tokio::test(start_paused = true)]
async fn what_stripe_fails_to_do_is_asked_for_again_and_the_rest_is_not() {
    let board = FollowUps::default();
    let run = board.enter(&id(1), vec![refresh(Feature::Balance), refresh(Feature::Ownership)]).unwrap();
    assert!(board.of(&id(1)).iter().all(|one| one.state == State::Queued && one.tries == 0));
    let balances = Cell::new(0);
    let ask = |follow_up: FollowUp| {
        if follow_up.feature == Feature::Ownership {
            return ready(Ok(()));
        }
        balances.set(balances.get() + 1);
        if balances.get() == 2 {
            assert_eq!(board.of(&id(1))[0].state, State::Retrying);
        }
        ready(if balances.get() < 3 { Err(down()) } else { Ok(()) })
    };
    board.work(run, ask).await;
    let told: Vec<_> = board.of(&id(1)).iter().map(|one| (one.state, one.tries)).collect();
    assert_eq!(told, [(State::Done, 3), (State::Done, 1)]);
}

#[tokio::test(start_paused = true)]
async fn it_is_given_up_after_a_quarter_of_an_hour_or_a_refusal() {
    let (board, started) = (FollowUps::default(), Instant::now());
    let run = board.enter(&id(1), vec![refresh(Feature::Balance)]).unwrap();
    board.work(run, |_| ready(Err(down()))).await;
    assert_eq!((board.of(&id(1))[0].state, board.of(&id(1))[0].tries), (State::Failed, 6));
    assert!((456..=912).contains(&started.elapsed().as_secs()));
    let run = board.enter(&id(2), vec![refresh(Feature::Balance)]).unwrap();
    board.work(run, |_| ready(Err(StripeError::refused(reqwest::StatusCode::NOT_FOUND, b"", None)))).await;
    assert_eq!((board.of(&id(2))[0].state, board.of(&id(2))[0].tries), (State::Failed, 1));
}

#[tokio::test]
async fn the_board_does_not_grow_without_end() {
    let board = FollowUps::default();
    let first = board.enter(&id(0), vec![refresh(Feature::Balance)]).unwrap();
    for number in 1..MOST {
        board.enter(&id(number), vec![refresh(Feature::Balance)]).unwrap();
    }
    assert_eq!(board.enter(&id(MOST), vec![refresh(Feature::Balance)]), None);
    board.note(first, 0, State::Done);
    assert!(board.enter(&id(MOST), vec![refresh(Feature::Balance)]).is_some());
    assert_eq!(board.of(&id(0)), []);
    assert_eq!(board.enter(&id(MOST + 1), Vec::new()), None, "nothing to do needs no place");
}

#[tokio::test]
async fn a_later_relink_is_what_is_told_of() {
    let board = FollowUps::default();
    let old = board.enter(&id(1), vec![refresh(Feature::Balance)]).unwrap();
    board.enter(&id(1), vec![refresh(Feature::Ownership)]).unwrap();
    board.note(old, 0, State::Failed);
    assert_eq!(
        board.of(&id(1)),
        [Progress { follow_up: refresh(Feature::Ownership), state: State::Queued, tries: 0 }]
    );
}

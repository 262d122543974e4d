use proptest::prelude::*;
use strum::IntoEnumIterator;

use super::*;
use crate::domain::relink_request::tests::request;

const STATES: [State; 7] = [
    State::Created,
    State::Sent,
    State::Opened,
    State::Completed,
    State::Failed,
    State::Expired,
    State::Cancelled,
];

fn group() -> impl Strategy<Value = RequestGroup> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let texts = (proptest::option::of("[ab]"), proptest::option::of("[ab]"));
    (0..STATES.len(), flags, texts, 1..50_i64).prop_map(|(state, flags, (failure, outcome), requests)| {
        let (is_sent, is_opened, has_begun, is_mail_lost) = flags;
        let furthest = Stage::furthest(is_sent, is_opened, has_begun);
        RequestGroup { state: STATES[state], furthest, is_opened, is_mail_lost, failure, outcome, requests }
    })
}

proptest! {
    #[test]
    fn a_funnel_never_widens_and_its_rest_is_everybody_who_was_not_repaired(
        groups in proptest::collection::vec(group(), 0..12),
    ) {
        let total: i64 = groups.iter().map(|group| group.requests).sum();
        let funnel = Funnel::new(groups);
        let reached: Vec<i64> = Stage::iter().map(|stage| funnel.reached(stage)).collect();
        prop_assert_eq!(reached[0], total);
        prop_assert!(reached.is_sorted_by(|one, next| one >= next), "{:?}", reached);
        let rest = funnel.rest();
        let left: i64 = rest.iter().map(|(_, _, requests)| requests).sum();
        prop_assert_eq!(left + funnel.reached(Stage::Repaired), total);
        // Between two stages, as many are lost as there are reasons for.
        for (stage, next) in Stage::iter().zip(Stage::iter().skip(1)) {
            let lost: i64 = rest.iter().filter(|(at, _, _)| *at == stage).map(|(_, _, requests)| requests).sum();
            prop_assert_eq!(funnel.reached(stage) - funnel.reached(next), lost);
        }
        prop_assert!(funnel.repaired_without_link() <= funnel.reached(Stage::Repaired));
    }
}

#[test]
fn each_request_has_the_result_whose_states_it_matches() {
    for state in STATES {
        for began in [false, true] {
            let mut request = request(state);
            request.began_at = began.then_some(request.created_at);
            let matching: Vec<RequestResult> = RequestResult::iter()
                .filter(|result| {
                    let (states, has_begun) = result.states();
                    states.contains(&state) && has_begun.is_none_or(|wanted| wanted == began)
                })
                .collect();
            assert_eq!(matching, [RequestResult::of(Some(&request))], "{state:?} {began}");
        }
    }
    assert_eq!(RequestResult::of(None), RequestResult::NeverAsked);
}

#[test]
fn reasons_are_those_of_the_stage_at_which_the_customer_stopped() {
    let group = |state, is_sent, has_begun, requests| RequestGroup {
        state,
        furthest: Stage::furthest(is_sent, has_begun, has_begun),
        is_opened: has_begun,
        is_mail_lost: false,
        failure: (state == State::Failed).then(|| "no mailbox".to_owned()),
        outcome: has_begun.then(|| "no_account".to_owned()),
        requests,
    };
    let funnel = Funnel::new(vec![
        group(State::Sent, true, false, 2),
        group(State::Expired, true, false, 5),
        group(State::Failed, false, false, 1),
        group(State::Expired, true, true, 1),
        group(State::Opened, true, true, 3),
    ]);
    assert_eq!(
        funnel.rest(),
        [
            (Stage::Asked, Obstacle::Failed("no mailbox".to_owned()), 1),
            (Stage::Delivered, Obstacle::Expired, 5),
            (Stage::Delivered, Obstacle::NotYet, 2),
            (Stage::Began, Obstacle::Attempt(Some("no_account".to_owned())), 4),
        ]
    );
}

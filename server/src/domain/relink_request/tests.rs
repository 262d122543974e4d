use proptest::prelude::*;

use super::*;

pub(crate) fn request(state: State) -> Request {
    let at = |second| Timestamp::from_second(second).unwrap();
    Request {
        id: "rlr_1".to_owned(),
        account: "fca_1".parse().unwrap(),
        customer: "cus_1".parse().unwrap(),
        delivery: Delivery::Email,
        language: Language::English,
        return_url: None,
        email: Some("jenny@example.com".to_owned()),
        reason: Reason::Inactive,
        is_automatic: false,
        state,
        session: None,
        created_at: at(1000),
        expires_at: at(2000),
        sent_at: None,
        opened_at: None,
        began_at: None,
        ended_at: None,
        failure: None,
    }
}

const STEPS: [Step; 6] = [Step::Send, Step::Open, Step::Complete, Step::Fail, Step::Expire, Step::Cancel];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(proptest::sample::select(STEPS.to_vec()), 0..20)
}

proptest! {
    #[test]
    fn whatever_happens_an_end_stays_the_end_and_no_state_comes_twice(steps in steps()) {
        let mut request = request(State::Created);
        let mut seen = vec![request.state];
        for (second, step) in (1001..).zip(steps) {
            let now = Timestamp::from_second(second).unwrap();
            let was_end = request.state.is_end();
            if let Some(next) = request.after(step, None, now) {
                prop_assert!(!was_end);
                prop_assert!(!seen.contains(&next.state), "{seen:?} {next:?}");
                // Known times are kept.
                prop_assert!(request.sent_at.is_none() || next.sent_at == request.sent_at);
                prop_assert!(request.opened_at.is_none() || next.opened_at == request.opened_at);
                prop_assert_eq!(next.ended_at.is_some(), next.state.is_end());
                seen.push(next.state);
                request = next;
            }
        }
    }

    #[test]
    fn one_step_twice_is_one_step(before in steps(), step in proptest::sample::select(STEPS.to_vec())) {
        let state = before.into_iter().fold(State::Created, |state, step| state.after(step).unwrap_or(state));
        if let Some(next) = state.after(step) {
            prop_assert_eq!(next.after(step), None);
        }
    }
}

#[test]
fn a_link_works_until_it_expires_or_ends() {
    let at = |second| Timestamp::from_second(second).unwrap();
    for (state, second, expected) in [
        (State::Created, 1999, true),
        (State::Sent, 1999, true),
        (State::Opened, 1999, true),
        (State::Opened, 2000, false),
        (State::Completed, 1500, false),
        (State::Failed, 1500, false),
        (State::Expired, 1500, false),
        (State::Cancelled, 1500, false),
    ] {
        assert_eq!(request(state).is_open(at(second)), expected, "{state:?} {second}");
    }
}

#[test]
fn what_is_told_of_a_request_leads_nowhere_and_names_no_mailbox() {
    let told = serde_json::to_string(&request(State::Sent).told()).unwrap();
    assert!(told.contains("\"state\":\"sent\"") && !told.contains("jenny"), "{told}");
}

use relink_flow::{Failure, Reason};

use super::*;

#[test]
fn external_text_cannot_break_json() {
    assert_eq!(text("req-1\"}\\\n"), "\"req-1}\"");
}

#[test]
fn a_screen_is_told_by_its_name() {
    assert_eq!(screen("explaining"), ("screen", r#"{"screen":"explaining"}"#.to_owned()));
}

#[test]
fn accounts_and_what_they_stand_for_are_told_by_their_identifiers() {
    let name = |id: &str| AccountName {
        id: id.parse().unwrap(),
        institution_name: "Alder Bank".to_owned(),
        last4: None,
        display_name: None,
        subcategory: relink_protocol::stripe::Subcategory::Checking,
    };
    let (old, connected) =
        (name("fca_1"), Connected { added: vec![name("fca_2"), name("fca_3")], ..Connected::default() });
    let expected = r#"{"account":"fca_2","accounts":["fca_2","fca_3"],"replaces":"fca_1"}"#;
    assert_eq!(connected_again(&old.id, &connected, Some(&old.id)), [("new-account", expected.to_owned())]);
    let connected = Connected { restored: vec![old.clone()], ..Connected::default() };
    let expected = r#"{"account":"fca_1","repaired":["fca_1"]}"#;
    assert_eq!(connected_again(&old.id, &connected, None), [("success", expected.to_owned())]);
    assert_eq!(exit("closed", &old.id), ("exit", r#"{"reason":"closed","account":"fca_1"}"#.to_owned()));
}

#[test]
fn a_failure_is_told_with_the_number_that_support_needs() {
    let (state, effect) = relink_flow::start();
    let failure = Failure { reason: Reason::Busy, request_id: Some("req-1".to_owned()) };
    let answer = relink_flow::Answer::Accounts(Err(failure));
    let (state, _) = relink_flow::update(state, Event::Answered(effect.ticket, answer));
    let Stage::Failed(shown) = &state.stage else { panic!("{state:?}") };
    assert_eq!(
        failed(&shown.failure, "busy"),
        ("error", r#"{"code":"busy","request_id":"req-1"}"#.to_owned())
    );
}

//! Tests that any manipulation of a chain is detected and located.

use proptest::prelude::*;

use super::*;

fn record(number: usize) -> Record {
    Record {
        id: format!("aud_{number}"),
        at: 1_790_000_000_000 + i64::try_from(number).unwrap(),
        actor: r#"{"type":"server"}"#.to_owned(),
        action: "account.read".to_owned(),
        customer: Some("cus_1".to_owned()),
        session: None,
        account: None,
        ip_address: Some("192.0.2.1".to_owned()),
        detail: "null".to_owned(),
    }
}

fn chain(length: usize) -> Vec<(Link, Record)> {
    let mut last = Link::start();
    let mut rows = Vec::new();
    for number in 1..=length {
        let record = record(number);
        last = last.next(&record);
        rows.push((last.clone(), record));
    }
    rows
}

fn walked(rows: &[(Link, Record)], head: Option<&Link>, noted: Option<&str>) -> Report {
    let mut walk = Verification::new(noted.map(str::to_owned));
    for (link, record) in rows {
        walk.take(link.clone(), record);
    }
    walk.finish(head, 0)
}

fn breaks(rows: &[(Link, Record)], head: &Link) -> Vec<ChainBreak> {
    walked(rows, Some(head), None).breaks
}

/// Equals the result of the Python program in docs/audit.md. Changing it makes all existing chains invalid.
#[test]
fn the_hash_is_the_one_that_the_docs_define() {
    let hash = "7ffc5baa8241f2251d05a6ef3386a63dcb003ff3e382d10c38219a395205bb3b";
    assert_eq!(Link::start().next(&record(1)).hash, hash);
}

#[test]
fn a_whole_chain_has_no_break_and_an_empty_one_neither() {
    let rows = chain(3);
    let (head, _) = rows[2].clone();
    let report = walked(&rows, Some(&head), Some(&rows[1].0.hash));
    assert_eq!((report.entries, &report.end, report.number_of_breaks), (3, &head, 0));
    assert_eq!(walked(&[], None, None).number_of_breaks, 0);
}

#[test]
fn a_cut_at_the_end_shows_by_the_head_and_where_that_was_changed_too_by_a_noted_one() {
    let rows = chain(5);
    let head = rows[4].0.clone();
    assert_eq!(breaks(&rows[..3], &head), [ChainBreak::Missing { from: 4, to: 5 }]);
    assert_eq!(walked(&rows, None, None).breaks, [ChainBreak::Head { last: 5, head: 0 }]);
    let cut = walked(&rows[..3], Some(&rows[2].0), Some(&head.hash));
    assert_eq!(cut.breaks, [ChainBreak::NotTheHead(head.hash)]);
}

#[test]
fn rows_outside_the_chain_and_numbers_that_come_twice_are_told() {
    let mut rows = chain(2);
    let head = rows[1].0.clone();
    let mut walk = Verification::new(None);
    rows.push(rows[1].clone());
    for (link, record) in &rows {
        walk.take(link.clone(), record);
    }
    let expected = [ChainBreak::Repeated { position: 2, id: "aud_2".to_owned() }, ChainBreak::Unchained(4)];
    assert_eq!(walk.finish(Some(&head), 4).breaks, expected);
}

/// Returns a chain of three entries of which the second is erased, and an entry that says so at the end.
fn erased(listed: impl FnOnce(&Link, &Record) -> String) -> (Vec<(Link, Record)>, Link) {
    let mut rows = chain(3);
    rows[1].1.customer = Some("erased_1".to_owned());
    rows[1].1.ip_address = None;
    let detail = serde_json::json!({"entries": {"2": listed(&rows[1].0, &rows[1].1)}}).to_string();
    let erasure = Record { action: ERASURE.to_owned(), detail, ..record(4) };
    let head = rows[2].0.next(&erasure);
    rows.push((head.clone(), erasure));
    (rows, head)
}

#[test]
fn an_entry_may_be_changed_as_a_later_erasure_lists_it_and_in_no_other_way() {
    let (rows, head) = erased(Link::erased);
    assert_eq!(breaks(&rows, &head), []);
    let changed = [ChainBreak::Changed { position: 2, id: "aud_2".to_owned() }];
    for field in 1..9 {
        let (mut rows, head) = erased(Link::erased);
        change(&mut rows[1].1, field);
        assert_eq!(breaks(&rows, &head), changed, "{field}");
    }
    let (rows, head) = erased(|link, _| link.hash.clone());
    assert_eq!(breaks(&rows, &head), changed);
    // An erasure that is itself forged excuses nothing.
    let (mut rows, head) = erased(Link::erased);
    rows[3].1.at += 1;
    assert_eq!(breaks(&rows, &head).len(), 2);
}

#[test]
fn of_a_thousand_breaks_the_first_twenty_are_told_and_all_are_counted() {
    let mut rows = chain(1000);
    let head = rows[999].0.clone();
    for (_, record) in &mut rows {
        record.action.push('!');
    }
    let report = walked(&rows, Some(&head), None);
    assert_eq!((report.breaks.len(), report.number_of_breaks), (20, 1000));
}

proptest! {
    #[test]
    fn a_row_that_is_changed_removed_or_moved_breaks_the_chain_there(
        length in 2_usize..20, place in any::<prop::sample::Index>(), field in 0..9, kind in 0..3,
    ) {
        let mut rows = chain(length);
        let head = rows[length - 1].0.clone();
        let place = place.index(length);
        let (position, id) = (rows[place].0.position, rows[place].1.id.clone());
        let expected = match kind {
            0 => {
                change(&mut rows[place].1, field);
                ChainBreak::Changed { position, id: rows[place].1.id.clone() }
            }
            1 => {
                rows.remove(place);
                ChainBreak::Missing { from: position, to: position }
            }
            _ => {
                let other = (place + 1) % length;
                let record = rows[other].1.clone();
                rows[other].1 = rows[place].1.clone();
                rows[place].1 = record;
                ChainBreak::Changed { position, id: rows[place].1.id.clone() }
            }
        };
        let found = breaks(&rows, &head);
        prop_assert!(found.contains(&expected), "{found:?} lacks {expected:?} ({id})");
        prop_assert!(found.len() <= 2, "{found:?}");
    }

    #[test]
    fn two_rows_with_the_same_hash_are_the_same_row(one in fields(), other in fields()) {
        let start = Link::start();
        prop_assert_eq!(start.next(&one) == start.next(&other), one == other);
    }
}

/// Short texts with many separators, so that adjacent fields could be confused.
fn fields() -> impl Strategy<Value = Record> {
    let text = || "[0-9:,\\-a]{0,3}";
    let optional = || prop::option::of(text());
    let texts = (text(), text(), text(), text());
    (texts, -2_i64..2, (optional(), optional(), optional(), optional())).prop_map(
        |((id, actor, action, detail), at, (customer, session, account, ip_address))| Record {
            id,
            at,
            actor,
            action,
            customer,
            session,
            account,
            ip_address,
            detail,
        },
    )
}

fn change(record: &mut Record, field: i32) {
    match field {
        0 => record.id.push('x'),
        1 => record.at += 1,
        2 => record.actor.push(' '),
        3 => record.action.push('x'),
        4 => record.customer = None,
        5 => record.session = Some(String::new()),
        6 => record.account = Some("fca_1".to_owned()),
        7 => record.ip_address = Some("192.0.2.2".to_owned()),
        _ => record.detail = "{}".to_owned(),
    }
}

//! Tests of operators' codes, browsers and sessions.

use super::*;
use crate::domain::audit::AuditSource;
use crate::domain::sign_in::ended;
use crate::store::testing::both;

const ADA: &str = "ada@shop.example";

/// Makes a code that this browser requested.
fn code(browser: &str, hash: &str) -> CodeHash {
    CodeHash { browser: browser.to_owned(), hash: hash.to_owned() }
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + minute * 60).unwrap()
}

#[tokio::test]
async fn a_code_is_right_once_for_ten_minutes_and_five_tries() {
    for test in both().await {
        let store = &test.store;
        assert!(store.set_code(ADA, &code("1", "x"), None, at(0)).await.unwrap());
        assert!(!store.try_code("bob@shop.example", &code("1", "x"), at(0)).await.unwrap());
        assert!(!store.try_code(ADA, &code("1", "wrong"), at(0)).await.unwrap());
        assert!(store.try_code(ADA, &code("1", "x"), at(9)).await.unwrap());
        assert!(!store.try_code(ADA, &code("1", "x"), at(9)).await.unwrap(), "once");
        assert!(store.set_code(ADA, &code("2", "y"), None, at(20)).await.unwrap());
        assert!(!store.try_code(ADA, &code("2", "y"), at(30)).await.unwrap(), "too late");
        assert!(store.set_code(ADA, &code("3", "z"), None, at(40)).await.unwrap());
        for _ in 0..5 {
            assert!(!store.try_code(ADA, &code("3", "wrong"), at(40)).await.unwrap());
        }
        assert!(!store.try_code(ADA, &code("3", "z"), at(40)).await.unwrap(), "too often");
    }
}

#[tokio::test]
async fn a_code_stays_right_whatever_other_browsers_ask_for_and_try() {
    for test in both().await {
        let store = &test.store;
        assert!(store.set_code(ADA, &code("operator", "right"), None, at(0)).await.unwrap());
        for minute in 1..9 {
            let browser = format!("attacker {minute}");
            store.set_code(ADA, &code(&browser, "theirs"), None, at(minute)).await.unwrap();
            for _ in 0..10 {
                assert!(!store.try_code(ADA, &code(&browser, "right"), at(minute)).await.unwrap());
                assert!(!store.try_code(ADA, &code("nobody", "right"), at(minute)).await.unwrap());
            }
        }
        assert!(store.try_code(ADA, &code("operator", "right"), at(9)).await.unwrap());
    }
}

#[tokio::test]
async fn all_unknown_browsers_together_get_one_code_a_minute_six_an_hour_and_thirty_tries() {
    for test in both().await {
        let store = &test.store;
        let (mut codes, mut tries) = (0, 0);
        for browser in 0..200 {
            let code = code(&browser.to_string(), "right");
            let now = at(0) + SignedDuration::from_secs(browser * 17);
            codes += i32::from(store.set_code(ADA, &code, None, now).await.unwrap());
            for _ in 0..8 {
                let wrong = CodeHash { hash: "wrong".to_owned(), ..code.clone() };
                assert!(!store.try_code(ADA, &wrong, now).await.unwrap());
            }
            let counted =
                sqlx::query_scalar("SELECT CAST(COALESCE(SUM(tries), 0) AS BIGINT) FROM sign_in_codes");
            tries = counted.fetch_one(store.reader()).await.unwrap();
        }
        assert_eq!((codes, tries), (6, 30_i64));
        assert!(store.set_code(ADA, &code("later", "x"), None, at(60)).await.unwrap());
        assert!(!store.set_code(ADA, &code("soon", "x"), None, at(60)).await.unwrap());
    }
}

#[tokio::test]
async fn a_browser_in_which_the_operator_has_signed_in_has_codes_of_its_own() {
    for test in both().await {
        let store = &test.store;
        store.know_browser(ADA, "known", at(0)).await.unwrap();
        for minute in 0..6 {
            assert!(store.set_code(ADA, &code(&format!("a{minute}"), "x"), None, at(minute)).await.unwrap());
        }
        assert!(!store.set_code(ADA, &code("b", "x"), None, at(7)).await.unwrap(), "used up");
        assert!(!store.set_code(ADA, &code("c", "x"), Some("made up"), at(7)).await.unwrap());
        assert!(store.set_code(ADA, &code("d", "x"), Some("known"), at(7)).await.unwrap());
        assert!(!store.set_code(ADA, &code("e", "x"), Some("known"), at(7)).await.unwrap(), "too soon");
        let bob = "bob@shop.example";
        assert!(store.set_code(bob, &code("f", "x"), Some("known"), at(7)).await.unwrap());
        assert!(!store.set_code(bob, &code("g", "x"), Some("known"), at(7)).await.unwrap(), "not Bob's");
        let later = at(0) + KNOWN_BROWSER_LIFETIME;
        for minute in 0..6 {
            let now = later + SignedDuration::from_mins(minute);
            assert!(store.set_code(ADA, &code(&format!("h{minute}"), "x"), None, now).await.unwrap());
        }
        let now = later + SignedDuration::from_mins(8);
        assert!(!store.set_code(ADA, &code("i", "x"), Some("known"), now).await.unwrap(), "known no more");
    }
}

fn somebody() -> Operator {
    Operator::Email { email: ADA.to_owned() }
}

fn source() -> AuditSource {
    somebody().actor().into()
}

#[tokio::test]
async fn a_session_ends_when_idle_after_half_a_day_and_when_somebody_signs_out() {
    for test in both().await {
        let store = &test.store;
        store.begin_session("h", &somebody(), at(0)).await.unwrap();
        for minute in (29..720).step_by(29) {
            let session = store.session_of("h", Activity::Page, at(minute)).await.unwrap();
            assert_eq!(session, Session::Open(somebody()), "{minute}");
        }
        let session = store.session_of("h", Activity::Page, at(720)).await.unwrap();
        assert_eq!(session, Session::Over(SessionEnd::TooLong));
        store.begin_session("i", &somebody(), at(0)).await.unwrap();
        assert_eq!(
            store.session_of("i", Activity::Page, at(30)).await.unwrap(),
            Session::Over(SessionEnd::Idle)
        );
        store.begin_session("s", &somebody(), at(0)).await.unwrap();
        for minute in [10, 20, 29] {
            let session = store.session_of("s", Activity::Script, at(minute)).await.unwrap();
            assert_eq!(session, Session::Open(somebody()), "{minute}");
        }
        let session = store.session_of("s", Activity::Script, at(30)).await.unwrap();
        assert_eq!(
            session,
            Session::Over(SessionEnd::Idle),
            "a page that renews itself keeps nobody signed in"
        );
        store.begin_session("j", &somebody(), at(0)).await.unwrap();
        for _ in 0..2 {
            store.end_session("j", |_| ended(source(), SessionEnd::Replaced), at(1)).await.unwrap();
        }
        assert_eq!(store.session_of("j", Activity::Page, at(1)).await.unwrap(), Session::Absent);
        assert_eq!(store.audit(None, None, 10).await.unwrap().len(), 1, "it ended once");
    }
}

#[tokio::test]
async fn sessions_that_nobody_comes_back_to_end_with_an_entry_each() {
    for test in both().await {
        let store = &test.store;
        for (name, minute) in [("a", 0), ("b", 5), ("c", 20)] {
            store.begin_session(name, &somebody(), at(minute)).await.unwrap();
        }
        let entry = |operator: &Operator, end| ended(operator.actor().into(), end);
        assert_eq!(store.end_old_sessions(entry, at(36)).await.unwrap(), 2);
        assert_eq!(store.end_old_sessions(entry, at(36)).await.unwrap(), 0);
        assert_eq!(store.session_of("c", Activity::Page, at(36)).await.unwrap(), Session::Open(somebody()));
        let trail = store.audit(None, None, 10).await.unwrap();
        assert_eq!(trail.len(), 2);
        assert!(trail.iter().all(|entry| entry.detail["reason"] == "idle"), "{trail:?}");
    }
}

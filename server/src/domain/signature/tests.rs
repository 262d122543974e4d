//! Cases from the tests of Stripe's own libraries, and cases that these leave open.

mod properties;

use aws_lc_rs::hmac::{HMAC_SHA256, sign};

use super::*;

const SECRET: &str = "whsec_test_secret";
const ROLLED: &str = "whsec_test_secret_rolled_key";
const BODY: &str = "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}";
const TIME: i64 = 1_700_000_000;
/// Signature of `BODY` at `TIME`; made with another implementation.
const GOOD: &str = "4f1cd7feda9826e746b7d482c4badebb657398df1099e1046364f6196a230150";
/// Signature of `BODY` at `TIME` with the rolled secret; made with another implementation.
const GOOD_ROLLED: &str = "dc80d0334b78e0dbbc3d5352c151a428b746163b94ad381096bb293b9e650f1e";

fn key(secret: &str) -> Key {
    Key::new(HMAC_SHA256, secret.as_bytes())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Verifies a header with `SECRET`, at the time of the signature.
fn judge(header: &str) -> Result<(), Refusal> {
    verify(header.as_bytes(), BODY.as_bytes(), &[key(SECRET)], at(TIME))
}

#[test]
fn other_implementations_make_the_same_signatures() {
    for (secret, time, body, signature) in [
        (SECRET, 12_345, BODY, "2672d138c9a412830f3bfe2ecc5bfb3277cf6f5b49d0119d77dd6cb64da1257e"),
        (SECRET, 1_492_774_577, BODY, "c2f890decbc5ede7c5060bb9a6d31e0626a4342bacb9aeae2adb1bcea72f9812"),
        (SECRET, TIME, BODY, GOOD),
        (ROLLED, TIME, BODY, GOOD_ROLLED),
        (
            SECRET,
            TIME,
            r#"{"id":"evt_é中😀"}"#,
            "b8f309604e2b2717081844836e3d3ea47efe87fdb13de4801f810ca29afc3df9",
        ),
    ] {
        let header = format!("t={time},v1={signature}");
        let judged = verify(header.as_bytes(), body.as_bytes(), &[key(secret)], at(time));
        assert_eq!(judged, Ok(()), "{header}");
    }
}

#[test]
fn the_code_itself_is_the_usual_one() {
    for (body, expected) in [
        ("", "f7f9bd47fb987337b5796fdc1fdb9ba221d0d5396814bfcaf9521f43fd8927fd"),
        (
            r#"{"obj1":"hello","obj2":"world"}"#,
            "bebb1a643997f419b315ddba19e6f5411e1ce7f810ba6d3617ce72823092f363",
        ),
        ("\u{1f600}", "837da296d05c4fe31f61d5d7ead035099d9585a5bcde87de952012a78f0b0c43"),
    ] {
        let made = sign(&key("test_secret"), body.as_bytes());
        assert_eq!(hexadecimal(made.as_ref()), expected.as_bytes(), "{body}");
    }
}

#[test]
fn one_good_signature_is_enough_and_everything_else_beside_it_is_ignored() {
    for header in [
        format!("t={TIME},v1={GOOD}"),
        format!("v1={GOOD},t={TIME}"),
        format!("t={TIME},v1={GOOD},v1=bad_signature"),
        format!("t={TIME},v1=bad_signature,v1={GOOD}"),
        format!("t={TIME},v1={GOOD},v1=potato"),
        format!("t={TIME},v1={GOOD_ROLLED},v1={GOOD}"),
        format!("t={TIME},v1={GOOD},v1={GOOD_ROLLED}"),
        format!("t={TIME},v1=a,v1=b,v1={GOOD},v1=c"),
        format!("t={TIME},v1=,v1={GOOD}"),
        format!("t={TIME},v1={GOOD},v1="),
        format!("t={TIME},v1={GOOD},v0={GOOD_ROLLED}"),
        format!("t={TIME},v0=,v1={GOOD},v2=new,x="),
        format!("t={TIME},v1={GOOD},v1={GOOD}={GOOD}"),
    ] {
        assert_eq!(judge(&header), Ok(()), "{header}");
    }
}

#[test]
fn a_header_that_stripe_would_not_write_is_refused() {
    for header in [
        String::new(),
        "=".to_owned(),
        ",".to_owned(),
        "v1,t=1".to_owned(),
        "t=".to_owned(),
        format!("t=,v1={GOOD}"),
        format!("v1={GOOD}"),
        format!("t={TIME}"),
        // Only schemes that are older, or unknown.
        format!("t={TIME},v0={GOOD}"),
        format!("t={TIME},V1={GOOD}"),
        format!("t={TIME},v11={GOOD}"),
        // Two times: it is unclear which one was signed.
        format!("t={TIME},t={TIME},v1={GOOD}"),
        format!("t={TIME},t=1,v1={GOOD}"),
        // Digits only, of limited length.
        format!("t=+{TIME},v1={GOOD}"),
        format!("t=-{TIME},v1={GOOD}"),
        format!("t=-1,v1={GOOD}"),
        format!("t={TIME}.0,v1={GOOD}"),
        format!("t=0x1,v1={GOOD}"),
        format!("t=1e9,v1={GOOD}"),
        format!("t=999999999999,v1={GOOD}"),
        format!("t=0000000000001,v1={GOOD}"),
        format!("t=9223372036854775808,v1={GOOD}"),
        format!("t={},v1={GOOD}", "9".repeat(400)),
        // Spaces, and bytes outside printable ASCII.
        format!("t={TIME}, v1={GOOD}"),
        format!(" t={TIME},v1={GOOD}"),
        format!("t={TIME},v1={GOOD} "),
        format!("t= {TIME},v1={GOOD}"),
        format!("t={TIME},v1={GOOD},v0=\u{e9}"),
        format!("t={TIME},v1={GOOD}\0"),
        format!("t=\u{661}\u{667},v1={GOOD}"),
        // Malformed parts.
        format!("t={TIME},v1={GOOD},"),
        format!("t={TIME},,v1={GOOD}"),
        format!("t={TIME},v1={GOOD},junk"),
        format!("t={TIME};v1={GOOD}"),
    ] {
        assert_eq!(judge(&header), Err(Refusal::Malformed), "{header}");
    }
    let judged = verify(b"t=1700000000,v1=\xff", BODY.as_bytes(), &[key(SECRET)], at(TIME));
    assert_eq!(judged, Err(Refusal::Malformed));
}

#[test]
fn a_header_may_be_as_long_as_many_signatures_and_no_longer() {
    let header = format!("t={TIME},v1={GOOD},v0=");
    let longest = format!("{header}{}", "a".repeat(LONGEST_HEADER - header.len()));
    assert_eq!(judge(&longest), Ok(()));
    assert_eq!(judge(&format!("{longest}a")), Err(Refusal::Malformed));
    assert_eq!(judge(&format!("{header}{}", "a".repeat(1_000_000))), Err(Refusal::Malformed));
}

#[test]
fn what_is_not_exactly_the_signature_is_none() {
    for signature in [
        String::new(),
        "bad_signature".to_owned(),
        GOOD_ROLLED.to_owned(),
        GOOD.to_uppercase(),
        GOOD[..16].to_owned(),
        GOOD[..62].to_owned(),
        GOOD[2..].to_owned(),
        format!("{GOOD}00"),
        format!("{GOOD}{GOOD}"),
        "0".repeat(64),
        "\"".to_owned() + &GOOD[2..] + "\"",
    ] {
        assert_eq!(judge(&format!("t={TIME},v1={signature}")), Err(Refusal::NotSigned), "{signature}");
    }
    // The time is signed as written, together with the body.
    for time in ["1700000001", "170000000", "01700000000"] {
        assert_eq!(judge(&format!("t={time},v1={GOOD}")), Err(Refusal::NotSigned), "{time}");
    }
}

#[test]
fn while_a_secret_is_rolled_either_signs() {
    let both = [key(SECRET), key(ROLLED)];
    let now = at(TIME);
    for (secrets, signature, expected) in [
        (&both[..], GOOD, Ok(())),
        (&both[..], GOOD_ROLLED, Ok(())),
        (&both[..1], GOOD_ROLLED, Err(Refusal::NotSigned)),
        (&both[1..], GOOD, Err(Refusal::NotSigned)),
        (&[], GOOD, Err(Refusal::NotSigned)),
    ] {
        let header = format!("t={TIME},v1={signature}");
        assert_eq!(verify(header.as_bytes(), BODY.as_bytes(), secrets, now), expected, "{header}");
    }
    // The whole text is the secret, including its prefix.
    assert_eq!(
        verify(format!("t={TIME},v1={GOOD}").as_bytes(), BODY.as_bytes(), &[key("test_secret")], now),
        Err(Refusal::NotSigned)
    );
}

#[test]
fn five_minutes_are_tolerated_both_ways_and_no_millisecond_more() {
    let header = format!("t={TIME},v1={GOOD}");
    for (milliseconds, expected) in [
        (0, Ok(())),
        (15_000, Ok(())),
        (299_000, Ok(())),
        (300_000, Ok(())),
        (300_001, Err(Refusal::Stale)),
        (301_000, Err(Refusal::Stale)),
        (86_400_000, Err(Refusal::Stale)),
        (-299_000, Ok(())),
        (-300_000, Ok(())),
        (-300_001, Err(Refusal::Early)),
        (-301_000, Err(Refusal::Early)),
        (-86_400_000 * 11, Err(Refusal::Early)),
    ] {
        let now = Timestamp::from_millisecond(TIME * 1000 + milliseconds).unwrap();
        let judged = verify(header.as_bytes(), BODY.as_bytes(), &[key(SECRET)], now);
        assert_eq!(judged, expected, "{milliseconds}");
    }
}

#[test]
fn a_clock_is_blamed_only_for_what_stripe_signed() {
    let header = format!("t={TIME},v1={GOOD_ROLLED}");
    let judged = verify(header.as_bytes(), BODY.as_bytes(), &[key(SECRET)], at(TIME + 86_400));
    assert_eq!(judged, Err(Refusal::NotSigned));
}

#[test]
fn the_first_and_the_last_moment_do_no_harm() {
    let sign = |time: i64| {
        let code = sign(&key(SECRET), format!("{time}.{BODY}").as_bytes());
        format!("t={time},v1={}", std::str::from_utf8(&hexadecimal(code.as_ref())).unwrap())
    };
    for (now, time, expected) in [
        (Timestamp::MAX, 0, Err(Refusal::Stale)),
        (Timestamp::MIN, 253_402_207_200, Err(Refusal::Early)),
        (at(0), 0, Ok(())),
    ] {
        assert_eq!(verify(sign(time).as_bytes(), BODY.as_bytes(), &[key(SECRET)], now), expected, "{time}");
    }
}

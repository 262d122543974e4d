//! Property tests for any body, time and header.

use aws_lc_rs::hmac::sign;
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

use super::super::{hexadecimal, verify};
use super::{SECRET, TIME, at, key};

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_change_of_a_byte_is_refused(
        body in proptest::collection::vec(any::<u8>(), 1..300),
        time in 0_i64..4_000_000_000,
        place in any::<usize>(),
        change in 1_u8..=255,
    ) {
        let secrets = [key(SECRET)];
        let signed = [format!("{time}.").as_bytes(), &body].concat();
        let signature = hexadecimal(sign(&secrets[0], &signed).as_ref());
        let header = [format!("t={time},v1=").as_bytes(), &signature].concat();
        prop_assert_eq!(verify(&header, &body, &secrets, at(time)), Ok(()));
        let (mut header, mut body) = (header, body);
        let place = place % (header.len() + body.len());
        match place.checked_sub(header.len()) {
            None => header[place] ^= change,
            Some(place) => body[place] ^= change,
        }
        prop_assert_eq!(verify(&header, &body, &secrets, at(time)).is_err(), true);
    }

    #[test]
    fn no_header_does_any_harm(header in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(verify(&header, b"", &[key(SECRET)], at(TIME)).is_ok(), false);
    }
}

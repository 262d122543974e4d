//! Verification of Stripe's webhook signatures: exact bytes, and a recent time. Stricter than Stripe's own libraries
//! where these differ: anything that Stripe never sends is refused.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{Context, Key};
use jiff::{SignedDuration, Timestamp};

/// Reason for which a signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The header is not in Stripe's form, or has no signature of scheme `v1`.
    Malformed,
    /// No signature was made with one of the configured secrets.
    NotSigned,
    /// Signed by Stripe, but too long ago.
    Stale,
    /// Signed by Stripe, but with a time in the future.
    Early,
}

/// Accepted difference between Stripe's clock and the server's, in both directions.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// Maximum length of the header. While secrets are rolled it has several signatures of 68 characters each.
const LONGEST_HEADER: usize = 4096;
/// Maximum number of digits of the time; in seconds, this is beyond the year 30,000.
const LONGEST_TIME: usize = 12;
/// Length of a signature: 32 bytes in hexadecimal digits.
const SIGNATURE_LENGTH: usize = 64;

/// Verifies the header `Stripe-Signature` against the body as received. Any secret and any
/// of several signatures will do.
pub(crate) fn verify(header: &[u8], body: &[u8], secrets: &[Key], now: Timestamp) -> Result<(), Refusal> {
    let header = Header::parse(header).ok_or(Refusal::Malformed)?;
    if !secrets.iter().any(|secret| header.is_by(secret, body)) {
        return Err(Refusal::NotSigned);
    }
    // Checked last, so that only events signed by Stripe are refused because of a clock.
    let age = now.duration_since(header.time);
    if age > TOLERANCE {
        Err(Refusal::Stale)
    } else if age < -TOLERANCE {
        Err(Refusal::Early)
    } else {
        Ok(())
    }
}

/// Parsed header: `t=…,v1=…`, and possibly more signatures.
struct Header<'a> {
    parts: &'a [u8],
    /// Time exactly as written, because that is what was signed.
    written_time: &'a [u8],
    time: Timestamp,
}

impl<'a> Header<'a> {
    /// Parses parts `name=value`, separated by commas: exactly one time, at least one `v1`.
    fn parse(header: &'a [u8]) -> Option<Self> {
        if header.len() > LONGEST_HEADER || !header.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let (mut times, mut is_signed) = (None, false);
        for part in parts(header) {
            if let Some(time) = part.strip_prefix(b"t=") {
                // With two times it is unclear which one was signed.
                if times.replace(time).is_some() {
                    return None;
                }
            } else if part.starts_with(b"v1=") {
                is_signed = true;
            } else if !part.contains(&b'=') {
                return None;
            }
        }
        let written_time = times.filter(|_| is_signed)?;
        Some(Self { parts: header, written_time, time: moment(written_time)? })
    }

    /// True if one of the signatures was made with this secret.
    fn is_by(&self, secret: &Key, body: &[u8]) -> bool {
        let mut context = Context::with_key(secret);
        context.update(self.written_time);
        context.update(b".");
        context.update(body);
        let expected = hexadecimal(context.sign().as_ref());
        // Malformed signatures equal none.
        parts(self.parts)
            .filter_map(|part| part.strip_prefix(b"v1="))
            .any(|signature| verify_slices_are_equal(signature, &expected).is_ok())
    }
}

fn parts(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    header.split(|byte| *byte == b',')
}

/// Parses a time: digits only, of limited length.
fn moment(written: &[u8]) -> Option<Timestamp> {
    let is_number = written.len() <= LONGEST_TIME && written.iter().all(u8::is_ascii_digit);
    let seconds = std::str::from_utf8(written).ok().filter(|_| is_number)?.parse().ok()?;
    Timestamp::from_second(seconds).ok()
}

/// Encodes bytes in lower-case hexadecimal digits, as Stripe does.
fn hexadecimal(bytes: &[u8]) -> [u8; SIGNATURE_LENGTH] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    let mut text = [0; SIGNATURE_LENGTH];
    for (place, byte) in text.chunks_exact_mut(2).zip(bytes) {
        place.copy_from_slice(&[digit(byte >> 4), digit(byte & 0xf)]);
    }
    text
}

#[cfg(test)]
mod tests;

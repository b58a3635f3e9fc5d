//! What the ledger keeps of a secret that somebody else gave: sealed where it must be had again, a keyed hash where comparing
//! will do. Both under keys that follow from `LEDGER_SECRET`, and of no use for another contest or field.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::id::{hex, unhex};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Bytes of a nonce: so many that random ones do not meet.
pub const NONCE: usize = 24;

/// A secret that only the deployment can open. Hexadecimal.
pub fn seal(ledger_secret: &[u8], place: &[&str], nonce: [u8; NONCE], secret: &str) -> Option<String> {
    let payload = Payload { msg: secret.as_bytes(), aad: &framed(place) };
    let sealed = cipher(ledger_secret)?.encrypt(&XNonce::from(nonce), payload).ok()?;
    Some(hex(&[nonce.as_slice(), &sealed].concat()))
}

/// What was sealed in this very place; `None` if it was not, or under another `LEDGER_SECRET`.
pub fn open(ledger_secret: &[u8], place: &[&str], sealed: &str) -> Option<String> {
    let bytes = unhex(sealed)?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: sealed, aad: &framed(place) };
    let secret = cipher(ledger_secret)?.decrypt(&XNonce::from(*nonce), payload).ok()?;
    String::from_utf8(secret).ok()
}

/// What a secret is compared by. Hexadecimal.
pub fn mark(ledger_secret: &[u8], place: &[&str], secret: &str) -> Option<String> {
    Some(hex(&marking(ledger_secret, place, secret)?.finalize().into_bytes()))
}

/// Is it the secret of this mark? The time it takes tells nothing.
pub fn is_marked(ledger_secret: &[u8], place: &[&str], secret: &str, mark: &str) -> bool {
    let mac = marking(ledger_secret, place, secret);
    mac.zip(unhex(mark)).is_some_and(|(mac, mark)| mac.verify_slice(&mark).is_ok())
}

/// Is this the HMAC-SHA-256 of the parts under the key? The time it takes tells nothing.
pub fn is_signed(key: &[u8], parts: &[&[u8]], signature: &[u8]) -> bool {
    hashing(key, parts).is_some_and(|mac| mac.verify_slice(signature).is_ok())
}

/// The HMAC-SHA-256 of the parts under a key.
pub fn sign(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    hashing(key, parts).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
}

fn cipher(ledger_secret: &[u8]) -> Option<XChaCha20Poly1305> {
    let key = hashing(ledger_secret, &[b"seal"])?.finalize().into_bytes();
    XChaCha20Poly1305::new_from_slice(&key).ok()
}

fn marking(ledger_secret: &[u8], place: &[&str], secret: &str) -> Option<Hmac<Sha256>> {
    hashing(ledger_secret, &[b"mark", &framed(place), secret.as_bytes()])
}

fn hashing(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac)
}

/// The parts, each with its length before it, so that nothing moves between them.
fn framed(place: &[&str]) -> Vec<u8> {
    let part = |part: &&str| {
        [&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes(), part.as_bytes()].concat()
    };
    place.iter().flat_map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_own_place_only() {
        let (key, place) = (b"ledger".as_slice(), ["demo", "stripe"]);
        let sealed = seal(key, &place, [7; NONCE], "whsec_1").unwrap();
        assert!(!sealed.contains("whsec") && !sealed.contains(&hex(b"whsec_1")));
        assert_eq!(open(key, &place, &sealed).as_deref(), Some("whsec_1"));
        let mut broken = sealed.clone();
        broken.replace_range(50..51, if sealed.as_bytes()[50] == b'0' { "1" } else { "0" });
        for (key, place, sealed) in [
            (key, ["other", "stripe"], sealed.as_str()),
            (key, ["demo", "shopify"], &sealed),
            (key, ["demos", "tripe"], &sealed),
            (b"another", place, &sealed),
            (key, place, &broken),
            (key, place, &sealed[..46]),
            (key, place, "not hexadecimal"),
            (key, place, ""),
        ] {
            assert_eq!(open(key, &place, sealed), None, "{place:?} {sealed}");
        }
        assert_ne!(seal(key, &place, [8; NONCE], "whsec_1").unwrap(), sealed);
    }

    /// If it changes, every secret in every store has to be set again.
    #[test]
    fn a_seal_and_a_mark_are_what_they_always_were() {
        let place = ["demo", "stripe"];
        let sealed = seal(b"ledger", &place, [7; NONCE], "whsec_1").unwrap();
        assert_eq!(
            sealed,
            "0707070707070707070707070707070707070707070707071daaa5228455995c0ee24838c622bb9d0c1bf1fc7024fd"
        );
        assert_eq!(
            mark(b"ledger", &place, "secret").unwrap(),
            "c749c6fdbe4396157c7b419ebb8c477877e30131d8808bccafcd077f3d8f2692"
        );
    }

    #[test]
    fn a_mark_tells_one_secret_from_every_other() {
        let place = ["demo", "webhook"];
        let mark = mark(b"ledger", &place, "secret").unwrap();
        assert!(is_marked(b"ledger", &place, "secret", &mark));
        for (key, place, secret, mark) in [
            (b"ledger".as_slice(), place, "Secret", mark.as_str()),
            (b"ledger", ["other", "webhook"], "secret", &mark),
            (b"another", place, "secret", &mark),
            (b"ledger", place, "secret", &mark[..62]),
            (b"ledger", place, "secret", ""),
            (b"ledger", place, "", &mark),
        ] {
            assert!(!is_marked(key, &place, secret, mark), "{place:?} {secret}");
        }
    }
}

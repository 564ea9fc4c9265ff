//! A push message that only the browser can read: RFC 8291 over the content coding `aes128gcm`
//! (RFC 8188), one record. The push service between us and the browser sees its length alone.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};

/// The most that a push service must take is 4,096 bytes (RFC 8030, 7.2): header 86, tag 16, mark 1.
pub const MOST: usize = 4096 - 86 - 16 - 1;

/// An uncompressed point of P-256.
pub(super) const POINT: usize = 65;
/// The browser's secret.
pub(super) const SECRET: usize = 16;
const SALT: usize = 16;

/// Seals `words` for the browser whose key and secret these are. `None`: the key is no point of the
/// curve, or the words are too long.
pub(super) fn seal(words: &[u8], browser: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let random = SystemRandom::new();
    let mut salt = [0; SALT];
    random.fill(&mut salt).ok()?;
    let ours = EphemeralPrivateKey::generate(&ECDH_P256, &random).ok()?;
    let public = ours.compute_public_key().ok()?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, browser);
    agree_ephemeral(ours, &theirs, |shared| {
        sealed(words, shared, (browser, secret), public.as_ref(), salt)
    })
    .ok()
    .flatten()
}

/// The same with everything given: what RFC 8291, appendix A, computes by hand.
fn sealed(
    words: &[u8],
    shared: &[u8],
    (browser, secret): (&[u8], &[u8]),
    ours: &[u8],
    salt: [u8; SALT],
) -> Option<Vec<u8>> {
    if words.len() > MOST || browser.len() != POINT || secret.len() != SECRET {
        return None;
    }
    let input: [u8; 32] = drawn(secret, shared, &[b"WebPush: info\0", browser, ours])?;
    let key: [u8; 16] = drawn(&salt, &input, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = drawn(&salt, &input, &[b"Content-Encoding: nonce\0"])?;

    // One record, which is the last: the mark 2 follows the words.
    let mut record = words.to_vec();
    record.push(2);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record).ok()?;

    let mut body = salt.to_vec();
    body.extend_from_slice(&4096_u32.to_be_bytes());
    body.push(u8::try_from(ours.len()).ok()?);
    body.extend_from_slice(ours);
    body.extend_from_slice(&record);
    Some(body)
}

/// HKDF-SHA256, as many bytes as are wanted.
fn drawn<const N: usize>(salt: &[u8], input: &[u8], info: &[&[u8]]) -> Option<[u8; N]> {
    let mut out = [0; N];
    let key = Salt::new(HKDF_SHA256, salt).extract(input);
    key.expand(info, Length(N)).ok()?.fill(&mut out).ok()?;
    Some(out)
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        BASE64.decode(text).unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_rfcs_own_example_comes_out() {
        let browser = bytes(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        let ours = bytes(
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        );
        let shared = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let secret = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let salt: [u8; 16] = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let words = b"When I grow up, I want to be a watermelon";
        let body = sealed(words, &shared, (&browser, &secret), &ours, salt).unwrap();
        assert_eq!(
            BASE64.encode(body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc\
             InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVW\
             GNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn what_does_not_fit_is_not_sealed() {
        let browser = bytes(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        let full = seal(&[b'x'; MOST], &browser, &[0; 16]).unwrap();
        assert_eq!(full.len(), 4096);
        assert_eq!(seal(&[b'x'; MOST + 1], &browser, &[0; 16]), None);
        assert_eq!(seal(b"x", &browser, &[0; 15]), None);
        assert_eq!(seal(b"x", &[4; POINT], &[0; 16]), None, "no point of the curve");
        assert_ne!(seal(b"x", &browser, &[0; 16]), seal(b"x", &browser, &[0; 16]));
    }
}

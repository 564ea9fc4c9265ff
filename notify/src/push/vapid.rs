//! Who sends: a signed statement for each push service (RFC 8292), and the key pair for it in the
//! form in which every push library prints it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use reqwest::Url;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;

use super::PushSetupError;

/// A statement is good for so long, seconds; the RFC allows a day.
const GOOD_FOR: u64 = 12 * 60 * 60;

/// The key pair that signs, and whom a push service may write to.
pub(super) struct Vapid {
    pair: EcdsaKeyPair,
    public: String,
    contact: String,
}

impl Vapid {
    pub(super) fn new(public: &str, private: &str, contact: &str) -> Result<Self, PushSetupError> {
        let raw = |text: &str| BASE64.decode(text.trim().trim_end_matches('='));
        let (Ok(point), Ok(secret)) = (raw(public), raw(private)) else {
            return Err(PushSetupError::BadKeys);
        };
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let random = SystemRandom::new();
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, &secret, &point, &random)
                .map_err(|_| PushSetupError::BadKeys)?;
        let fine = contact.strip_prefix("mailto:").is_some_and(|rest| rest.contains('@'))
            || crate::clean::web_link(contact).is_some_and(|url| url.scheme() == "https");
        if !fine {
            return Err(PushSetupError::BadContact(contact.to_owned()));
        }
        Ok(Self { pair, public: BASE64.encode(point), contact: contact.to_owned() })
    }

    /// The public key, for browsers that subscribe.
    pub(super) fn public(&self) -> &str {
        &self.public
    }

    /// The `Authorization` of a request to this address at this moment (Unix seconds).
    pub(super) fn authorization(&self, endpoint: &Url, now: u64) -> Option<String> {
        let head = json!({"typ": "JWT", "alg": "ES256"});
        let claims = json!({
            "aud": endpoint.origin().ascii_serialization(),
            "exp": now + GOOD_FOR,
            "sub": self.contact,
        });
        let said =
            format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
        let signed = self.pair.sign(&SystemRandom::new(), said.as_bytes()).ok()?;
        Some(format!("vapid t={said}.{}, k={}", BASE64.encode(signed.as_ref()), self.public))
    }
}

/// A new key pair: public, private.
#[must_use]
pub fn new_keys() -> Option<(String, String)> {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).ok()?;
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).ok()?;
    let public = pair.public_key().as_ref();
    // PKCS#8 of RFC 5915: an OCTET STRING of 32 bytes after the inner version 1.
    let mark = [0x02, 0x01, 0x01, 0x04, 0x20];
    let at = document.as_ref().windows(mark.len()).position(|part| part == mark)? + mark.len();
    let secret = document.as_ref().get(at..at + 32)?;
    // The library proves that the two belong together.
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, secret, public, &random).ok()?;
    Some((BASE64.encode(public), BASE64.encode(secret)))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_statement_is_for_one_service_for_half_a_day() {
        let (public, private) = new_keys().unwrap();
        let vapid = Vapid::new(&public, &private, "mailto:truc-ban@tinh.example").unwrap();
        let endpoint = Url::parse("https://push.example:8443/send/abc?x=1").unwrap();
        let header = vapid.authorization(&endpoint, 1_700_000_000).unwrap();
        let rest = header.strip_prefix("vapid t=").unwrap();
        let (token, key) = rest.split_once(", k=").unwrap();
        assert_eq!(key, public);
        let (said, signature) = token.rsplit_once('.').unwrap();
        let point = BASE64.decode(&public).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(said.as_bytes(), &BASE64.decode(signature).unwrap())
            .unwrap();
        let claims = BASE64.decode(said.split_once('.').unwrap().1).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["aud"], "https://push.example:8443");
        assert_eq!(claims["exp"], 1_700_043_200);
        assert_eq!(claims["sub"], "mailto:truc-ban@tinh.example");
    }

    #[test]
    fn keys_that_do_not_belong_together_are_refused() {
        let (public, private) = new_keys().unwrap();
        let (other, _) = new_keys().unwrap();
        let bad = |public: &str, private: &str, contact: &str| {
            Vapid::new(public, private, contact).err().unwrap()
        };
        assert_eq!(bad(&other, &private, "mailto:a@b.example"), PushSetupError::BadKeys);
        assert_eq!(bad("???", &private, "mailto:a@b.example"), PushSetupError::BadKeys);
        let contact = bad(&public, &private, "http://a.example");
        assert_eq!(contact, PushSetupError::BadContact("http://a.example".to_owned()));
    }
}

//! The keys to which bundles are encrypted, derived from the keys with which devices sign (ADR 0014).

use age::x25519;
use bech32::{Bech32, Hrp};
use cotmoc_core::journal::{DeviceKey, SigningKey};
use ed25519_dalek::VerifyingKey;
use zeroize::Zeroizing;

use super::error::BundleError;

const RECIPIENT: Hrp = Hrp::parse_unchecked("age");
const IDENTITY: Hrp = Hrp::parse_unchecked("age-secret-key-");

/// The X25519 recipient of an Ed25519 key.
///
/// # Errors
/// [`BundleError::BadRecipient`] for a key that is no point of the curve, or one of the few with which
/// everybody would share the secret.
pub(super) fn recipient_of(key: &DeviceKey) -> Result<x25519::Recipient, BundleError> {
    let bad = || BundleError::BadRecipient(*key);
    let point = VerifyingKey::from_bytes(&key.0).map_err(|_| bad())?;
    if point.is_weak() {
        return Err(bad());
    }
    // age takes keys in their written form only.
    let written = bech32::encode::<Bech32>(RECIPIENT, point.to_montgomery().as_bytes());
    written.map_err(|_| bad())?.parse().map_err(|_| bad())
}

/// The X25519 identity of an Ed25519 key.
///
/// # Errors
/// [`BundleError::BadRecipient`] when age does not take it, which does not happen to keys of this program.
pub(super) fn identity_of(key: &SigningKey) -> Result<x25519::Identity, BundleError> {
    let bad = || BundleError::BadRecipient(key.device());
    let seed = Zeroizing::new(key.seed());
    let scalar = Zeroizing::new(ed25519_dalek::SigningKey::from_bytes(&seed).to_scalar_bytes());
    let written = bech32::encode_upper::<Bech32>(IDENTITY, scalar.as_slice());
    let written = Zeroizing::new(written.map_err(|_| bad())?);
    written.parse().map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_halves_of_a_key_give_the_two_halves_of_one_age_key() {
        for number in 0..50 {
            let key = SigningKey::from_seed(&[number; 32]);
            let identity = identity_of(&key).unwrap();
            assert_eq!(identity.to_public(), recipient_of(&key.device()).unwrap());
        }
    }

    #[test]
    fn keys_of_small_order_and_bytes_that_are_no_key_are_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        let mut no_point = [0; 32];
        no_point[0] = 2;
        for bytes in [[0; 32], one, no_point] {
            let key = DeviceKey(bytes);
            assert!(
                matches!(recipient_of(&key), Err(BundleError::BadRecipient(bad)) if bad == key),
                "{key}"
            );
        }
    }
}

//! A keeper's fingerprint on the network. People compare it in groups of four; the name of a host has no spaces.

/// Digits of a fingerprint.
const DIGITS: usize = 16;

/// As it is said on the network.
pub(crate) fn said(fingerprint: &str) -> String {
    fingerprint.split(' ').collect()
}

/// As people compare it, of what somebody said on the network; nothing when that is no fingerprint.
pub(crate) fn heard(said: &str) -> Option<String> {
    if said.len() != DIGITS || !said.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let groups = said.as_bytes().chunks(4).map(String::from_utf8_lossy);
    Some(groups.collect::<Vec<_>>().join(" ").to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use cotmoc_core::journal::DeviceKey;

    use super::*;

    #[test]
    fn a_fingerprint_is_heard_as_it_was_said() {
        let fingerprint = DeviceKey([7; 32]).fingerprint();
        assert_eq!(heard(&said(&fingerprint)), Some(fingerprint.clone()));
        assert_eq!(heard(&said(&fingerprint).to_uppercase()), Some(fingerprint));
    }

    #[test]
    fn what_is_no_fingerprint_is_not_heard() {
        for said in [
            "",
            "cf3b8b833b88ade",
            "cf3b8b833b88adeaa",
            "cf3b8b833b88adeg",
            "cf3b8b833b88adeạ",
            // As many bytes as a fingerprint has.
            "cf3b8b833b88aạ",
        ] {
            assert_eq!(heard(said), None, "{said:?}");
        }
    }
}

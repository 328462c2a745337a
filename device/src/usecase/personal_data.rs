//! The warning before a text is saved, because the journal keeps everything; and what is never taken.

use cotmoc_core::text::personal_data::{SuspicionKind, suspicions};

use crate::contract::Problem;

/// Warns of personal data in one text unless the person has seen the warning. A mark of secrecy is found
/// wherever it stands, also behind personal data that the person has decided to keep, and no confirmation
/// lets it through.
///
/// # Errors
/// `personal_data`, `secrecy_mark`.
pub(crate) fn check_one(property: &str, text: &str, seen: bool) -> Result<(), Problem> {
    let found = suspicions(text);
    if let Some(mark) = found.iter().find(|found| found.kind == SuspicionKind::SecretMark) {
        return Err(Problem::new("secrecy_mark")
            .with("excerpt", &mark.excerpt)
            .with("property", property));
    }
    match found.first() {
        Some(found) if !seen => Err(Problem::new("personal_data")
            .with("excerpt", &found.excerpt)
            .with("kind", kind_name(found.kind))
            .with("property", property)),
        _ => Ok(()),
    }
}

/// The contract's word for a suspicion.
pub(crate) fn kind_name(kind: SuspicionKind) -> &'static str {
    match kind {
        SuspicionKind::PersonName => "person_name",
        SuspicionKind::CitizenNumber => "citizen_number",
        SuspicionKind::OldIdentityNumber => "old_id_number",
        SuspicionKind::Phone => "phone",
        SuspicionKind::Email => "email",
        SuspicionKind::SecretMark => "secrecy_mark",
    }
}

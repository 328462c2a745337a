//! The one place where errors become problems that cross a door. The cause goes to the log.

use std::fmt::Display;

use cotmoc_core::access::Refusal;
use cotmoc_core::exchange::InvitationError;
use cotmoc_core::record::EditError;
use cotmoc_ledger::{KeeperError, LedgerError};

use crate::contract::Problem;

/// A fault of the program: the log has the cause.
pub(crate) fn internal(error: &dyn Display) -> Problem {
    tracing::error!(error.message = %error, "internal fault");
    Problem::new("internal")
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::InUse(process) => Self::new("home_in_use").with("process", process),
            LedgerError::PassphraseNeeded => Self::new("passphrase_needed"),
            LedgerError::WrongPassphrase => Self::new("wrong_passphrase"),
            LedgerError::DamagedKey(cause) => {
                tracing::error!(error.message = %cause, "damaged key file");
                Self::new("damaged_key")
            }
            LedgerError::Keeper(error) => error.into(),
            LedgerError::DamagedDatabase(cause) => {
                tracing::error!(error.message = %cause, "damaged database");
                Self::new("damaged_database")
            }
            LedgerError::DamagedRecord(record) => Self::new("damaged_record").with("record", record),
            LedgerError::DiskFull => Self::new("disk_full"),
            LedgerError::ReadOnly => Self::new("home_read_only"),
            LedgerError::NotAllowed => Self::new("home_not_allowed"),
            LedgerError::NotAFolder => Self::new("home_not_a_folder"),
            LedgerError::Busy => Self::new("store_busy"),
            LedgerError::DiskFails(cause) => {
                tracing::error!(error.message = %cause, "the disk fails");
                Self::new("disk_fails")
            }
            LedgerError::Newer(version) => Self::new("newer_store").with("version", version),
            LedgerError::NoRecord(record) => Self::new("no_record").with("record", record),
            LedgerError::MediaFull { held, quota } => {
                Self::new("media_full").with("held", held).with("quota", quota)
            }
            LedgerError::Refused(refusal) => refusal.into(),
            LedgerError::Edit(error) => error.into(),
            LedgerError::NoBlob(_)
            | LedgerError::Gauntlet(_)
            | LedgerError::Io(_)
            | LedgerError::Database(_) => internal(&error),
        }
    }
}

impl From<KeeperError> for Problem {
    fn from(error: KeeperError) -> Self {
        tracing::warn!(error.message = %error, "the system's keyring");
        Self::new(match error {
            KeeperError::Absent | KeeperError::Failed(_) => "keyring_absent",
            KeeperError::Locked => "keyring_locked",
            KeeperError::NoEntry | KeeperError::OtherKey => "keyring_no_entry",
        })
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotEnrolled => Self::new("not_enrolled"),
            Refusal::Revoked => Self::new("device_revoked"),
            Refusal::TooLarge => Self::new("too_long").with("property", "").with("cap", 131_072),
            Refusal::RoleMayNotWrite | Refusal::OutsideScope | Refusal::NotYourSlot | Refusal::WrongScope => {
                Self::new("role_may_not").with("reason", refusal.name())
            }
            Refusal::Fork => Self::new("store_copied"),
            Refusal::BadShape
            | Refusal::BadChange
            | Refusal::Harmful
            | Refusal::UnknownKind
            | Refusal::BadAct
            | Refusal::Malformed => Self::new("change_not_valid").with("reason", refusal.name()),
        }
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        match error {
            EditError::TooLong { property, cap } => {
                Self::new("too_long").with("property", property).with("cap", cap)
            }
            EditError::TooMany { property, most } => Self::new("too_many")
                .with("property", property)
                .with("most", most),
            EditError::TooLarge => Self::new("too_long").with("property", "").with("cap", 1_048_576),
            EditError::Property(_) | EditError::Automerge(_) => internal(&error),
        }
    }
}

impl From<InvitationError> for Problem {
    fn from(error: InvitationError) -> Self {
        Self::new(match error {
            InvitationError::NotOne => "invitation_not_one",
            InvitationError::Damaged => "invitation_damaged",
            InvitationError::Newer => "invitation_newer",
        })
    }
}

/// Errors of a query on this device's own tables.
pub(crate) fn query(error: rusqlite::Error) -> Problem {
    LedgerError::from(error).into()
}

//! The journal: entries, logs, signatures and receipts. It is the truth; every document is a cache of it.

mod entry;
mod keys;
mod own_log;
mod receipt;
mod scope;

pub use entry::{Entry, EntryKind, MAX_PAYLOAD, NewEntry, payload_hash};
pub use keys::{DeviceKey, Incarnation, LogId, Signature, SigningKey, actor_of, verify_log_head};
pub use own_log::{OwnLog, compare_own_log};
pub use receipt::{Receipt, ServerLife, SignedLife};
pub use scope::{Place, SCOPE_BYTES, Scope};

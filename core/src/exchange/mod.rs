//! The exchange: what travels, in which bytes, and when to try again.
//!
//! Both ends use these types, so they cannot drift. Every message carries a version; whatever route it
//! takes, a pack proves its own entries, so a courier needs no trust.

mod compress;
mod digest;
mod enrolment;
mod invitation;
mod message;
mod pack;
mod schedule;

pub use compress::{MAX_BODY, MAX_UNPACKED, shrink, unshrink};
pub use digest::SetDigest;
pub use enrolment::{Enrolled, EnrolmentProof, EnrolmentRequest, ServerProblem};
pub use invitation::{Invitation, InvitationError};
pub use message::{
    Answer, Cursor, Epoch, LogPosition, PROTOCOL_VERSION, Refused, Request, request_signature_valid,
};
pub use pack::{Item, MAX_RUN, Pack, PackedRecord, Payload, Run};
pub use schedule::{Next, Schedule, Trouble};

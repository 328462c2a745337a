//! The exchange: what travels, in which bytes, and when to try again.
//!
//! Both ends use these types, so they cannot drift. Every message carries a version; whatever route it
//! takes, a pack proves its own entries, so a courier needs no trust.

mod answer;
mod compare;
mod compress;
mod cursor;
mod digest;
mod enrolment;
mod fields;
mod invitation;
mod load;
mod pace;
mod pack;
mod parcel;
mod part;
mod request;
mod run;
mod schedule;

pub use answer::{Answer, LeftOut, Refused};
pub use compare::{Buckets, Compared, Differs, differences};
pub use compress::{MAX_BODY, MAX_UNPACKED, shrink, unshrink};
pub use cursor::{Cursor, Epoch, Head, LogPosition};
pub use digest::SetDigest;
pub use enrolment::{Enrolled, EnrolmentProof, EnrolmentRequest, ServerProblem};
pub use invitation::{Invitation, InvitationError};
pub use load::{Chunk, Load, MAX_CHUNK, MOST_CHUNKS, MOST_WANTED, Wanted};
pub use pace::Pace;
pub use pack::{Item, MAX_RUN, Pack, PackedRecord, Payload, Run};
pub use parcel::{Parcel, ParcelClaim};
pub use part::{Begun, Parts, RESUMABLE_FROM, Unfinished, write_part};
pub use request::{PROTOCOL_VERSION, Pages, Request, request_signature_valid};
pub use run::{Ending, Event, Lane, Plan, RunOfExchange, Step};
pub use schedule::{Next, Schedule, Trouble};

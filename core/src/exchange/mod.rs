//! The exchange: what travels, in which bytes, and when to try again.
//!
//! Both ends use these types, so they cannot drift. Every message carries a version; whatever route it
//! takes, a pack proves its own entries, so a courier needs no trust.

mod answer;
mod carried;
mod compare;
mod compress;
mod cursor;
mod digest;
mod enrolment;
mod fields;
mod hub_invitation;
mod invitation;
mod load;
mod pace;
mod pack;
mod parcel;
mod part;
mod request;
mod run;
mod schedule;
mod stick;

pub use answer::{Answer, LeftOut, MOST_WAITING, Refused};
pub use carried::{CarriedAnswer, carried_header, carried_name, read_carried_header};
pub use compare::{Buckets, Compared, Differs, differences};
pub use compress::{MAX_BODY, MAX_UNPACKED, shrink, unshrink};
pub use cursor::{Cursor, Epoch, Head, LogPosition};
pub use digest::SetDigest;
pub use enrolment::{Enrolled, EnrolmentProof, EnrolmentRequest, ServerProblem};
pub use hub_invitation::HubInvitation;
pub use invitation::{Invitation, InvitationError};
pub use load::{Chunk, Load, MAX_CHUNK, MOST_CHUNKS, MOST_WANTED, Wanted};
pub use pace::Pace;
pub use pack::{Item, MAX_RUN, Pack, PackedRecord, Payload, Run};
pub use parcel::{Parcel, ParcelClaim};
pub use part::{Begun, Parts, RESUMABLE_FROM, Unfinished, write_part};
pub use request::{PROTOCOL_VERSION, Pages, Request, request_signature_valid};
pub use run::{Ending, Event, Lane, Plan, RunOfExchange, Step};
pub use schedule::{Next, Schedule, Trouble};
pub use stick::{Holds, MOST_TAKEN, StickFrame, TAKEN_FIELD, TakenPart, read_taken, write_taken};

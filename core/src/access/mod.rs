//! Who may do what to which record: one function, used by device and server alike.
//!
//! A decision needs the roster of the province, the author of an entry and the place of the entry. It
//! never looks at record contents, at a clock or at who carried the entry.

mod decide;
mod refusal;
mod roster;

pub use decide::{Writing, may_receive, may_write, scopes_of};
pub use refusal::Refusal;
pub use roster::{
    Cut, DelegationRoster, FoundBranch, Grant, Holder, InvitationRecord, LogName, Role, Roster, RosterAct,
    RosterError, Standing, invitation_hash,
};

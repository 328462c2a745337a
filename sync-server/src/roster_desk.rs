//! The authority's desk: what administrators and compilers asked for by an entry in their roster log is
//! entered into the authority's log, and thereby in force.

use cotmoc_core::access::{Cut, Holder, Role, Roster, RosterAct};
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::{DeviceKey, MAX_PAYLOAD};
use cotmoc_ledger::{Author, Ledger, LedgerError, Write};

/// Longest validity of an invitation, milliseconds: as many days as the screens offer.
const LONGEST_VALIDITY: i64 = 60 * 86_400_000;

/// Answers every request that is not answered yet, in the order of arrival; call it while nothing else
/// writes to the journal. Whether the author may ask was decided when the request came in. A request that
/// cannot take effect is passed over; it stays unanswered. Returns how many were answered.
pub(crate) fn answer_requests(
    ledger: &Ledger,
    author: &Author,
    province: ProvinceId,
    now: i64,
) -> Result<usize, LedgerError> {
    let Some(mut roster) = ledger.roster(province) else {
        return Ok(0);
    };
    let scope = roster.scope();
    let mut writes = Vec::new();
    for (request, payload) in ledger.roster_requests(&scope, &author.device())? {
        if roster.answered.contains(&request) {
            continue;
        }
        let act = RosterAct::decode(&payload).filter(|act| makes_sense(&roster, act));
        let act = match act {
            Some(act) if chooses_among_nothing(ledger, &roster, &act)? => None,
            act => act,
        };
        let Some(act) = act.map(|act| act.answering(request)) else {
            continue;
        };
        let asked_at = ledger
            .origin_of_entry(&scope, &request)?
            .map_or(now, |(_, claimed_at)| claimed_at);
        let act = with_validity(with_cuts(ledger, act, province)?, asked_at, now);
        if act.encode().len() > MAX_PAYLOAD {
            tracing::error!(roster.request = %request.short(), "an act is larger than an entry may be");
            continue;
        }
        // The copy of the roster goes along, so that each request meets the ones before it.
        if roster.apply(&act, now).is_ok() {
            writes.push(Write::Act { scope, act });
        }
    }
    if !writes.is_empty() {
        ledger.write(author, now, &writes)?;
        tracing::info!(province.id = %province, roster.answered = writes.len(), "roster requests answered");
    }
    Ok(writes.len())
}

/// Enters the forks that are proven here and that nobody was told of; call it while nothing else writes to the
/// journal. Returns how many.
pub(crate) fn tell_of_forks(
    ledger: &Ledger,
    author: &Author,
    province: ProvinceId,
    now: i64,
) -> Result<usize, LedgerError> {
    let Some(scope) = ledger.roster(province).map(|roster| roster.scope()) else {
        return Ok(0);
    };
    let acts = ledger.forks_to_tell(province)?;
    if acts.is_empty() {
        return Ok(0);
    }
    tracing::warn!(province.id = %province, roster.forks = acts.len(), "forked logs");
    let writes: Vec<Write> = acts.into_iter().map(|act| Write::Act { scope, act }).collect();
    ledger.write(author, now, &writes)?;
    Ok(writes.len())
}

/// Roles work for the holder that their rights are made for; anything else would be a grant that
/// `core::access` gives no meaning to.
fn makes_sense(roster: &Roster, act: &RosterAct) -> bool {
    match act {
        RosterAct::Invited {
            invitation,
            role,
            holder,
            ..
        } => {
            let fits = match (role, holder) {
                (Role::Post, Holder::Unit(_)) => true,
                (Role::Member | Role::Secretary | Role::Head, Holder::Delegation(_, slot)) => *slot > 0,
                (Role::Compiler | Role::Administrator, Holder::Province) => true,
                _ => false,
            };
            fits && !roster.invitations.contains_key(invitation)
        }
        RosterAct::Revoked { device, .. } => *device != roster.authority,
        RosterAct::DelegationSet { .. } => true,
        RosterAct::ForkSettled { log, seq, .. } => log.log().is_some_and(|log| {
            // Whatever its own log holds, nobody else says which of the authority's acts count.
            log.device != roster.authority
                && log.scope.province == roster.province
                && roster.settled_fork(&log, *seq).is_none()
        }),
        RosterAct::Founded { .. } | RosterAct::Granted { .. } | RosterAct::ForkFound { .. } => false,
    }
}

/// A choice at a place where no fork is proven, or of an entry that is none of its branches: it would take out of
/// force whatever stands there, or will once stand there. One that comes before the proof waits for it.
fn chooses_among_nothing(ledger: &Ledger, roster: &Roster, act: &RosterAct) -> Result<bool, LedgerError> {
    let RosterAct::ForkSettled { log, seq, keep, .. } = act else {
        return Ok(false);
    };
    let Some(log) = log.log() else { return Ok(true) };
    let told = roster.found_forks.get(&log).and_then(|places| places.get(seq));
    if told.is_some_and(|branches| branches.iter().any(|branch| branch.hash == *keep)) {
        return Ok(false);
    }
    // A branch that came to light after the authority told of the fork.
    let proven = ledger.fork_at(&log, *seq)?;
    Ok(!proven.is_some_and(|fork| fork.branches.iter().any(|branch| branch.hash == *keep)))
}

/// An invitation is valid as long as its inviter said, counted by this clock from now on: an inviter whose clock
/// is years off must not make one that is dead, or one that lives for ever.
fn with_validity(mut act: RosterAct, asked_at: i64, now: i64) -> RosterAct {
    if let RosterAct::Invited { expires_at, .. } = &mut act {
        let validity = expires_at.saturating_sub(asked_at).min(LONGEST_VALIDITY);
        *expires_at = now.saturating_add(validity);
    }
    act
}

/// A revocation cuts at what is held of the device's logs at this moment.
fn with_cuts(ledger: &Ledger, act: RosterAct, province: ProvinceId) -> Result<RosterAct, LedgerError> {
    match act {
        RosterAct::Revoked {
            device,
            reason,
            asked,
            ..
        } => {
            let cuts = cuts_of(ledger, device, province)?;
            Ok(RosterAct::Revoked {
                device,
                reason,
                cuts,
                asked,
            })
        }
        act => Ok(act),
    }
}

fn cuts_of(ledger: &Ledger, device: DeviceKey, province: ProvinceId) -> Result<Vec<Cut>, LedgerError> {
    let logs = ledger.logs_of(device)?;
    let here = logs
        .into_iter()
        .filter(|(log, _, _)| log.scope.province == province);
    Ok(here.map(|(log, seq, hash)| Cut::of(&log, seq, hash)).collect())
}

//! What a revocation takes back at stores that heard of it late: entries beyond the cut that came by another route
//! were applied here and are set aside everywhere else.

use std::collections::BTreeSet;

use cotmoc_core::access::{Refusal, Roster, Standing};
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::{DeviceKey, EntryKind, Incarnation, LogId};
use cotmoc_core::record::Outcome;
use rusqlite::{Connection, Transaction, params};

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::media::forget_attachments;
use crate::own::{LifeReason, new_life};
use crate::receive::Received;
use crate::rows::{APPLIED, WAITING, log_by_row, uuid_of};
use crate::stored::settle_stored;
use crate::verdict::Rosters;

impl Ledger {
    /// Sets aside what stands here beyond the cuts of devices that these rosters revoke and the ones known before did
    /// not, or not as early. A device keeps what it wrote itself before it heard of its own revocation.
    pub(crate) fn cut_off(
        &self,
        transaction: &Transaction<'_>,
        rosters: &Rosters,
        received: &mut Received,
    ) -> Result<bool, LedgerError> {
        let mut records = BTreeSet::new();
        for (roster, _) in rosters.values().filter(|(_, changed)| *changed) {
            for device in self.newly_cut(roster) {
                records.extend(set_aside_beyond(transaction, roster, &device)?);
            }
        }
        for record in &records {
            self.make_again(transaction, *record)?;
        }
        let has_cut = !records.is_empty();
        received.records.extend(records);
        Ok(has_cut)
    }

    fn newly_cut(&self, roster: &Roster) -> Vec<DeviceKey> {
        let me = self.known_own().map(|own| own.device());
        self.with_roster(roster.province, |before| {
            let before =
                |device: &DeviceKey| before.and_then(|before| before.grants.get(device)?.cuts.as_ref());
            let cut = roster.grants.iter().filter(|(device, grant)| {
                Some(**device) != me && grant.cuts.is_some() && grant.cuts.as_ref() != before(device)
            });
            cut.map(|(device, _)| *device).collect()
        })
    }

    /// A new life, when changes of the present one wait because what they follow was taken back: the next change of
    /// the same actor would take their place in the document.
    pub(crate) fn life_after_waiting(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<Option<Incarnation>, LedgerError> {
        let Some(own) = self.known_own().map(|own| own.current()) else {
            return Ok(None);
        };
        let waits: bool = transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM entry JOIN log ON log.id = entry.log
                 WHERE standing = ?1 AND standing <> 0 AND device = ?2 AND incarnation = ?3 AND kind = ?4)",
            )?
            .query_row(
                params![
                    WAITING,
                    &own.device().0[..],
                    own.incarnation.0 as i64,
                    EntryKind::Change.code()
                ],
                |row| row.get(0),
            )?;
        if !waits {
            return Ok(None);
        }
        let life = new_life(transaction, None, LifeReason::Forked)?;
        // There is nothing for a person to do about it: nothing was copied.
        transaction.execute(
            "UPDATE life SET is_told = 1 WHERE incarnation = ?1",
            [life.0 as i64],
        )?;
        Ok(Some(life))
    }
}

/// Gives the records whose documents are to be made again.
fn set_aside_beyond(
    transaction: &Transaction<'_>,
    roster: &Roster,
    device: &DeviceKey,
) -> Result<BTreeSet<RecordId>, LedgerError> {
    let mut records = BTreeSet::new();
    let Some(grant) = roster.grants.get(device) else {
        return Ok(records);
    };
    for taken_in in taken_in_of(transaction, device)? {
        let log = log_by_row(transaction, taken_in.log_row)?;
        let is_beyond = log.scope.province == roster.province
            && grant.standing(&log, taken_in.seq) == Standing::BeyondCut;
        if !is_beyond {
            continue;
        }
        let revoked = Outcome::Refused(Refusal::Revoked);
        settle_stored(transaction, taken_in.position, revoked)?;
        match taken_in.kind {
            EntryKind::Attachment => {
                forget_attachments(transaction, taken_in.log_row, taken_in.seq..taken_in.seq + 1)?;
            }
            _ => drop(records.insert(taken_in.record)),
        }
        tell(&log, taken_in.seq);
    }
    Ok(records)
}

fn tell(log: &LogId, seq: u64) {
    tracing::info!(log.device = %log.device.fingerprint(), log.seq = seq, "an entry beyond the cut of a revocation was set aside");
}

/// A change or attachment that is applied or waits.
struct TakenIn {
    position: i64,
    log_row: i64,
    seq: u64,
    kind: EntryKind,
    record: RecordId,
}

fn taken_in_of(connection: &Connection, device: &DeviceKey) -> Result<Vec<TakenIn>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, entry.log AS log, seq, entry.kind AS kind, code FROM entry
         JOIN log ON log.id = entry.log JOIN record ON record.id = entry.record
         WHERE log.device = ?1 AND standing IN (?2, ?3) AND entry.kind IN (?4, ?5) ORDER BY position",
    )?;
    let mut rows = statement.query(params![
        &device.0[..],
        APPLIED,
        WAITING,
        EntryKind::Change.code(),
        EntryKind::Attachment.code()
    ])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(TakenIn {
            position: row.get("position")?,
            log_row: row.get("log")?,
            seq: row.get::<_, i64>("seq")? as u64,
            kind: EntryKind::from_code(row.get("kind")?).unwrap_or(EntryKind::Change),
            record: RecordId(uuid_of(&row.get::<_, Vec<u8>>("code")?)?),
        });
    }
    Ok(found)
}

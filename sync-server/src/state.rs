//! The open store of a server with the authorities of its provinces.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::{DeviceKey, Incarnation, SigningKey};
use cotmoc_ledger::{Author, Folder, GauntletProgram, KeyState, Ledger, NoIndex, Unlock};
use zeroize::Zeroizing;

use crate::attempts::Attempts;
use crate::carried::Carried;
use crate::error::ServerError;
use crate::founding::{new_incarnation, now};
use crate::gate::{Gate, Sender};
use crate::hub::HubSettings;
use crate::keeper::Kept;
use crate::limits::Limits;
use crate::parcels::Parcels;
use crate::roster_desk;
use crate::sights::Sights;
use crate::streams::Streams;
use crate::turns::Turns;

/// A server's store, open in this process.
#[derive(Debug)]
pub struct ServerState {
    ledger: Arc<Ledger>,
    /// Set when this is a device's store, and the server its hub.
    kept: Option<Kept>,
    authorities: RwLock<BTreeMap<ProvinceId, Arc<Author>>>,
    /// Held while the journal grows, so that what an answer says of it can be said of one moment.
    journal: Mutex<()>,
    /// Odd while a roster may be changing.
    roster_changes: AtomicU64,
    pub(crate) turns: Arc<Turns>,
    pub(crate) streams: Arc<Streams>,
    pub(crate) sights: Sights,
    pub(crate) attempts: Attempts,
    pub(crate) gate: Gate,
    pub(crate) parcels: Arc<Parcels>,
    pub(crate) carried: Arc<Carried>,
    pub(crate) limits: Limits,
}

/// Held while a roster may change.
#[derive(Debug)]
pub(crate) struct RosterTurn<'a> {
    _journal: MutexGuard<'a, ()>,
    changes: &'a AtomicU64,
}

impl Drop for RosterTurn<'_> {
    fn drop(&mut self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }
}

impl ServerState {
    /// Opens the store of a folder, making it when it is new, and answers what was asked of the authorities
    /// before the last stop.
    ///
    /// # Errors
    /// When another process has the folder open, its key does not open, or the store is damaged.
    pub fn open(
        home: &Path,
        gauntlet: GauntletProgram,
        passphrase: Option<&str>,
        limits: Limits,
    ) -> Result<Self, ServerError> {
        let folder = Folder::open(home, Unlock { passphrase })?;
        if folder.key_state()? == KeyState::Bare {
            tracing::warn!(
                "the key file is not wrapped by a passphrase: whoever reads the disk reads the records"
            );
        }
        let ledger = Ledger::open(folder, Arc::new(NoIndex), gauntlet)?;
        let state = Self::over(Arc::new(ledger), None, limits);
        for province in state.ledger.provinces() {
            let Some(author) = state.stored_authority(province)? else {
                continue;
            };
            {
                let _turn = state.roster_turn();
                roster_desk::answer_requests(&state.ledger, &author, province, now())?;
            }
            state.add_authority(province, author);
        }
        Ok(state)
    }

    /// The state of a hub over a device's open store.
    pub(crate) fn of_hub(settings: &HubSettings) -> Self {
        let kept = Kept {
            province: settings.province,
            device: settings.device,
            keeper: Arc::clone(&settings.keeper),
        };
        Self::over(Arc::clone(&settings.ledger), Some(kept), settings.limits.clone())
    }

    fn over(ledger: Arc<Ledger>, kept: Option<Kept>, limits: Limits) -> Self {
        let carried = Arc::new(Carried::new(ledger.folder().path(), limits.carried_on_disk));
        Self {
            ledger,
            kept,
            authorities: RwLock::default(),
            journal: Mutex::default(),
            roster_changes: AtomicU64::new(0),
            turns: Arc::default(),
            streams: Arc::default(),
            sights: Sights::default(),
            attempts: Attempts::new(limits.failures_per_minute),
            gate: Gate::new(&limits),
            parcels: Arc::new(Parcels::new(limits.parcels_in_memory)),
            carried,
            limits,
        }
    }

    /// The store.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The provinces that are founded here, with their names.
    pub fn provinces(&self) -> Vec<(ProvinceId, String)> {
        let authorities = self.authorities.read().unwrap_or_else(PoisonError::into_inner);
        let named = authorities.keys().filter_map(|province| {
            self.ledger.with_roster(*province, |roster| {
                let roster = roster.filter(|roster| roster.root_unit.is_some())?;
                Some((*province, roster.name.clone()))
            })
        });
        named.collect()
    }

    pub(crate) fn province_named(&self, name: &str) -> Option<ProvinceId> {
        self.provinces()
            .into_iter()
            .find(|(_, known)| known == name)
            .map(|(province, _)| province)
    }

    /// A province whose key came here without the act that founded it: the devices will bring that. One whose
    /// founding broke off here is none of them; nobody holds such an act.
    pub(crate) fn awaits_founding(&self) -> Result<Option<ProvinceId>, ServerError> {
        let founded: Vec<ProvinceId> = self.provinces().into_iter().map(|(id, _)| id).collect();
        let held: Vec<ProvinceId> = {
            let authorities = self.authorities.read().unwrap_or_else(PoisonError::into_inner);
            authorities.keys().copied().collect()
        };
        for province in held {
            if !founded.contains(&province) && self.ledger.meta(&begun_name(province))?.is_none() {
                return Ok(Some(province));
            }
        }
        Ok(None)
    }

    /// The province is being founded here.
    pub(crate) fn note_founding(&self, province: ProvinceId) -> Result<(), ServerError> {
        Ok(self.ledger.set_meta(&begun_name(province), &[1])?)
    }

    /// This store answers for the province.
    pub(crate) fn serves(&self, province: ProvinceId) -> bool {
        match &self.kept {
            Some(kept) => kept.province == province,
            None => self.authority(province).is_some(),
        }
    }

    /// Whose hub this is; nothing at a province's own server.
    pub(crate) fn kept(&self) -> Option<&Kept> {
        self.kept.as_ref()
    }

    /// As whom the memory for bodies counts a device that has a grant in some province of this store, be it revoked:
    /// one of which every grant was revoked still learns of that, and may hold no more than strangers do.
    pub(crate) fn sender(&self, device: &DeviceKey) -> Option<Sender> {
        let counts_as = |province| {
            self.ledger.with_roster(province, |roster| {
                let grant = roster?.grants.get(device)?;
                Some(match grant.cuts {
                    None => Sender::Device,
                    Some(_) => Sender::Stranger,
                })
            })
        };
        self.ledger.provinces().into_iter().filter_map(counts_as).min()
    }

    /// The authority of a province that is founded here.
    pub(crate) fn authority(&self, province: ProvinceId) -> Option<Arc<Author>> {
        self.authorities
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&province)
            .cloned()
    }

    pub(crate) fn add_authority(&self, province: ProvinceId, author: Author) {
        let mut authorities = self.authorities.write().unwrap_or_else(PoisonError::into_inner);
        authorities.insert(province, Arc::new(author));
    }

    pub(crate) fn store_authority(&self, province: ProvinceId, author: &Author) -> Result<(), ServerError> {
        self.ledger
            .set_meta(&seed_name(province), Zeroizing::new(author.key.seed()).as_slice())?;
        self.ledger
            .set_meta(&incarnation_name(province), &author.incarnation.0.to_le_bytes())?;
        Ok(())
    }

    /// A store restored from a backup has no incarnation: it goes on in a new one.
    fn stored_authority(&self, province: ProvinceId) -> Result<Option<Author>, ServerError> {
        let Some(seed) = self.ledger.meta(&seed_name(province))?.map(Zeroizing::new) else {
            return Ok(None);
        };
        let damaged = || cotmoc_ledger::LedgerError::DamagedDatabase("key of a province".to_owned());
        let seed: Zeroizing<[u8; 32]> = Zeroizing::new(seed.as_slice().try_into().map_err(|_| damaged())?);
        let key = SigningKey::from_seed(&seed);
        let incarnation = match self.ledger.meta(&incarnation_name(province))? {
            Some(bytes) => Incarnation(u64::from_le_bytes(bytes.try_into().map_err(|_| damaged())?)),
            None => {
                let incarnation = new_incarnation(now())?;
                self.ledger
                    .set_meta(&incarnation_name(province), &incarnation.0.to_le_bytes())?;
                incarnation
            }
        };
        Ok(Some(Author { key, incarnation }))
    }

    /// Held while entries come in.
    pub(crate) fn journal_turn(&self) -> MutexGuard<'_, ()> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held while a roster may change.
    pub(crate) fn roster_turn(&self) -> RosterTurn<'_> {
        let turn = self.journal_turn();
        self.roster_changes.fetch_add(1, Ordering::SeqCst);
        RosterTurn {
            _journal: turn,
            changes: &self.roster_changes,
        }
    }

    /// Names the rosters as they are; absent while one may be changing.
    pub(crate) fn roster_moment(&self) -> Option<u64> {
        let moment = self.roster_changes.load(Ordering::SeqCst);
        moment.is_multiple_of(2).then_some(moment)
    }
}

fn seed_name(province: ProvinceId) -> String {
    format!("authority.{province}.seed")
}

fn incarnation_name(province: ProvinceId) -> String {
    format!("authority.{province}.incarnation")
}

fn begun_name(province: ProvinceId) -> String {
    format!("authority.{province}.begun_here")
}

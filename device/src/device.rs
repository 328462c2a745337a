//! One profile of a machine, open: its store, its key, its exchange.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use cotmoc_core::access::{Grant, Holder, Role, Roster};
use cotmoc_core::id::{DelegationId, ProvinceId, RecordId};
use cotmoc_core::journal::{LogId, Scope};
use cotmoc_core::org::{Day, UnitId};
use cotmoc_ledger::{
    Folder, GauntletProgram, Ledger, LedgerError, OwnAuthor, Received, Unlock, Write, Written,
};

use crate::clock::{Clock, SystemClock, day_of};
use crate::contract::Problem;
use crate::contract::exchange::DeviceEvent;
use crate::contract::session::{ExchangeState, RoleName, Settings};
use crate::events::{EventListener, Events};
use crate::hub::Hubs;
use crate::keyring::KeyPlace;
use crate::link_cost::LinkCost;
use crate::stick::StickDesk;
use crate::store::list_indexes::{self, Away};
use crate::store::remote::Remote;
use crate::store::units::Units;
use crate::store::{DeviceIndex, held};
use crate::uploads::Uploads;

/// How to open a device.
pub struct DeviceOptions {
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// The program that checks foreign changes.
    pub gauntlet: GauntletProgram,
    /// Folder of this user outside the device's, by which a copy of the device is noticed; see
    /// [`Ledger::settle_in`].
    pub state: Option<PathBuf>,
}

impl DeviceOptions {
    /// The system's clock, and the running program as the checking process.
    ///
    /// # Errors
    /// When the operating system does not say which program is running.
    pub fn of_this_program() -> Result<Self, Problem> {
        let gauntlet = GauntletProgram::this_program().map_err(|error| crate::problems::internal(&error))?;
        Ok(Self {
            clock: Arc::new(SystemClock),
            gauntlet,
            state: crate::machine::state_folder(),
        })
    }
}

/// An open device.
pub struct Device {
    pub(crate) ledger: Arc<Ledger>,
    /// The key, and the incarnation as it is at the moment of asking.
    pub(crate) author: OwnAuthor,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Events,
    pub(crate) units: RwLock<Arc<Units>>,
    pub(crate) exchange_state: Mutex<ExchangeState>,
    /// Held for the length of one exchange: there is one at a time.
    pub(crate) exchanging: Mutex<()>,
    pub(crate) sticks: StickDesk,
    /// Indexes of lists that an exchange or an import spares for now.
    pub(crate) indexes_away: Away,
    /// A person asked the running exchange to stop.
    pub(crate) stop_exchange: Arc<AtomicBool>,
    /// Files that a door has taken.
    pub(crate) uploads: Uploads,
    /// The hub it keeps, and those it finds.
    pub(crate) hubs: Hubs,
    /// What the system says of the cost of its link.
    pub(crate) link_cost: LinkCost,
    /// Wakes the thread that exchanges by itself.
    pub(crate) wake: Mutex<Option<std::sync::mpsc::SyncSender<crate::sync::Wake>>>,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Device({:?})", self.ledger)
    }
}

/// Who this device is by its grant.
#[derive(Debug, Clone)]
pub(crate) struct Me {
    pub province: ProvinceId,
    pub province_name: String,
    pub root_unit: Option<UnitId>,
    pub grant: Grant,
}

impl Me {
    pub fn role(&self) -> Role {
        self.grant.role
    }

    pub fn role_name(&self) -> RoleName {
        role_name(self.grant.role)
    }

    /// The unit of a post.
    pub fn unit(&self) -> Result<UnitId, Problem> {
        match self.grant.holder {
            Holder::Unit(unit) => Ok(unit),
            _ => Err(Problem::new("role_may_not").with("reason", "not_a_unit")),
        }
    }

    /// The delegation and slot of a delegation's device.
    pub fn delegation(&self) -> Result<(DelegationId, u32), Problem> {
        match self.grant.holder {
            Holder::Delegation(delegation, slot) => Ok((delegation, slot)),
            _ => Err(Problem::new("role_may_not").with("reason", "not_a_delegation")),
        }
    }

    /// Refuses unless the role is one of `roles`.
    pub fn require(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.contains(&self.grant.role) {
            return Ok(());
        }
        let role = serde_json::to_value(self.role_name())
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned));
        Err(Problem::new("role_may_not").with("role", role.unwrap_or_default()))
    }

    pub fn province_scope(&self) -> Scope {
        Scope::province(self.province)
    }

    pub fn unit_scope(&self, unit: UnitId) -> Scope {
        Scope::unit(self.province, unit)
    }

    pub fn delegation_scope(&self, delegation: DelegationId) -> Scope {
        Scope::delegation(self.province, delegation)
    }
}

/// The contract's name of a role.
pub(crate) fn role_name(role: Role) -> RoleName {
    match role {
        Role::Post => RoleName::Post,
        Role::Member => RoleName::Member,
        Role::Secretary => RoleName::Secretary,
        Role::Head => RoleName::Head,
        Role::Compiler => RoleName::Compiler,
        Role::Administrator => RoleName::Administrator,
    }
}

/// The role of a contract's name.
pub(crate) fn role_of(name: RoleName) -> Role {
    match name {
        RoleName::Post => Role::Post,
        RoleName::Member => Role::Member,
        RoleName::Secretary => Role::Secretary,
        RoleName::Head => Role::Head,
        RoleName::Compiler => Role::Compiler,
        RoleName::Administrator => Role::Administrator,
    }
}

impl Device {
    /// Opens the device of a folder, making it when it is new: [`Device::open_keeping`] with
    /// [`KeyPlace::File`].
    ///
    /// # Errors
    /// As there.
    pub fn open(home: &Path, unlock: Unlock<'_>, options: DeviceOptions) -> Result<Self, Problem> {
        Self::open_keeping(home, unlock, options, KeyPlace::File)
    }

    /// Opens the device of a folder, making it when it is new. `keys` says where a new key goes; the key
    /// of an existing folder is found where it is.
    ///
    /// # Errors
    /// `home_in_use`, `passphrase_needed`, `wrong_passphrase`, `keyring_absent`, `keyring_locked`,
    /// `keyring_no_entry`, `damaged_key`, `damaged_database`, `newer_store` or `disk_full`. Nothing was
    /// changed then.
    pub fn open_keeping(
        home: &Path,
        unlock: Unlock<'_>,
        options: DeviceOptions,
        keys: KeyPlace,
    ) -> Result<Self, Problem> {
        let folder = Folder::open_kept(home, unlock, Some(keys.keeping()))?;
        let ledger = Ledger::open(folder, Arc::new(DeviceIndex), options.gauntlet)?;
        ledger.settle_in(options.state.as_deref(), options.clock.now())?;
        let author = ledger.own_author()?;
        let units = Arc::new(Units::load(&ledger)?);
        let device = Self {
            ledger: Arc::new(ledger),
            author,
            clock: options.clock,
            events: Events::default(),
            units: RwLock::new(units),
            exchange_state: Mutex::new(ExchangeState::Idle),
            exchanging: Mutex::new(()),
            sticks: StickDesk::default(),
            indexes_away: Away::default(),
            stop_exchange: Arc::new(AtomicBool::new(false)),
            uploads: Uploads::default(),
            hubs: Hubs::default(),
            link_cost: LinkCost::default(),
            wake: Mutex::new(None),
        };
        list_indexes::make_left_over(&device.ledger);
        // A start that ended in between must not leave what a person typed out of sight.
        device.count_what_came()?;
        device.write_owed_again()?;
        Ok(device)
    }

    /// Where the device's folder is.
    pub fn home(&self) -> &Path {
        self.ledger.folder().path()
    }

    /// News from now on.
    pub fn listen(&self) -> EventListener {
        self.events.listen()
    }

    /// The journal, for harnesses that compare stores.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The journal, for a hub that answers over it in this process.
    pub fn shared_ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.ledger)
    }

    /// This device's public key.
    pub fn key(&self) -> cotmoc_core::journal::DeviceKey {
        self.author.device()
    }

    /// The province it is enrolled in.
    pub fn province(&self) -> Option<ProvinceId> {
        self.me().ok().map(|me| me.province)
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    pub(crate) fn today(&self) -> Day {
        day_of(self.now())
    }

    /// The province this device has joined.
    pub(crate) fn remote(&self) -> Result<Option<Remote>, Problem> {
        Remote::load(&self.ledger)
    }

    /// Who this device is; a problem until it is enrolled.
    pub(crate) fn me(&self) -> Result<Me, Problem> {
        let remote = self.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
        let device = self.author.device();
        let found = self.ledger.with_roster(remote.province, |roster| {
            let roster: &Roster = roster?;
            let grant = roster.grants.get(&device)?.clone();
            let (province_name, root_unit) = (roster.name.clone(), roster.root_unit);
            Some(Me {
                province: remote.province,
                province_name,
                root_unit,
                grant,
            })
        });
        found.ok_or_else(|| Problem::new("not_enrolled"))
    }

    /// The units as known now.
    pub(crate) fn units(&self) -> Arc<Units> {
        self.units.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn reload_units(&self) -> Result<(), Problem> {
        let units = Arc::new(Units::load(&self.ledger)?);
        *self.units.write().unwrap_or_else(PoisonError::into_inner) = units;
        Ok(())
    }

    /// Settings of this profile.
    pub(crate) fn settings(&self) -> Result<Settings, Problem> {
        let stored = self.ledger.meta("settings")?;
        Ok(stored
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    /// Writes entries and everything that goes with them in one transaction; durable when it returns.
    pub(crate) fn write(&self, writes: &[Write]) -> Result<Written, Problem> {
        self.write_and_forget(writes, &[])
    }

    /// [`Device::write`] that also forgets the typing kept for some records.
    pub(crate) fn write_and_forget(
        &self,
        writes: &[Write],
        typing_of: &[RecordId],
    ) -> Result<Written, Problem> {
        let written =
            self.ledger
                .write_beside(&self.author.current(), self.now(), writes, |transaction| {
                    // Asked for here: while the writer is held no other life can begin.
                    let author = (self.author.device(), self.author.incarnation());
                    held::note_own_changes(transaction, author, writes)?;
                    for record in typing_of {
                        transaction.execute("DELETE FROM typing WHERE record = ?1", [record.to_string()])?;
                    }
                    Ok(())
                })?;
        if !written.entries.is_empty() {
            self.events.tell(&DeviceEvent::Changed {
                records: written.records.iter().map(RecordId::to_string).collect(),
                foreign: false,
            });
            self.wake(crate::sync::Wake::Edited);
        }
        Ok(written)
    }

    /// Writes again what own entries had changed that gave way to another branch of their log. Call it whenever
    /// entries have come in. Returns how many entries were written.
    pub(crate) fn write_owed_again(&self) -> Result<u64, Problem> {
        let again = self
            .ledger
            .write_again(self.now(), |transaction, author, writes| {
                // Entries that were taken back are neither confirmed nor owed any more.
                held::recount(transaction, author.device(), None)?;
                held::note_own_changes(transaction, (author.device(), author.incarnation), writes)
            })?;
        if again.left_out > 0 {
            tracing::warn!(
                entries = again.left_out,
                "some own entries are only with the proof of a fork"
            );
        }
        if !again.written.entries.is_empty() {
            self.events.tell(&DeviceEvent::Changed {
                records: again.written.records.iter().map(RecordId::to_string).collect(),
                foreign: false,
            });
            self.wake(crate::sync::Wake::Edited);
        }
        Ok(again.written.entries.len() as u64)
    }

    /// What came in just before the last end of the program may not have been counted: own entries are not confirmed
    /// because they are here, and a receipt for an entry that gave way says nothing.
    fn count_what_came(&self) -> Result<(), Problem> {
        let me = self.author.device();
        let unfitting = self
            .ledger
            .read(|connection| held::has_unfitting_receipts(connection).map_err(LedgerError::from))?;
        if unfitting {
            self.forget_unfitting_receipts()?;
        }
        let uncounted = held::uncounted_logs(&self.ledger, me)?;
        if !uncounted.is_empty() {
            self.ledger
                .write_local(|transaction| held::recount(transaction, me, Some(&uncounted)))?;
        }
        Ok(())
    }

    fn forget_unfitting_receipts(&self) -> Result<(), Problem> {
        let forgotten = self.ledger.write_local(|transaction| {
            held::forget_unfitting_receipts(transaction).map_err(LedgerError::from)
        });
        Ok(forgotten?)
    }

    /// Brings what is known of the own entries in step with what came in, and writes again what gave way in it.
    pub(crate) fn after_taking(&self, received: &Received) -> Result<(), Problem> {
        let me = self.author.device();
        if !received.taken_back.is_empty() {
            self.forget_unfitting_receipts()?;
        }
        let moved: BTreeSet<LogId> = received
            .grown
            .keys()
            .chain(&received.taken_back)
            .filter(|log| log.device == me)
            .copied()
            .collect();
        if !moved.is_empty() {
            self.ledger
                .write_local(|transaction| held::recount(transaction, me, Some(&moved)))?;
        }
        self.write_owed_again()?;
        Ok(())
    }

    pub(crate) fn wake(&self, wake: crate::sync::Wake) {
        if let Some(sender) = self.wake.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // A full queue means the thread has enough reasons to wake already.
            let _ = sender.try_send(wake);
        }
    }

    /// Short label of a device by its grant, for histories.
    pub(crate) fn label_of(
        &self,
        device: &cotmoc_core::journal::DeviceKey,
    ) -> (String, Option<RoleName>, String) {
        let Ok(Some(remote)) = self.remote() else {
            return (device.fingerprint(), None, String::new());
        };
        self.ledger
            .with_roster(remote.province, |roster| {
                let grant = roster?.grants.get(device)?;
                Some((
                    grant.label.clone(),
                    Some(role_name(grant.role)),
                    grant.holder_name.clone(),
                ))
            })
            .unwrap_or_else(|| (device.fingerprint(), None, String::new()))
    }

    /// An edit of one record.
    pub(crate) fn edit(
        scope: Scope,
        record: RecordId,
        kind: cotmoc_core::record::RecordKind,
        edits: Vec<cotmoc_core::record::Edit>,
    ) -> Write {
        Write::Edit {
            scope,
            record,
            kind,
            edits,
        }
    }
}

//! Bundles at the province: those of devices come in, and news, receipts and refusals go back on the stick.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cotmoc_core::exchange::{Holds, Load, Pack, Refused, StickFrame, TAKEN_FIELD, write_taken};
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::{DeviceKey, LogId, Place};
use cotmoc_core::org::Day;
use cotmoc_ledger::bundle::{
    BundleError, BundleHeader, BundleWriter, Extension, LARGEST_PART, MAX_RECIPIENTS, NewBundle, Watch,
    check, open,
};
use cotmoc_ledger::{Author, FillError, Filling, LedgerError, Owed, SetAsideGoes, Visible, note_holds};

use crate::error::ServerError;
use crate::founding::now;
use crate::receipts;
use crate::routes::{may_hold, take_in};
use crate::screening::screen;
use crate::state::ServerState;

/// What became of a file.
#[derive(Debug)]
pub enum BundleResult {
    /// It was taken in.
    Taken(TakenIn),
    /// It was not, and nothing of it: damaged, for others, or of no device that is known here.
    NotTaken(NotTaken),
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The container.
    #[error(transparent)]
    Bundle(BundleError),
    /// Its sender has no grant here, and the bundle does not bring the proof of one.
    #[error("the sender is not known: {0}")]
    UnknownSender(DeviceKey),
}

/// What a file brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenIn {
    /// Who wrote it.
    pub sender: DeviceKey,
    /// Its label in the roster.
    pub label: String,
    /// The province.
    pub province: ProvinceId,
    /// Entries that are new.
    pub entries: u64,
    /// Photos and files that are whole now.
    pub photos: u64,
}

/// What was written for devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsWritten {
    /// The files; safe to remove from here on.
    pub files: Vec<PathBuf>,
    /// Of all files.
    pub bytes: u64,
    /// Labels of the devices they are for.
    pub devices: Vec<String>,
    /// Entries in them.
    pub entries: u64,
    /// Receipts in them.
    pub receipts: u64,
}

/// Devices that may see the same.
struct Audience {
    devices: Vec<DeviceKey>,
    visible: Visible,
}

impl ServerState {
    /// Takes a bundle in that a device wrote for a province of this store. All of the file is checked before
    /// anything of it is taken.
    ///
    /// # Errors
    /// When the store fails; what is wrong with the file is said in the answer.
    pub fn import_bundle(&self, file: &Path) -> Result<BundleResult, ServerError> {
        match self.import(file) {
            Ok(taken) => Ok(BundleResult::Taken(taken)),
            Err(Fault::File(reason)) => Ok(BundleResult::NotTaken(reason)),
            Err(Fault::Store(error)) => Err(error.into()),
        }
    }

    fn import(&self, file: &Path) -> Result<TakenIn, Fault> {
        let part = check(file, &mut Watch::nobody())?;
        let header = part.header;
        let author = self.authority(header.province);
        let author = author.ok_or_else(|| BundleError::NotForUs(header.recipients.clone()))?;
        if !self.knows_sender(&author, file, &header)? {
            return Err(Fault::File(NotTaken::UnknownSender(header.sender)));
        }
        let mut taken = TakenIn {
            sender: header.sender,
            label: self.label_of(header.province, &header.sender),
            province: header.province,
            entries: 0,
            photos: 0,
        };
        let mut holds = Holds::default();
        let mut comes_again = false;
        for frame in open(file, &author.key)? {
            let frame = frame?;
            match read(frame.kind, &frame.bytes)? {
                StickFrame::Holds(said) => holds = said,
                StickFrame::Load(load) => comes_again |= self.take_load(&header, load, &mut taken)?,
                StickFrame::Newer => {}
            }
        }
        self.note_sender_holds(&header.sender, &holds)?;
        if !comes_again {
            // The list is read and written again: another part may be noted at the same time.
            let _turn = self.journal_turn();
            self.ledger().note_part_taken((header.id.0, header.number))?;
        }
        tracing::info!(
            bundle.id = %header.id,
            bundle.part = header.number,
            bundle.sender = %header.sender.fingerprint(),
            bundle.entries_new = taken.entries,
            "a bundle was taken in"
        );
        Ok(taken)
    }

    /// The sender has a grant, also one that a restored store learns of from the bundle itself: the authority's
    /// acts prove themselves.
    fn knows_sender(&self, author: &Author, file: &Path, header: &BundleHeader) -> Result<bool, Fault> {
        if self.has_grant(header) {
            return Ok(true);
        }
        for frame in open(file, &author.key)? {
            let frame = frame?;
            let StickFrame::Load(load) = read(frame.kind, &frame.bytes)? else {
                continue;
            };
            let mut acts = Pack {
                records: load.pack.records,
                runs: load.pack.runs,
            };
            acts.runs.retain(|run| {
                run.log.device == author.device()
                    && run.log.scope.place == Place::Roster
                    && run.log.scope.province == header.province
                    && run.is_whole()
            });
            if acts.runs.is_empty() {
                continue;
            }
            let _turn = self.roster_turn();
            self.ledger().receive(&acts)?;
            if self.has_grant(header) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has_grant(&self, header: &BundleHeader) -> bool {
        self.ledger().with_roster(header.province, |roster| {
            roster.is_some_and(|roster| roster.grants.contains_key(&header.sender))
        })
    }

    fn take_load(&self, header: &BundleHeader, load: Load, taken: &mut TakenIn) -> Result<bool, LedgerError> {
        let screened = screen(load.pack, header.province, self.limits.run_bytes, |scope| {
            may_hold(self, scope)
        });
        taken.entries += take_in(self, header.province, &screened)?.new_entries;
        let chunks = self.ledger().take_load_chunks(&load.chunks)?;
        taken.photos += chunks.completed;
        Ok(chunks.not_wanted > 0)
    }

    fn note_sender_holds(&self, sender: &DeviceKey, holds: &Holds) -> Result<(), LedgerError> {
        let mut agreed = Vec::new();
        for head in &holds.heads {
            let ours = self.ledger().hash_at(&head.log, head.seq)?;
            if ours.is_none_or(|hash| hash == head.hash) {
                agreed.push((head.log, head.seq));
            }
        }
        let peer = peer_of(sender);
        self.ledger().write_local(|transaction| {
            agreed
                .iter()
                .try_for_each(|(log, seq)| note_holds(transaction, &peer, log, *seq))
        })
    }

    /// Writes for devices what they are not known to hold, with receipts and refusals. Without names: for every
    /// device of which a bundle came.
    ///
    /// # Errors
    /// [`ServerError::NoDevice`], [`ServerError::Bundle`], or when the store fails. Nothing is left then of the
    /// bundle that failed.
    pub fn export_bundles(
        &self,
        province: ProvinceId,
        folder: &Path,
        names: &[String],
        with_originals: bool,
    ) -> Result<NewsWritten, ServerError> {
        let author = self.authority(province).ok_or(ServerError::NoProvince)?;
        let mut news = NewsWritten {
            files: Vec::new(),
            bytes: 0,
            devices: Vec::new(),
            entries: 0,
            receipts: 0,
        };
        for audience in self.audiences(province, names)? {
            let labels = audience.devices.iter().map(|key| self.label_of(province, key));
            news.devices.extend(labels);
            self.write_news(
                (province, &author),
                &audience,
                (folder, with_originals),
                &mut news,
            )?;
        }
        Ok(news)
    }

    fn audiences(&self, province: ProvinceId, names: &[String]) -> Result<Vec<Audience>, ServerError> {
        let roster = self.ledger().roster(province).ok_or(ServerError::NoProvince)?;
        let mut devices = Vec::new();
        if names.is_empty() {
            let known = self.ledger().peers_named(PEER)?;
            let keys = known
                .iter()
                .filter_map(|name| name.strip_prefix(PEER)?.parse().ok());
            devices.extend(keys.filter(|key| roster.grants.contains_key(key)));
        }
        for name in names {
            let named = roster.grants.iter().find(|(key, grant)| {
                grant.cuts.is_none() && (key.to_string() == *name || grant.label == name.trim())
            });
            let (key, _) = named.ok_or_else(|| ServerError::NoDevice(name.clone()))?;
            devices.push(*key);
        }
        let mut audiences: Vec<Audience> = Vec::new();
        for device in devices {
            let visible = self.ledger().visible_to(&roster, &device)?;
            let fits = |audience: &&mut Audience| {
                audience.visible == visible && audience.devices.len() < MAX_RECIPIENTS
            };
            match audiences.iter_mut().find(fits) {
                Some(audience) => audience.devices.push(device),
                None => audiences.push(Audience {
                    devices: vec![device],
                    visible,
                }),
            }
        }
        Ok(audiences)
    }

    fn write_news(
        &self,
        (province, author): (ProvinceId, &Author),
        audience: &Audience,
        (folder, originals): (&Path, bool),
        news: &mut NewsWritten,
    ) -> Result<(), ServerError> {
        // What is said of one moment must not move while it is read.
        let filling = {
            let _turn = self.journal_turn();
            self.filling(author, audience, originals)?
        };
        let in_file = |error| ServerError::Bundle(folder.display().to_string(), error);
        let new = NewBundle {
            province,
            province_short: "tinh",
            sender: &author.key,
            incarnation: author.incarnation,
            claimed_at: now(),
            day: Day::in_viet_nam(now()),
            recipients: &audience.devices,
            extensions: vec![Extension {
                tag: TAKEN_FIELD,
                bytes: write_taken(&self.ledger().parts_taken()?),
            }],
            max_part_bytes: LARGEST_PART,
        };
        let mut writer = BundleWriter::start(folder, new, Watch::nobody()).map_err(in_file)?;
        let filled = self
            .ledger()
            .fill_bundle(&mut writer, filling)
            .map_err(|error| match error {
                FillError::Ledger(error) => error.into(),
                FillError::Bundle(error) => in_file(error),
            })?;
        let written = writer.finish().map_err(in_file)?;
        news.files.extend(written.files);
        news.bytes += written.bytes;
        news.entries += filled.entries;
        news.receipts += filled.receipts;
        Ok(())
    }

    fn filling(&self, author: &Author, audience: &Audience, originals: bool) -> Result<Filling, LedgerError> {
        let ledger = self.ledger();
        let heads = ledger.heads(&audience.visible)?;
        let mut owed: BTreeMap<LogId, Owed> = BTreeMap::new();
        for device in &audience.devices {
            for one in ledger.owed(&peer_of(device), &audience.visible)? {
                // Its own work it has, unless it said itself that it holds less.
                if one.head.log.device == *device && one.held == 0 {
                    continue;
                }
                let known = owed.entry(one.head.log).or_insert(one);
                known.held = known.held.min(one.held);
            }
        }
        let theirs = heads
            .iter()
            .filter(|head| audience.devices.contains(&head.log.device));
        let theirs: BTreeMap<LogId, _> = theirs.map(|head| (head.log, (head.seq, head.hash))).collect();
        let mut refused = Vec::new();
        for (log, (seq, _)) in &theirs {
            let entries = ledger.refused_between(log, 1, *seq)?;
            refused.extend(
                entries
                    .into_iter()
                    .map(|(entry, reason)| Refused { entry, reason }),
            );
        }
        Ok(Filling {
            receipts: receipts::sign(ledger, author, &theirs)?,
            media_after: owed.iter().map(|(log, one)| (*log, one.held)).collect(),
            owed: owed.into_values().collect(),
            holds: Holds {
                heads,
                refused,
                cursor: Some(ledger.arrival()?),
                began: Some(ledger.life().began),
            },
            // As on any answer: what is set aside here goes by its hash.
            set_aside: SetAsideGoes::ByHash,
            originals,
        })
    }

    fn label_of(&self, province: ProvinceId, device: &DeviceKey) -> String {
        let label = self.ledger().with_roster(province, |roster| {
            roster.and_then(|roster| Some(roster.grants.get(device)?.label.clone()))
        });
        label.unwrap_or_else(|| device.fingerprint())
    }
}

/// In front of a device's key in the journal's list of peers.
const PEER: &str = "stick:";

fn peer_of(device: &DeviceKey) -> String {
    format!("{PEER}{device}")
}

fn read(kind: u8, bytes: &[u8]) -> Result<StickFrame, BundleError> {
    StickFrame::read(kind, bytes).map_err(|error| BundleError::Damaged(error.what))
}

/// Why an import ends.
enum Fault {
    File(NotTaken),
    Store(LedgerError),
}

impl From<BundleError> for Fault {
    fn from(error: BundleError) -> Self {
        Self::File(NotTaken::Bundle(error))
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self::Store(error)
    }
}

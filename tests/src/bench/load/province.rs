//! The province under load: a server process and hundreds of devices in this one, each with its own store, key, unit and
//! link.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cotmoc_core::exchange::Invitation;
use cotmoc_core::id::Hash32;
use cotmoc_core::media::BlobId;
use cotmoc_device::EventListener;
use cotmoc_device::contract::exchange::DeviceEvent;
use cotmoc_device::contract::session::ExchangeState;
use cotmoc_ledger::{Folder, Ledger, NoIndex, Unlock};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::shaped::{Link, Links, Shape};
use super::told::{LOG, Told};
use crate::bench::server_process::ServerProcess;
use crate::bench::workload::Chance;
use crate::fleet::{Player, first_desks, gauntlet, import, registration, unit};
use crate::photo::busy_photo;
use crate::progress::Progress;

/// Records over which a device spreads its edits.
const RECORDS: u64 = 5;
/// How often it is looked who is done.
const LOOK: Duration = Duration::from_millis(50);
/// A device that exchanged tells so; one whose word was missed is asked this often.
const ASK: Duration = Duration::from_secs(30);

/// What a device enters.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Edits of a field, each a group of its own.
    pub edits: u64,
    /// Photos.
    pub photos: u64,
}

/// The province.
pub struct Province {
    folder: TempDir,
    listen: SocketAddr,
    /// Its log so far is not of what is measured.
    heard: usize,
    server: Option<ServerProcess>,
    _links: Links,
    /// The devices.
    pub devices: Vec<Laden>,
    invitation: Invitation,
}

/// A device with its link.
pub struct Laden {
    player: Player,
    /// Between it and the server.
    pub link: Link,
    number: u64,
    entered: u64,
    photos: Vec<BlobId>,
    photo_bytes: u64,
    news: Option<EventListener>,
    asked: Instant,
}

/// What the server's store holds in the end, read from its files and not from anybody's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Entries of the devices that it has not.
    pub entries_lost: u64,
    /// Photos, and their thumbnails, that it has not byte for byte.
    pub files_lost: u64,
}

impl Province {
    /// Founds a province and enrols so many devices over clear links.
    ///
    /// # Errors
    /// When the server or a device cannot be started.
    pub fn open(count: u64) -> Result<Self> {
        let folder = TempDir::new()?;
        let listen = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let server = start(folder.path(), listen)?;
        let founding = server.founding_text()?;
        let (_, compiler) = first_desks(folder.path(), &founding, "scheme-son-la-2021")?;
        let report = import(&compiler, "units_json", units(count).to_string().as_bytes());
        ensure!(report["applied"] == true, "units: {report}");
        compiler.exchange();
        let links = Links::to(listen)?;
        let progress = Progress::begin(&format!("Load: {count} devices are enrolled"), count);
        let mut invited = Vec::new();
        for number in 0..count {
            let request = json!({ "role": "post", "unit": unit(&slug(number)), "valid_days": 7 });
            let made = compiler.call("enrolment.invite", request);
            let text = made["invitation"].as_str().context("invitation")?;
            invited.push((number, Invitation::from_text(text)?, links.link()?));
        }
        compiler.exchange();
        let invitation = Invitation::from_text(&founding)?;
        let mut devices = Vec::new();
        for (number, invitation, link) in invited {
            let home = folder.path().join(format!("device-{number}"));
            devices.push(Laden::enrol(&home, number, invitation, link)?);
            progress.step();
        }
        Ok(Self {
            folder,
            listen,
            heard: 0,
            server: Some(server),
            _links: links,
            devices,
            invitation,
        })
    }

    /// Where the server listens, and its key.
    pub fn server_address(&self) -> (SocketAddr, [u8; 32]) {
        (self.listen, self.invitation.tls_pin)
    }

    /// The running server.
    ///
    /// # Errors
    /// When it is stopped.
    pub fn server(&self) -> Result<&ServerProcess> {
        self.server.as_ref().context("the server is stopped")
    }

    /// A server process that has served nothing yet.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> Result<()> {
        self.server = None;
        self.heard = std::fs::read(log(self.folder.path()))?.len();
        self.server = Some(start(self.folder.path(), self.listen)?);
        Ok(())
    }

    /// What the server said since the last call or restart.
    ///
    /// # Errors
    /// When its log cannot be read.
    pub fn told(&mut self) -> Result<Told> {
        let log = log(self.folder.path());
        let told = Told::read(&log, self.heard)?;
        self.heard = std::fs::read(&log)?.len();
        Ok(told)
    }

    /// Bytes of all photos that were entered, without their thumbnails.
    pub fn photo_bytes(&self) -> u64 {
        self.devices.iter().map(|device| device.photo_bytes).sum()
    }

    /// Each of the first `count` devices enters what it is to carry. One that has begun before sends it by itself.
    ///
    /// # Errors
    /// When a store fails.
    pub fn enter(&mut self, count: usize, load: Load) -> Result<()> {
        let Load { edits, photos } = load;
        let progress = Progress::begin(
            &format!("Load: {edits} edits and {photos} photos are entered on each of {count}"),
            count as u64,
        );
        for device in self.devices.iter_mut().take(count) {
            device.enter(load)?;
            progress.step();
        }
        Ok(())
    }

    /// Lets all begin within this time, by themselves, each over its link, and waits until the province has
    /// acknowledged everything. Gives the seconds from each device's start until then, sorted; one that is not
    /// done after `longest` has none.
    ///
    /// # Errors
    /// When a device does not say how it stands.
    pub fn exchange_all(&mut self, within: Duration, longest: Duration) -> Result<Vec<f64>> {
        let mut starts: Vec<Duration> = (0..self.devices.len() as u64)
            .map(|number| {
                let part = (Chance::new(number + 77).draw() >> 11) as f64 / (1u64 << 53) as f64;
                within.mul_f64(part)
            })
            .collect();
        // The load begins with its first device.
        let first = starts.iter().min().copied().unwrap_or_default();
        starts.iter_mut().for_each(|start| *start -= first);
        self.wait_for_all(&starts, longest)
    }

    /// Waits until the province has acknowledged everything of the first `count` devices, which have begun.
    ///
    /// # Errors
    /// As [`Province::exchange_all`].
    pub fn wait_for(&mut self, count: usize, longest: Duration) -> Result<Vec<f64>> {
        self.wait_for_all(&vec![Duration::ZERO; count.min(self.devices.len())], longest)
    }

    fn wait_for_all(&mut self, starts: &[Duration], longest: Duration) -> Result<Vec<f64>> {
        let total = starts.len();
        let progress = Progress::begin(&format!("Load: {total} devices exchange"), total as u64);
        let began = Instant::now();
        let mut took = Vec::new();
        let mut left: BTreeSet<usize> = (0..total).collect();
        while !left.is_empty() && began.elapsed() < longest {
            let mut done = Vec::new();
            for at in &left {
                let (device, start) = (&mut self.devices[*at], starts[*at]);
                if began.elapsed() < start {
                    continue;
                }
                if device.begins_or_has_news() && device.is_acknowledged()? {
                    took.push((began.elapsed() - start).as_secs_f64());
                    done.push(*at);
                    progress.step();
                }
            }
            for at in done {
                left.remove(&at);
            }
            std::thread::sleep(LOOK);
        }
        took.sort_by(f64::total_cmp);
        Ok(took)
    }

    /// Stops everybody and looks into the server's store.
    ///
    /// # Errors
    /// When a store cannot be opened or read.
    pub fn look_into_the_store(mut self) -> Result<Found> {
        let mut entered = BTreeSet::new();
        let mut files = Vec::new();
        for device in &self.devices {
            entered.extend(device.player.device().ledger().sorted_entry_hashes()?);
            for blob in &device.photos {
                let bytes = device.player.device().ledger().blob(*blob)?;
                files.push((*blob, bytes.context("a photo is gone from its own device")?));
            }
        }
        self.devices.clear();
        self.server = None;
        let folder = Folder::open(&self.folder.path().join("server"), Unlock::default())?;
        let store = Ledger::open(folder, Arc::new(NoIndex), gauntlet())?;
        let held: BTreeSet<Hash32> = store.sorted_entry_hashes()?.into_iter().collect();
        let mut found = Found {
            entries_lost: entered.difference(&held).count() as u64,
            files_lost: 0,
        };
        for (blob, bytes) in files {
            found.files_lost += u64::from(store.blob(blob)?.as_ref() != Some(&bytes));
        }
        Ok(found)
    }
}

impl Laden {
    fn enrol(home: &Path, number: u64, mut invitation: Invitation, link: Link) -> Result<Self> {
        invitation.server = format!("https://{}", link.address);
        let player = Player::open(home)?;
        player.call(
            "enrolment.accept",
            json!({ "invitation": invitation.to_text(), "label": format!("Máy {number}") }),
        );
        // Some of these links are so slow that photos would wait for a better one.
        player.call("settings.set", json!({ "originals": "always" }));
        player.exchange();
        Ok(Self {
            player,
            link,
            number,
            entered: 0,
            photos: Vec::new(),
            photo_bytes: 0,
            news: None,
            asked: Instant::now(),
        })
    }

    fn enter(&mut self, load: Load) -> Result<()> {
        let records: Vec<String> = (0..RECORDS.min(load.edits.max(1)))
            .map(|number| {
                let named = format!("Mô hình {} của máy {}", self.entered + number + 1, self.number);
                let started = self.player.call("registrations.start", registration(&named));
                started["registration"].as_str().unwrap_or_default().to_owned()
            })
            .collect();
        for at in 0..load.edits {
            let record = &records[at as usize % records.len()];
            let values = json!({ "place": format!("Bản số {}", self.entered + at + 1) });
            self.player.call(
                "registrations.save",
                json!({ "registration": record, "values": values }),
            );
        }
        for photo in 0..load.photos {
            let bytes = busy_photo(self.number * 1_000 + self.entered + photo);
            let upload = self
                .player
                .upload(bytes)
                .map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
            let request = json!({
                "record": records[photo as usize % records.len()], "upload": upload,
                "name": format!("anh-{photo}.jpg"), "caption": "",
            });
            let added = self.player.call("evidence.add", request);
            self.photo_bytes += added["row"]["bytes"].as_u64().context("size of a photo")?;
            for form in ["blob", "thumbnail"] {
                let blob = added["row"][form].as_str().context("blob of a photo")?;
                let blob = Hash32::from_hex(blob).map(BlobId).context("blob of a photo")?;
                self.photos.push(blob);
            }
        }
        self.entered += load.edits + load.photos;
        Ok(())
    }

    /// Exchanges by itself from the first call on. True when a run has ended since the last call.
    fn begins_or_has_news(&mut self) -> bool {
        let Some(news) = &self.news else {
            let device = self.player.device();
            self.news = Some(device.listen());
            self.asked = Instant::now();
            device.exchange_by_itself();
            return false;
        };
        let ended = news.try_iter().any(|event| {
            let DeviceEvent::Exchange { state } = event else {
                return false;
            };
            !matches!(state, ExchangeState::Running { .. })
        });
        let ask = ended || self.asked.elapsed() > ASK;
        if ask {
            self.asked = Instant::now();
        }
        ask
    }

    /// It says that the province has confirmed all its entries and files.
    ///
    /// # Errors
    /// When it does not say.
    pub fn is_acknowledged(&self) -> Result<bool> {
        let view = self.player.call("exchange.get", Value::Null);
        let count = |name: &str, field: &str| view[name][field].as_u64().context("exchange.get");
        let mut open = count("files", "count")?;
        for group in ["local", "carried", "teammate", "sent", "refused"] {
            open += count(group, "records")?;
        }
        Ok(open == 0)
    }

    /// Sets what its link is like.
    pub fn follow(&self, shape: Shape) {
        self.link.follow(shape);
    }
}

fn start(folder: &Path, listen: SocketAddr) -> Result<ServerProcess> {
    let arguments = ["--listen", &listen.to_string()];
    ServerProcess::logging(&folder.join("server"), &arguments, LOG, &log(folder))
}

fn log(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

fn slug(number: u64) -> String {
    format!("don-tai-{number}")
}

/// A post for each device: what the load is about is sent, and nobody reads what others entered.
fn units(count: u64) -> Value {
    let units: Vec<Value> = (0..count)
        .map(|number| {
            json!({
                "id": slug(number), "name": format!("Đồn Biên phòng số {}", number + 1), "level": "border_post",
                "parent": "bdbp-son-la", "valid_from": null, "valid_until": null, "successors": [],
            })
        })
        .collect();
    json!({ "schema": "dvk.org-units/1", "units": units })
}

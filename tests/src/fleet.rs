//! A province for tests: a real server on a loopback port and real devices, each with its own folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cotmoc_core::org::UnitId;
use cotmoc_device::Desk;
use cotmoc_device::contract::Problem;
use cotmoc_hub::LanHubs;
use cotmoc_ledger::GauntletProgram;
use cotmoc_sync_server::{Founded, RunningServer, Server, Settings, Transport};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The list of units that every province of the tests imports.
pub const UNITS: &str = include_str!("../../device/data/org-units.json");
/// The field schemes.
pub const SCHEMES: &str = include_str!("../../device/data/taxonomy.json");
/// The criteria sets.
pub const CRITERIA: &str = include_str!("../../device/data/criteria-sets.json");

/// The program that checks foreign changes: `cotmoc` of this build.
///
/// # Panics
/// When the workspace's programs were not built.
pub fn gauntlet() -> GauntletProgram {
    GauntletProgram {
        executable: program("cotmoc"),
    }
}

/// A program of this build.
///
/// # Panics
/// When it was not built: `make test` builds all programs first.
pub fn program(name: &str) -> PathBuf {
    let this = std::env::current_exe().unwrap_or_default();
    let found = this
        .ancestors()
        .skip(1)
        .take(3)
        .map(|folder| folder.join(name))
        .find(|program| program.exists());
    found.unwrap_or_else(|| panic!("{name} is not built beside {}: run `make test`", this.display()))
}

/// A province with its server and its first two desks.
pub struct Town {
    folder: TempDir,
    server: Option<RunningServer>,
    settings: Settings,
    /// The province.
    pub founded: Founded,
    /// The administrator's device.
    pub administrator: Player,
    /// The compiler's device.
    pub compiler: Player,
}

/// One device.
pub struct Player {
    desk: Option<Desk>,
    home: PathBuf,
    /// Nothing outside its folder tells of it.
    alone: bool,
}

impl Player {
    /// A device in a folder, not enrolled.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(home: &Path) -> Result<Self> {
        Self::of(Desk::of_device(home, None, gauntlet()), home, false)
    }

    /// A device of which nothing outside its folder tells: a copy that is put back in place goes unnoticed, as when
    /// the whole machine is restored from an image.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open_alone(home: &Path) -> Result<Self> {
        let desk = Desk::of_device_beside(home, None, gauntlet(), None);
        Self::of(desk, home, true)
    }

    fn of(desk: Desk, home: &Path, alone: bool) -> Result<Self> {
        if let Some(problem) = desk.why_closed() {
            return Err(anyhow!("{problem:?}"));
        }
        Ok(Self {
            desk: Some(desk),
            home: home.to_owned(),
            alone,
        })
    }

    /// Runs a use case.
    ///
    /// # Errors
    /// The use case's problem.
    pub fn try_call(&self, method: &str, params: Value) -> Result<Value, Problem> {
        match &self.desk {
            Some(desk) => desk.call(method, params),
            None => Err(Problem::new("no_profile_open")),
        }
    }

    /// Runs a use case that must work.
    ///
    /// # Panics
    /// With the problem when it does not.
    #[track_caller]
    pub fn call(&self, method: &str, params: Value) -> Value {
        match self.try_call(method, params.clone()) {
            Ok(answer) => answer,
            Err(problem) => panic!("{method} {params}: {} {:?}", problem.code, problem.params),
        }
    }

    /// Hands a file over as a door does.
    ///
    /// # Errors
    /// The desk's problem.
    pub fn upload(&self, bytes: Vec<u8>) -> Result<String, Problem> {
        let desk = self.desk.as_ref();
        desk.map_or_else(
            || Err(Problem::new("no_profile_open")),
            |desk| desk.put_upload(bytes),
        )
    }

    /// The bytes of a photo or file as a door gets them.
    ///
    /// # Errors
    /// The desk's problem.
    pub fn media(&self, blob: &str) -> Result<cotmoc_device::MediaFile, Problem> {
        let desk = self.desk.as_ref();
        desk.map_or_else(|| Err(Problem::new("no_profile_open")), |desk| desk.media(blob))
    }

    /// Code of the problem a use case must end with.
    ///
    /// # Panics
    /// When it works.
    #[track_caller]
    pub fn refuses(&self, method: &str, params: Value) -> String {
        match self.try_call(method, params.clone()) {
            Ok(answer) => panic!("{method} {params} should have been refused and answered {answer}"),
            Err(problem) => problem.code,
        }
    }

    /// Exchanges and demands that both sides hold the same.
    ///
    /// # Panics
    /// When it fails or the two sides differ.
    #[track_caller]
    pub fn exchange(&self) -> Value {
        let outcome = self.call("exchange.run", Value::Null);
        assert_eq!(outcome["equal"], true, "device and province differ: {outcome}");
        outcome
    }

    /// Lets the device keep a hub, reached on this machine only.
    ///
    /// # Panics
    /// When it is closed.
    pub fn may_keep_a_hub(&mut self) {
        let desk = self
            .desk
            .as_mut()
            .unwrap_or_else(|| panic!("the device is closed"));
        desk.host_hubs(std::sync::Arc::new(LanHubs::on_loopback()));
    }

    /// The device behind the desk.
    ///
    /// # Panics
    /// When it is closed.
    pub fn device(&self) -> std::sync::Arc<cotmoc_device::Device> {
        self.desk
            .as_ref()
            .and_then(Desk::device)
            .unwrap_or_else(|| panic!("the device is closed"))
    }

    /// Its folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Closes the device, as when the program ends.
    pub fn close(&mut self) {
        self.desk = None;
    }

    /// Opens it again.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn reopen(&mut self) -> Result<()> {
        self.desk = None;
        *self = match self.alone {
            true => Self::open_alone(&self.home)?,
            false => Self::open(&self.home)?,
        };
        Ok(())
    }

    /// Closes the device and opens it with nothing outside its folder.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn leave_alone(&mut self) -> Result<()> {
        self.alone = true;
        self.reopen()
    }

    /// The files of its folder as they are, the device being closed for the moment.
    ///
    /// # Errors
    /// When they cannot be read or the device not be opened again.
    pub fn copy(&mut self) -> Result<Vec<(PathBuf, Vec<u8>)>> {
        self.desk = None;
        let mut files = Vec::new();
        for found in std::fs::read_dir(&self.home)? {
            let path = found?.path();
            if path.is_file() {
                files.push((path.file_name().unwrap_or_default().into(), std::fs::read(&path)?));
            }
        }
        self.reopen()?;
        Ok(files)
    }

    /// Writes a copy over the files of its folder in place, and opens the device again.
    ///
    /// # Errors
    /// When they cannot be written or the device not be opened.
    pub fn put_back(&mut self, copy: &[(PathBuf, Vec<u8>)]) -> Result<()> {
        self.desk = None;
        for found in std::fs::read_dir(&self.home)? {
            let path = found?.path();
            let name = path.file_name().unwrap_or_default();
            if path.is_file() && !copy.iter().any(|(kept, _)| kept.as_os_str() == name) {
                std::fs::remove_file(&path)?;
            }
        }
        for (name, bytes) in copy {
            std::fs::write(self.home.join(name), bytes)?;
        }
        self.reopen()
    }
}

/// Id of a unit of the list.
pub fn unit(slug: &str) -> String {
    UnitId::from_slug(slug).to_string()
}

impl Town {
    /// The province of Sơn La with units, schemes, criteria and the cycle 2024.
    ///
    /// # Errors
    /// When the server or a device cannot be started.
    pub fn son_la() -> Result<Self> {
        Self::open(
            "Tỉnh Sơn La",
            "tinh-son-la",
            "scheme-son-la-2021",
            Transport::OwnCertificate,
        )
    }

    /// A province whose exchange is plain HTTP on loopback, for counting bytes outside TLS.
    ///
    /// # Errors
    /// When the server or a device cannot be started.
    pub fn for_counting() -> Result<Self> {
        Self::open(
            "Tỉnh Sơn La",
            "tinh-son-la",
            "scheme-son-la-2021",
            Transport::PlainForBenchmark,
        )
    }

    /// Any province of the list.
    ///
    /// # Errors
    /// When the server or a device cannot be started.
    pub fn open(name: &str, root: &str, scheme: &str, transport: Transport) -> Result<Self> {
        let folder = TempDir::new()?;
        let mut settings = Settings::new(folder.path().join("server"), gauntlet());
        settings.transport = transport;
        let server = Server::start(settings.clone())?;
        // A restarted server must be found at the address that invitations carry.
        settings.listen = server.addr();
        let founded = server.found_province(name, UnitId::from_slug(root))?;
        let invitation = founded.invitation.to_text();
        let (administrator, compiler) = first_desks(folder.path(), &invitation, scheme)?;
        Ok(Self {
            folder,
            server: Some(server),
            settings,
            founded,
            administrator,
            compiler,
        })
    }

    /// The running server.
    ///
    /// # Panics
    /// When it was stopped.
    pub fn server(&self) -> &RunningServer {
        self.server
            .as_ref()
            .unwrap_or_else(|| panic!("the server is stopped"))
    }

    /// Puts `backup.db` in the place of the server's store, with something else done to the folder of the stopped
    /// server, and starts it again.
    ///
    /// # Panics
    /// When the file is missing or the server does not start.
    pub fn restore_with(&mut self, also: impl FnOnce(&Path)) {
        self.stop_server();
        also(&self.folder("server"));
        let database = self.folder("server").join("records.db");
        for beside in ["records.db-wal", "records.db-shm"] {
            let _ = std::fs::remove_file(database.with_file_name(beside));
        }
        let restored = std::fs::rename(self.folder("backup.db"), database)
            .map_err(anyhow::Error::from)
            .and_then(|()| self.start_server());
        if let Err(error) = restored {
            panic!("the server was not restored: {error}");
        }
    }

    /// Stops the server; its address stays its own.
    pub fn stop_server(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }

    /// Starts the server again at the same address.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_server(&mut self) -> Result<()> {
        self.server = Some(Server::start(self.settings.clone())?);
        Ok(())
    }

    /// A folder for another device.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An invitation by the compiler, already at the province.
    pub fn invite(&self, request: Value) -> String {
        let by = if request["role"] == "compiler" {
            &self.administrator
        } else {
            &self.compiler
        };
        invitation_by(by, request)
    }

    /// Enrols a device.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn enrol(&self, name: &str, request: Value) -> Result<Player> {
        let invitation = self.invite(request);
        let player = Player::open(&self.folder(name))?;
        player.call(
            "enrolment.accept",
            json!({ "invitation": invitation, "label": format!("Máy {name}") }),
        );
        Ok(player)
    }

    /// Enrols a post's device.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn post(&self, name: &str, slug: &str) -> Result<Player> {
        self.enrol(
            name,
            json!({ "role": "post", "unit": unit(slug), "valid_days": 7 }),
        )
    }
}

/// The administrator's and the compiler's devices of a province that was just founded: enrolled with the
/// founding invitation, with units, schemes, criteria and the cycle 2024.
///
/// # Errors
/// When a device cannot be opened or the reference data is not taken.
pub fn first_desks(folder: &Path, invitation: &str, scheme: &str) -> Result<(Player, Player)> {
    let administrator = Player::open(&folder.join("administrator"))?;
    administrator.call(
        "enrolment.accept",
        json!({ "invitation": invitation, "label": "Máy quản trị" }),
    );
    let made = administrator.call("enrolment.invite", json!({ "role": "compiler", "valid_days": 7 }));
    administrator.exchange();
    let compiler = Player::open(&folder.join("compiler"))?;
    compiler.call(
        "enrolment.accept",
        json!({ "invitation": made["invitation"], "label": "Máy tổng hợp" }),
    );
    for (kind, content) in [
        ("units_json", UNITS),
        ("schemes_json", SCHEMES),
        ("criteria_json", CRITERIA),
    ] {
        let report = import(&compiler, kind, content.as_bytes());
        anyhow::ensure!(report["applied"] == true, "{kind}: {report}");
    }
    let criteria = compiler.call("criteria.list", Value::Null);
    let sets = criteria["sets"].as_array().context("criteria")?;
    let set = sets
        .iter()
        .find(|set| set["code"] == "cs-mo-hinh-100")
        .context("criteria for models")?;
    let cycle = json!({
        "year": 2024, "opens": "2024-01-01", "closes": "2024-10-25", "scheme": scheme, "criteria": set["id"],
    });
    compiler.call("cycles.open", cycle);
    compiler.exchange();
    Ok((administrator, compiler))
}

/// An invitation by this device, already at the province.
pub fn invitation_by(by: &Player, request: Value) -> String {
    let made = by.call("enrolment.invite", request);
    by.exchange();
    made["invitation"].as_str().unwrap_or_default().to_owned()
}

/// Imports reference data.
pub fn import(by: &Player, kind: &str, content: &[u8]) -> Value {
    by.call(
        "reference.import",
        json!({ "kind": kind, "content_base64": STANDARD.encode(content) }),
    )
}

/// A complete registration's contents, which a test changes where it matters.
pub fn registration(name: &str) -> Value {
    json!({
        "values": {
            "name": name, "place": "Bản Mường Lạn", "schedule": "Cả năm 2024", "field": "VHXH", "kind": "new",
            "figures": [], "remove_figures": [],
        }
    })
}

/// Starts and submits a registration, and gives its id.
///
/// # Panics
/// When a use case refuses.
#[track_caller]
pub fn register(post: &Player, name: &str) -> String {
    let started = post.call("registrations.start", registration(name));
    let id = started["registration"].as_str().unwrap_or_default().to_owned();
    post.call("registrations.submit", json!({ "registration": id }));
    id
}

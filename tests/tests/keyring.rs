//! A device's key in the session's keyring: the programs `dbus-daemon` and `gnome-keyring-daemon` of a
//! session made for the test, and `cotmoc` as a person starts it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use cotmoc_tests::bus::PrivateBus;
use cotmoc_tests::fleet::program;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A person's session on one machine.
struct Session {
    folder: TempDir,
    bus: PrivateBus,
    keyring: Option<Child>,
}

impl Session {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["run", "data", "home"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder.path().join("run"), private).unwrap();
        let bus = PrivateBus::start(folder.path()).unwrap();
        Self {
            folder,
            bus,
            keyring: None,
        }
    }

    fn with_keyring() -> Self {
        let mut session = Self::new();
        session.log_in();
        session
    }

    /// Starts the keyring and unlocks it, as logging in does.
    fn log_in(&mut self) {
        self.start_keyring(Some("mật khẩu đăng nhập"));
    }

    fn start_keyring(&mut self, password: Option<&str>) {
        self.stop_keyring();
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        if password.is_some() {
            command.arg("--unlock");
        }
        self.enter(&mut command);
        let mut keyring = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon is installed by scripts/setup test");
        let mut input = keyring.stdin.take().unwrap();
        input.write_all(password.unwrap_or_default().as_bytes()).unwrap();
        drop(input);
        self.keyring = Some(keyring);
        let begun = Instant::now();
        // Unlocking comes after the name on the bus, so the collection is asked for.
        while !self
            .ask_keyring("ReadAlias", &["string:default"])
            .contains("collection/login")
        {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the keyring does not come up"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn stop_keyring(&mut self) {
        if let Some(mut keyring) = self.keyring.take() {
            keyring.kill().unwrap();
            keyring.wait().unwrap();
        }
    }

    /// A keyring that runs and answers nothing.
    fn freeze_keyring(&self, freeze: bool) {
        let pid = self.keyring.as_ref().unwrap().id().to_string();
        let signal = if freeze { "-STOP" } else { "-CONT" };
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Another person's keyring takes the place of this one.
    fn switch_person(&mut self) {
        self.stop_keyring();
        fs::rename(
            self.folder.path().join("data/keyrings"),
            self.folder.path().join("keyrings-before"),
        )
        .unwrap();
        self.log_in();
    }

    fn ask_keyring(&self, method: &str, arguments: &[&str]) -> String {
        let mut command = Command::new("dbus-send");
        command
            .args(["--session", "--print-reply", "--reply-timeout=2000"])
            .args(["--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"])
            .arg(format!("org.freedesktop.Secret.Service.{method}"))
            .args(arguments);
        self.enter(&mut command);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    /// How many keys of this program the unlocked keyring holds.
    fn entries(&self) -> usize {
        let found = self.ask_keyring("SearchItems", &["dict:string:string:application,cotmoc"]);
        assert!(found.contains("array"), "{found}");
        found.matches("object path").count()
    }

    fn enter(&self, command: &mut Command) {
        let inside = |name: &str| self.folder.path().join(name);
        command
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env("DBUS_SESSION_BUS_ADDRESS", self.bus.address())
            .env("XDG_RUNTIME_DIR", inside("run"))
            .env("XDG_DATA_HOME", inside("data"))
            .env("HOME", inside("home"));
    }

    fn cotmoc(&self) -> Command {
        let mut command = Command::new(program("cotmoc"));
        self.enter(&mut command);
        for name in ["COTMOC_HOME", "COTMOC_PASSPHRASE", "COTMOC_KEY_FILE"] {
            command.env_remove(name);
        }
        command
    }

    #[track_caller]
    fn call(&self, method: &str, request: Value) -> Value {
        answer(&mut self.cotmoc(), method, &request)
    }

    #[track_caller]
    fn refuses(&self, method: &str, request: Value) -> String {
        refusal(&mut self.cotmoc(), method, &request)
    }

    #[track_caller]
    fn add_profile(&self) -> String {
        let added = self.call("profiles.add", json!({ "name": "Cán bộ trực ban" }));
        added["open"].as_str().unwrap().to_owned()
    }

    fn home(&self, profile: &str) -> PathBuf {
        self.folder.path().join("data/cotmoc").join(profile)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(keyring) = &mut self.keyring {
            let _ = keyring.kill();
            let _ = keyring.wait();
        }
    }
}

fn run(command: &mut Command, method: &str, request: &Value) -> Output {
    command
        .args(["call", method, &request.to_string()])
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[track_caller]
fn answer(command: &mut Command, method: &str, request: &Value) -> Value {
    let output = run(command, method, request);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{method}: {text}");
    serde_json::from_str(&text).unwrap()
}

#[track_caller]
fn refusal(command: &mut Command, method: &str, request: &Value) -> String {
    let output = run(command, method, request);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{method} should be refused: {text}"
    );
    let problem: Value = serde_json::from_str(&text).unwrap();
    problem["code"].as_str().unwrap().to_owned()
}

fn key_file(home: &Path) -> Value {
    serde_json::from_slice(&fs::read(home.join("key.json")).unwrap()).unwrap()
}

/// Every file of a folder, but for the id of the process that had it open last.
fn contents(home: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(home)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| name != "in-use")
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect()
}

#[test]
fn a_new_profile_keeps_its_key_in_the_keyring_and_opens_again_after_the_keyring_was_started_again() {
    let mut session = Session::with_keyring();
    let profile = session.add_profile();
    let before = session.call("status.get", json!({}));
    assert_eq!(before["key_keeping"], "keyring");
    assert_eq!(session.entries(), 1);
    let stored = key_file(&session.home(&profile));
    assert_eq!(stored["kind"], "kept");
    assert!(stored.get("key").is_none(), "the key itself is not in the folder");

    session.log_in();
    assert_eq!(session.call("status.get", json!({}))["device"], before["device"]);
}

#[test]
fn a_folder_that_was_moved_finds_its_key_by_its_own_name() {
    let session = Session::with_keyring();
    let profile = session.add_profile();
    let device = session.call("status.get", json!({}))["device"].clone();
    let elsewhere = session.folder.path().join("moved");
    fs::rename(session.home(&profile), &elsewhere).unwrap();
    let status = answer(
        session.cotmoc().arg("--home").arg(&elsewhere),
        "status.get",
        &json!({}),
    );
    assert_eq!(
        (&status["device"], status["key_keeping"].as_str()),
        (&device, Some("keyring"))
    );
}

#[test]
fn a_locked_keyring_is_said_to_be_locked_changes_nothing_and_a_later_try_succeeds() {
    let mut session = Session::with_keyring();
    let profile = session.add_profile();
    let device = session.call("status.get", json!({}))["device"].clone();
    let before = contents(&session.home(&profile));

    session.start_keyring(None);
    assert_eq!(session.refuses("status.get", json!({})), "keyring_locked");
    assert_eq!(
        session.refuses("profiles.open", json!({ "id": profile })),
        "keyring_locked"
    );
    let list = session.call("profiles.list", json!({}));
    assert_eq!(
        (list["open"].clone(), list["profiles"][0]["locked"].clone()),
        (Value::Null, json!(false)),
        "the profile is listed, and asks for no passphrase"
    );
    assert_eq!(contents(&session.home(&profile)), before);

    session.log_in();
    assert_eq!(session.call("status.get", json!({}))["device"], device);
}

#[test]
fn a_keyring_that_is_gone_or_another_persons_gives_no_key_and_no_new_one_is_made() {
    let mut session = Session::with_keyring();
    let profile = session.add_profile();
    let before = contents(&session.home(&profile));

    session.switch_person();
    assert_eq!(session.refuses("status.get", json!({})), "keyring_no_entry");
    session.stop_keyring();
    assert_eq!(session.refuses("status.get", json!({})), "keyring_absent");
    let headless = &mut session.cotmoc();
    headless.env_remove("DBUS_SESSION_BUS_ADDRESS");
    assert_eq!(refusal(headless, "status.get", &json!({})), "keyring_absent");
    assert_eq!(contents(&session.home(&profile)), before);
}

#[test]
fn without_a_usable_keyring_a_new_profile_has_a_bare_key_file_at_once() {
    let mut session = Session::new();
    let bare = |session: &Session, name: &str, set: &dyn Fn(&mut Command)| {
        let begun = Instant::now();
        let mut command = session.cotmoc();
        set(&mut command);
        let added = answer(&mut command, "profiles.add", &json!({ "name": name }));
        let took = begun.elapsed();
        let stored = key_file(&session.home(added["open"].as_str().unwrap()));
        assert_eq!(stored["kind"], "bare", "{name}");
        took
    };
    bare(&session, "no session", &|command| {
        command.env_remove("DBUS_SESSION_BUS_ADDRESS");
    });
    bare(&session, "an address that would start a program", &|command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", "autolaunch:");
    });
    bare(&session, "a bus that is gone", &|command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    });
    bare(&session, "no service", &|_| {});
    session.log_in();
    session.start_keyring(None);
    bare(&session, "locked", &|_| {});
    session.freeze_keyring(true);
    let took = bare(&session, "frozen", &|_| {});
    assert!(
        took < Duration::from_secs(8),
        "a start waits for nobody: {took:?}"
    );
    session.freeze_keyring(false);
}

#[test]
fn a_keyring_that_does_not_answer_keeps_the_profile_waiting_not_the_program() {
    let session = Session::with_keyring();
    session.add_profile();
    session.freeze_keyring(true);
    let begun = Instant::now();
    assert_eq!(session.refuses("status.get", json!({})), "keyring_absent");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    session.freeze_keyring(false);
    assert_eq!(session.call("status.get", json!({}))["key_keeping"], "keyring");
}

#[test]
fn a_passphrase_takes_the_key_out_of_the_keyring_and_removing_it_puts_it_back() {
    let mut session = Session::with_keyring();
    let profile = session.add_profile();
    let device = session.call("status.get", json!({}))["device"].clone();
    let set = session.call("passphrase.change", json!({ "new": "biên cương" }));
    assert_eq!(set, json!({ "keeping": "passphrase", "left_in_keyring": false }));
    assert_eq!(session.entries(), 0, "nothing but the passphrase opens it now");
    assert_eq!(session.refuses("status.get", json!({})), "no_profile_open");

    session.stop_keyring();
    let home = session.home(&profile);
    let with_passphrase = || {
        let mut command = session.cotmoc();
        command
            .env("COTMOC_PASSPHRASE", "biên cương")
            .arg("--home")
            .arg(&home);
        command
    };
    let status = answer(&mut with_passphrase(), "status.get", &json!({}));
    assert_eq!(
        (&status["device"], status["key_keeping"].as_str()),
        (&device, Some("passphrase")),
        "no keyring is needed"
    );
    let remove = json!({ "current": "biên cương" });
    let removed = answer(&mut with_passphrase(), "passphrase.change", &remove);
    assert_eq!(
        removed["keeping"], "bare",
        "a folder given by hand keeps its own key"
    );

    session.log_in();
    let moved = session.call("key.to_keyring", json!({}));
    assert_eq!(moved, json!({ "keeping": "keyring", "left_in_keyring": false }));
    assert_eq!(session.call("status.get", json!({}))["device"], device);
}

#[test]
fn removing_the_passphrase_of_a_profile_puts_its_key_into_the_keyring_again() {
    let session = Session::with_keyring();
    let request = json!({ "name": "Cán bộ trực ban", "passphrase": "biên cương" });
    let profile = session.call("profiles.add", request)["open"].clone();
    let home = session.home(profile.as_str().unwrap());
    assert_eq!(key_file(&home)["kind"], "wrapped");
    assert_eq!(session.entries(), 0);
    let mut served = Served::start(&session);
    served.call(
        "profiles.open",
        &json!({ "id": profile, "passphrase": "biên cương" }),
    );
    let removed = served.call("passphrase.change", &json!({ "current": "biên cương" }));
    assert_eq!(removed, json!({ "keeping": "keyring", "left_in_keyring": false }));
    drop(served);
    assert_eq!(session.entries(), 1);
    assert_eq!(session.call("status.get", json!({}))["key_keeping"], "keyring");
}

#[test]
fn a_passphrase_set_while_the_keyring_is_away_holds_and_the_keyring_forgets_the_key_later() {
    let mut session = Session::with_keyring();
    let profile = session.add_profile();
    let mut served = Served::start(&session);
    let device = served.call("status.get", &json!({}))["device"].clone();
    session.stop_keyring();
    let set = served.call("passphrase.change", &json!({ "new": "biên cương" }));
    assert_eq!(
        set,
        json!({ "keeping": "passphrase", "left_in_keyring": true }),
        "the person is told"
    );
    drop(served);
    session.log_in();
    assert_eq!(session.entries(), 1);
    let open = json!({ "id": profile, "passphrase": "biên cương" });
    session.call("profiles.open", open);
    assert_eq!(session.entries(), 0);
    let home = session.home(&profile);
    let mut command = session.cotmoc();
    command
        .env("COTMOC_PASSPHRASE", "biên cương")
        .arg("--home")
        .arg(&home);
    assert_eq!(answer(&mut command, "status.get", &json!({}))["device"], device);
}

#[test]
fn a_bare_key_moves_into_the_keyring_when_asked_and_stays_in_its_file_when_the_keyring_does_not_take_it() {
    let mut session = Session::with_keyring();
    let added = answer(
        session.cotmoc().arg("--key-file"),
        "profiles.add",
        &json!({ "name": "Cán bộ trực ban" }),
    );
    let home = session.home(added["open"].as_str().unwrap());
    let before = session.call("status.get", json!({}));
    assert_eq!(before["key_keeping"], "bare");
    let key = key_file(&home)["key"].clone();

    session.start_keyring(None);
    assert_eq!(session.refuses("key.to_keyring", json!({})), "keyring_locked");
    session.stop_keyring();
    assert_eq!(session.refuses("key.to_keyring", json!({})), "keyring_absent");
    assert_eq!(key_file(&home)["key"], key);
    assert_eq!(session.call("status.get", json!({}))["device"], before["device"]);

    session.log_in();
    assert_eq!(session.call("key.to_keyring", json!({}))["keeping"], "keyring");
    let text = fs::read_to_string(home.join("key.json")).unwrap();
    assert!(!text.contains(key.as_str().unwrap()), "{text}");
    assert_eq!(session.entries(), 1, "an attempt before left none of its own");
    assert_eq!(session.call("status.get", json!({}))["device"], before["device"]);
}

#[test]
fn a_folder_given_by_hand_and_a_person_who_refuses_the_keyring_get_a_key_file() {
    let session = Session::with_keyring();
    let home = session.folder.path().join("by-hand");
    let status = answer(
        session.cotmoc().arg("--home").arg(&home),
        "status.get",
        &json!({}),
    );
    assert_eq!(status["key_keeping"], "bare");
    let mut refusing = session.cotmoc();
    refusing.env("COTMOC_KEY_FILE", "1");
    answer(
        &mut refusing,
        "profiles.add",
        &json!({ "name": "Cán bộ trực ban" }),
    );
    assert_eq!(session.call("status.get", json!({}))["key_keeping"], "bare");
    assert_eq!(session.entries(), 0);
}

/// The profiles of a session behind a browser's door, which stays open between calls.
struct Served {
    program: Child,
    http: reqwest::blocking::Client,
    address: String,
    cookie: String,
}

impl Served {
    fn start(session: &Session) -> Self {
        let mut program = session
            .cotmoc()
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(program.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        // The client asks for one although it speaks to loopback without TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::blocking::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        let entered = http.get(address.trim()).send().unwrap();
        let cookie = entered.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let address = address.split("/?").next().unwrap().to_owned();
        Self {
            program,
            http,
            address,
            cookie,
        }
    }

    #[track_caller]
    fn call(&mut self, method: &str, params: &Value) -> Value {
        let answer = self
            .http
            .post(format!("{}/api/call", self.address))
            .header("origin", &self.address)
            .header("cookie", &self.cookie)
            .body(json!({ "method": method, "params": params }).to_string())
            .send()
            .unwrap();
        let status = answer.status();
        let text = answer.text().unwrap();
        assert!(status.is_success(), "{method}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

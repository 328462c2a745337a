//! A demonstration that is stopped before its end, in every way a person or a machine stops one.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use cotmoc_tests::fleet::program;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(120);

/// A started demonstration; what it says goes to a file.
struct Demonstration {
    child: Child,
    said: PathBuf,
    data: PathBuf,
}

impl Demonstration {
    fn start(folder: &TempDir, name: &str) -> Self {
        let (data, said) = (folder.path().join("data"), folder.path().join(name));
        let child = demo(&data).stderr(File::create(&said).unwrap()).spawn().unwrap();
        Self { child, said, data }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }

    /// Waits until some registrations were entered, so that every device is enrolled and in use.
    fn wait_until_it_enters(&mut self) {
        let enters = |said: &str| {
            said.lines()
                .filter_map(|line| line.strip_prefix("Đang nhập qua các thiết bị: "))
                .any(|rest| !rest.starts_with("0/"))
        };
        let begun = Instant::now();
        while !enters(&self.said()) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended with {ended:?}: {}", self.said());
            assert!(begun.elapsed() < PATIENCE, "nothing is entered: {}", self.said());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn signal(&mut self, name: &str) {
        self.send(name);
        assert!(!self.child.wait().unwrap().success());
    }

    fn send(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("bash")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &pid])
            .status();
        assert!(sent.unwrap().success());
    }

    fn server_has_ended(&self) -> bool {
        let address = fs::read_to_string(self.data.join("server/address")).unwrap();
        let begun = Instant::now();
        while TcpStream::connect(address.trim()).is_ok() {
            if begun.elapsed() > Duration::from_secs(10) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        true
    }
}

impl Drop for Demonstration {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn demo(data: &Path) -> Command {
    let mut command = Command::new(program("cotmoc"));
    command.args(["demo", "--once", "--data"]).arg(data);
    command
}

fn error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_demonstration_that_was_killed_leaves_no_server_and_is_begun_anew() {
    let folder = TempDir::new().unwrap();
    let mut first = Demonstration::start(&folder, "first");
    first.wait_until_it_enters();
    first.signal("KILL");
    assert!(first.server_has_ended());

    let mut second = Demonstration::start(&folder, "second");
    second.wait_until_it_enters();
    assert!(second.said().contains("lập lại từ đầu"), "{}", second.said());
    assert!(second.said().contains("made anew"), "{}", second.said());
    second.signal("TERM");
    assert!(second.server_has_ended());
}

#[test]
fn a_second_start_in_the_same_folder_is_refused_and_disturbs_nothing() {
    let folder = TempDir::new().unwrap();
    let mut first = Demonstration::start(&folder, "first");
    first.wait_until_it_enters();
    // However quick the first one is, it is not at its end before the second has waited for it in vain.
    first.send("STOP");
    let refused = error(&demo(&first.data).output().unwrap());
    first.send("CONT");
    assert!(refused.contains("đang chạy ở nơi khác"), "{refused}");
    assert!(refused.contains("is running elsewhere"), "{refused}");
    assert!(
        first.child.try_wait().unwrap().is_none(),
        "the first goes on: {}",
        first.said()
    );
    first.signal("TERM");
    assert!(first.server_has_ended());
}

#[test]
fn what_the_server_logs_stays_out_of_the_progress() {
    let folder = TempDir::new().unwrap();
    let mut first = Demonstration::start(&folder, "first");
    first.wait_until_it_enters();
    let lines = first.said();
    let others: Vec<&str> = lines
        .lines()
        .filter(|line| !line.starts_with("Đang nhập qua các thiết bị: "))
        .collect();
    assert!(others.is_empty(), "{others:?}");
    let log = fs::read_to_string(first.data.join("server/server.log")).unwrap();
    assert!(log.contains("INFO"), "{log}");
}

#[test]
fn a_server_that_does_not_start_is_told_with_the_name_of_its_log() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    fs::create_dir_all(data.join("server")).unwrap();
    fs::write(data.join("played"), "").unwrap();
    fs::write(data.join("server/store"), "no folder").unwrap();
    let told = error(&demo(&data).output().unwrap());
    let log = data.join("server/server.log");
    assert!(told.contains(&log.display().to_string()), "{told}");
    assert!(!fs::read_to_string(log).unwrap().is_empty());
}

#[test]
fn an_address_that_another_program_took_is_named() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    fs::create_dir_all(data.join("server")).unwrap();
    fs::write(data.join("played"), "").unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    fs::write(data.join("server/address"), &address).unwrap();
    let told = error(&demo(&data).output().unwrap());
    assert!(told.contains(&address), "{told}");
    assert!(told.contains("is used by another program"), "{told}");
}

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use cotmoc_core::exchange::Invitation;
use cotmoc_core::org::UnitId;
use serde_json::Value;

use super::support::Device;

fn program(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sync-server"));
    command
        .arg(arguments[0])
        .arg("--home")
        .arg(home)
        .args(&arguments[1..]);
    command
}

fn run(home: &Path, arguments: &[&str]) -> Output {
    program(home, arguments).output().unwrap()
}

fn json_of(output: &Output) -> Value {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = std::str::from_utf8(&output.stdout).unwrap();
    assert_eq!(text.trim_end().lines().count(), 1, "one line: {text}");
    serde_json::from_str(text).unwrap()
}

/// A serving child; killed when the test ends.
struct Serving {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Serving {
    fn start(home: &Path, arguments: &[&str]) -> Self {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0", "--json"];
        all.extend_from_slice(arguments);
        let mut child = program(home, &all)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a line of JSON: {line:?}"))
    }

    /// Asks it to end, as a service manager would, and waits until it has.
    fn end(mut self) -> std::process::ExitStatus {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_first_start_founds_the_province_and_the_printed_invitation_enrols() {
    let home = tempfile::tempdir().unwrap();
    let words = ["--province", "Tỉnh Sơn La", "--root-unit", "tinh-son-la"];
    let mut serving = Serving::start(home.path(), &words);
    let founded = serving.line();
    assert_eq!(founded["event"], "founded");
    let listening = serving.line();
    assert_eq!(listening["event"], "listening");
    assert_eq!(founded["tls_pin"], listening["tls_pin"]);
    let invitation = Invitation::from_text(founded["invitation"].as_str().unwrap()).unwrap();
    assert_eq!(founded["fingerprint"], invitation.authority.fingerprint());
    assert_eq!(founded["province"], invitation.province.to_string());
    assert_eq!(listening["url"], invitation.server);
    let mut administrator = Device::new().enrolled(&invitation);
    administrator.exchange();
    let roster = administrator.ledger.roster(invitation.province).unwrap();
    assert_eq!(roster.root_unit, Some(UnitId::from_slug("tinh-son-la")));

    let busy = run(
        home.path(),
        &[
            "found",
            "--province",
            "Tỉnh Yên Bái",
            "--root-unit",
            "tinh-yen-bai",
        ],
    );
    assert!(!busy.status.success());
    let said = String::from_utf8(busy.stderr).unwrap();
    assert!(
        said.contains("Máy chủ đang chạy") && said.contains("The server is running"),
        "{said}"
    );

    let copy = home.path().join("copy.db");
    let backed_up = run(home.path(), &["backup", "--to", copy.to_str().unwrap(), "--json"]);
    assert_eq!(json_of(&backed_up)["event"], "backup");

    assert!(serving.end().success(), "asked to end, it ends well");
    let mut again = Serving::start(home.path(), &words);
    let line = again.line();
    assert_eq!(line["event"], "listening", "the province is founded once: {line}");
    assert_eq!(line["tls_pin"], listening["tls_pin"]);
}

#[test]
fn provinces_are_founded_and_administrators_invited_while_the_server_does_not_run() {
    let home = tempfile::tempdir().unwrap();
    let unit = "0190c5f0-0000-7000-8000-000000000001";
    let found = [
        "found",
        "--province",
        "Tỉnh Gia Lai",
        "--root-unit",
        unit,
        "--json",
    ];
    let founded = json_of(&run(home.path(), &found));
    let first = Invitation::from_text(founded["invitation"].as_str().unwrap()).unwrap();
    assert_eq!(first.server, "https://127.0.0.1:8443");
    let named = ["--public-url", "https://danvan.example:443", "--json"];
    let mut invite = vec!["invite", "--province", "Tỉnh Gia Lai"];
    invite.extend_from_slice(&named);
    let invited = json_of(&run(home.path(), &invite));
    assert_eq!(invited["event"], "invited");
    let second = Invitation::from_text(invited["invitation"].as_str().unwrap()).unwrap();
    assert_eq!(second.server, "https://danvan.example:443");
    assert_eq!(
        (second.tls_pin, second.authority),
        (first.tls_pin, first.authority)
    );
    assert!(!run(home.path(), &found).status.success(), "the name is taken");
    let unknown = run(home.path(), &["invite", "--province", "Tỉnh khác"]);
    assert!(
        String::from_utf8(unknown.stderr)
            .unwrap()
            .contains("Máy chủ không có tỉnh này")
    );

    // The server that starts later has the key that the invitations pin.
    let mut serving = Serving::start(home.path(), &[]);
    let listening = serving.line();
    let mut invitation = first;
    invitation.server = listening["url"].as_str().unwrap().to_owned();
    Device::new().enrolled(&invitation).exchange();
}

#[test]
fn plain_http_is_served_on_loopback_only() {
    let home = tempfile::tempdir().unwrap();
    let refused = run(
        home.path(),
        &["serve", "--listen", "0.0.0.0:0", "--plain-http-for-benchmark"],
    );
    assert!(!refused.status.success());
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("Plain HTTP may listen on a loopback address only")
    );
    assert!(
        !home.path().join("records.db").exists(),
        "refused before anything was made"
    );
    let mut serving = Serving::start(home.path(), &["--plain-http-for-benchmark"]);
    let url = serving.line()["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
}

#[test]
fn a_server_that_listens_everywhere_must_be_told_its_address() {
    let home = tempfile::tempdir().unwrap();
    let refused = run(home.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("--public-url")
    );
}

#[test]
fn a_certificate_of_ones_own_is_pinned_by_its_key_and_so_is_that_of_a_proxy() {
    let home = tempfile::tempdir().unwrap();
    let pair = rcgen::KeyPair::generate().unwrap();
    let (chain, key) = (home.path().join("chain.pem"), home.path().join("key.pem"));
    let certificate = |name: &str| {
        rcgen::CertificateParams::new(vec![name.to_owned()])
            .unwrap()
            .self_signed(&pair)
            .unwrap()
    };
    let first = certificate("danvan.example");
    std::fs::write(&chain, first.pem()).unwrap();
    std::fs::write(&key, pair.serialize_pem()).unwrap();
    let files = [
        "--tls-cert",
        chain.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ];
    let data = home.path().join("data");
    let mut serving = Serving::start(
        &data,
        &[&files[..], &["--province", "P", "--root-unit", "r"]].concat(),
    );
    let founded = serving.line();
    let pin = cotmoc_sync_server::pin_of_certificate(first.der()).unwrap();
    let hex: String = pin.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(founded["tls_pin"], hex.as_str());
    let invitation = Invitation::from_text(founded["invitation"].as_str().unwrap()).unwrap();
    Device::new().enrolled(&invitation).exchange();
    drop(serving);

    // Renewed with the same key, the pin holds; behind a proxy it is the pin of the proxy's certificate.
    std::fs::write(&chain, certificate("renewed.example").pem()).unwrap();
    let proxied = [
        "--behind-proxy",
        "--tls-cert",
        chain.to_str().unwrap(),
        "--public-url",
        "https://danvan.example",
    ];
    let mut serving = Serving::start(&data, &proxied);
    let listening = serving.line();
    assert_eq!(listening["tls_pin"], hex.as_str());
    assert_eq!(listening["url"], "https://danvan.example");
    drop(serving);
    let refused = run(&data, &["serve", "--tls-cert", chain.to_str().unwrap()]);
    assert!(
        !refused.status.success(),
        "a certificate without its key serves nobody"
    );
}

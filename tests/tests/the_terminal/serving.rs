//! `cotmoc serve` when the browser's secret is an old one, or the folder does not open.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};

use crate::{answered, cotmoc_at, damage};

/// A served folder.
struct Served {
    program: Child,
    http: Client,
    /// With the secret.
    address: String,
    origin: String,
}

impl Served {
    fn start(command: &mut Command) -> Self {
        let mut program = command
            .arg("serve")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(program.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        assert!(address.starts_with("http://127.0.0.1:"), "{address:?}");
        // The client asks for one although it speaks to loopback without TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        let address = address.trim().to_owned();
        let origin = address.split("/?").next().unwrap().to_owned();
        Self {
            program,
            http,
            address,
            origin,
        }
    }

    fn get(&self, path: &str, accept: &str) -> Response {
        let request = self.http.get(format!("{}{path}", self.origin));
        request.header("accept", accept).send().unwrap()
    }

    /// A call with the cookie of this start.
    fn call(&self, method: &str) -> (u16, Value) {
        self.call_with(method, &json!({}))
    }

    fn call_with(&self, method: &str, params: &Value) -> (u16, Value) {
        let entered = self.http.get(&self.address).send().unwrap();
        let cookie = entered.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let answer = self
            .http
            .post(format!("{}/api/call", self.origin))
            .header("origin", &self.origin)
            .header("cookie", cookie)
            .body(json!({ "method": method, "params": params }).to_string())
            .send()
            .unwrap();
        (
            answer.status().as_u16(),
            serde_json::from_str(&answer.text().unwrap()).unwrap(),
        )
    }

    /// Ends it, and gives what it said on standard error.
    fn end(mut self) -> String {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
        let mut said = String::new();
        let mut errors = self.program.stderr.take().unwrap();
        errors.read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// What browsers send when a person opens an address.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[test]
fn an_address_of_an_earlier_start_shows_a_page_in_both_languages_and_no_data() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&mut cotmoc_at(&folder.path().join("device")));
    for path in ["/", "/?key=an-older-one", "/index.html"] {
        let answer = served.get(path, BROWSER);
        assert_eq!(answer.status(), 401, "{path}");
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!(header("cache-control"), "no-store");
        assert!(header("content-security-policy").starts_with("default-src 'none'"));
        assert!(!answer.headers().contains_key("set-cookie"));
        let page = answer.text().unwrap();
        let vietnamese = page.find("Mở lại bằng địa chỉ mà chương trình hiện ra lúc khởi động.");
        let english = page.find("Open the address that the program printed when it started.");
        assert!(vietnamese.is_some() && vietnamese < english, "{page}");
        assert!(!page.contains("door_session_ended"), "a person is told no code");
    }
}

#[test]
fn screens_and_programs_get_the_code_when_their_secret_is_an_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&mut cotmoc_at(&folder.path().join("device")));
    for (path, accept) in [
        ("/", "*/*"),
        ("/api/events", "text/event-stream"),
        ("/api/events", BROWSER),
    ] {
        let answer = served.get(path, accept);
        assert_eq!(answer.status(), 401, "{path}");
        let problem: Value = serde_json::from_str(&answer.text().unwrap()).unwrap();
        assert_eq!(problem["code"], "door_session_ended", "{path}");
    }
}

#[test]
fn a_damaged_folder_opens_the_screens_which_say_why_and_the_terminal_says_it_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("device");
    answered(&cotmoc_at(&home).args(["call", "status.get"]).output().unwrap());
    damage(&home);
    let served = Served::start(&mut cotmoc_at(&home));
    let (status, problem) = served.call("status.get");
    assert_eq!(
        (status, problem["code"].as_str()),
        (422, Some("damaged_database"))
    );
    let (status, list) = served.call("profiles.list");
    assert_eq!((status, &list["open"]), (200, &Value::Null));
    let said = served.end();
    assert!(said.contains("Tệp dữ liệu của hồ sơ bị hỏng."), "{said}");
    assert!(said.contains("Do not delete the folder of the profile"), "{said}");
    assert!(said.contains("(damaged_database"), "{said}");
}

#[test]
fn a_folder_that_another_program_had_open_opens_when_that_one_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("device");
    let first = Served::start(&mut cotmoc_at(&home));
    let second = Served::start(&mut cotmoc_at(&home));
    assert_eq!(second.call("status.get").1["code"], "home_in_use");
    let holder = first.program.id().to_string();
    first.end();
    let (status, opened) = second.call_with("profiles.open", &json!({ "id": "" }));
    assert_eq!((status, &opened["open"]), (200, &json!("")));
    assert_eq!(second.call("status.get").0, 200);
    assert!(second.end().contains(&holder), "it says which process holds it");
}

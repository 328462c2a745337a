//! `cotmoc` as people start it at the table, each on a machine of its own.

use std::cell::OnceCell;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cotmoc_tests::fleet::program;
use cotmoc_tests::lan::Machine;
use reqwest::blocking::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// A running `cotmoc`; killed when dropped, as when the battery is empty.
struct Running(Child);

impl Running {
    /// Starts it on a machine, and gives the first line that it prints.
    fn start(on: &Machine, home: &Path, arguments: &[&str]) -> (Self, String) {
        let mut command = Command::new(program("cotmoc"));
        for name in ["COTMOC_HOME", "COTMOC_PASSPHRASE", "COTMOC_LOG"] {
            command.env_remove(name);
        }
        command
            .arg("--home")
            .arg(home)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut started = Self(on.inside.run(|| command.spawn()).unwrap().unwrap());
        let mut line = String::new();
        let output = started.0.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        (started, line.trim().to_owned())
    }

    /// Ends it as Ctrl-C does.
    fn end(mut self) {
        kill_process(Pid::from_child(&self.0), Signal::INT).unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `cotmoc hub`.
pub struct Hub {
    running: Running,
    /// What it shows for joining.
    pub text: String,
}

impl Hub {
    pub fn opens(on: &Machine, home: &Path) -> Self {
        let (running, text) = Running::start(on, home, &["hub"]);
        assert!(text.starts_with("cotmochub1:"), "{text:?}");
        Self { running, text }
    }

    pub fn closes(self) {
        self.running.end();
    }
}

/// `cotmoc serve` and the page in the browser of the same machine.
pub struct Screens {
    running: Running,
    browser: Client,
    /// With the secret of this start.
    address: String,
    cookie: OnceCell<String>,
}

impl Screens {
    pub fn open(on: &Machine, home: &Path) -> Self {
        let (running, address) = Running::start(on, home, &["serve"]);
        assert!(address.starts_with("http://127.0.0.1:"), "{address:?}");
        // The client asks for one although it speaks to loopback without TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Its thread, which opens its connections, is where it was built.
        let built = on.inside.run(|| {
            let browser = Client::builder().redirect(reqwest::redirect::Policy::none());
            browser.timeout(Duration::from_secs(30)).build()
        });
        Self {
            running,
            browser: built.unwrap().unwrap(),
            address,
            cookie: OnceCell::new(),
        }
    }

    pub fn close(self) {
        self.running.end();
    }

    pub fn try_call(&self, method: &str, params: Value) -> Result<Value, Value> {
        let cookie = self.cookie.get_or_init(|| {
            let entered = self.browser.get(&self.address).send().unwrap();
            let cookie = entered.headers()["set-cookie"].to_str().unwrap();
            cookie.split(';').next().unwrap().to_owned()
        });
        let origin = self.address.split("/?").next().unwrap();
        let answer = self
            .browser
            .post(format!("{origin}/api/call"))
            .header("origin", origin)
            .header("cookie", cookie)
            .body(json!({ "method": method, "params": params }).to_string())
            .send()
            .unwrap();
        let is_good = answer.status().is_success();
        let said = serde_json::from_str(&answer.text().unwrap()).unwrap();
        if is_good { Ok(said) } else { Err(said) }
    }

    #[track_caller]
    pub fn call(&self, method: &str, params: Value) -> Value {
        match self.try_call(method, params) {
            Ok(answer) => answer,
            Err(problem) => panic!("{method}: {problem}"),
        }
    }

    /// The one hub among its remotes.
    pub fn hub(&self) -> Value {
        let list = self.call("remotes.list", Value::Null);
        let mut rows = list["remotes"].as_array().unwrap().iter();
        rows.find(|row| row["kind"] == "hub").unwrap().clone()
    }
}

//! The province's server as a process of its own, so that its processor time and memory can be told apart
//! from those of the devices.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use cotmoc_core::exchange::Invitation;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::process::{peak_memory, running_children};
use crate::fleet::program;

/// A running `sync-server serve`; asked to end when dropped.
pub struct ServerProcess {
    child: Child,
    /// Kept open: a server whose output nobody takes would fail at its next line.
    _output: BufReader<ChildStdout>,
    /// The administrator's invitation, when this start founded the province.
    pub founding: Option<Invitation>,
}

impl ServerProcess {
    /// Starts the server over a folder and waits until it listens. `arguments` say where and how. The
    /// province is founded when the folder has none.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(home: &Path, arguments: &[&str]) -> Result<Self> {
        Self::run(home, arguments, "error", Stdio::inherit())
    }

    /// As [`ServerProcess::start`]; what it says of `level` is added to a file.
    ///
    /// # Errors
    /// As there, or when the file cannot be written.
    pub fn logging(home: &Path, arguments: &[&str], level: &str, log: &Path) -> Result<Self> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        Self::run(home, arguments, level, log.into())
    }

    fn run(home: &Path, arguments: &[&str], level: &str, log: Stdio) -> Result<Self> {
        let mut child = Command::new(program("sync-server"))
            .arg("serve")
            .arg("--home")
            .arg(home)
            .args([
                "--json",
                "--province",
                "Tỉnh Sơn La",
                "--root-unit",
                "tinh-son-la",
            ])
            .args(arguments)
            .env("RUST_LOG", level)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("sync-server")?;
        let output = child.stdout.take().context("output of sync-server")?;
        let mut started = Self {
            child,
            _output: BufReader::new(output),
            founding: None,
        };
        loop {
            let mut line = String::new();
            if started._output.by_ref().take(64 * 1024).read_line(&mut line)? == 0 {
                let status = started.child.wait()?;
                return Err(anyhow!("sync-server ended before it listened: {status}"));
            }
            let told: Value = serde_json::from_str(&line).with_context(|| line.clone())?;
            match told["event"].as_str() {
                Some("founded") => {
                    let text = told["invitation"].as_str().unwrap_or_default();
                    started.founding = Some(Invitation::from_text(text)?);
                }
                Some("listening") => return Ok(started),
                _ => {}
            }
        }
    }

    /// Plain HTTP on a loopback port, for counting bytes outside TLS.
    ///
    /// # Errors
    /// As [`ServerProcess::start`].
    pub fn plain(home: &Path, listen: &str, public: &str) -> Result<Self> {
        let arguments = ["--listen", listen, "--public-url", public];
        Self::start(home, &[&["--plain-http-for-benchmark"], &arguments[..]].concat())
    }

    /// The founding invitation's text.
    ///
    /// # Errors
    /// When the province was there before.
    pub fn founding_text(&self) -> Result<String> {
        let invitation = self
            .founding
            .as_ref()
            .context("the province was founded before")?;
        Ok(invitation.to_text())
    }

    /// Processor time of all its living threads, with the scheduler's resolution.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn processor(&self) -> Result<Duration> {
        let mut nanoseconds = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            // A thread may end between the listing and the reading.
            let Ok(text) = std::fs::read_to_string(task?.path().join("schedstat")) else {
                continue;
            };
            let spent = text.split_whitespace().next().context("schedstat")?;
            nanoseconds += spent.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Resident memory now, bytes.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn memory(&self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// Most resident memory since it started or since [`ServerProcess::forget_peak`], bytes.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn peak_memory(&self) -> Result<u64> {
        self.status("VmHWM:")
    }

    /// [`ServerProcess::peak_memory`] with that of its checking processes.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn peak_memory_with_children(&self) -> Result<u64> {
        let mut bytes = self.peak_memory()?;
        for child in running_children(self.child.id())? {
            // One that has ended meanwhile holds nothing.
            bytes += peak_memory(child).unwrap_or_default();
        }
        Ok(bytes)
    }

    /// Lets the peak begin again at what is resident now.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub fn forget_peak(&self) -> Result<()> {
        Ok(std::fs::write(
            format!("/proc/{}/clear_refs", self.child.id()),
            "5",
        )?)
    }

    fn status(&self, name: &str) -> Result<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.with_context(|| name.to_owned())?.parse::<u64>()? * 1_024)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

/// Processor time of a process, its children, and those it has waited for; 10 ms steps.
///
/// # Errors
/// When there is no such process.
pub fn processor_of_tree(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name may hold spaces and brackets; the numbers follow its last bracket.
    let (_, numbers) = stat.rsplit_once(')').context("stat")?;
    let ticks: Vec<u64> = numbers
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let mut spent = Duration::from_millis(10 * ticks.iter().sum::<u64>());
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let Ok(children) = std::fs::read_to_string(task?.path().join("children")) else {
            continue;
        };
        for child in children.split_whitespace() {
            // A child may end between the listing and the reading: then it is among those waited for.
            spent += processor_of_tree(child.parse()?).unwrap_or_default();
        }
    }
    Ok(spent)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn processor_time_of_a_child_counts_while_it_runs_and_after_it_was_waited_for() {
        let before = processor_of_tree(std::process::id()).unwrap();
        let mut child = Command::new("sh")
            .args(["-c", "while :; do :; done"])
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(400));
        let running = processor_of_tree(std::process::id()).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let waited_for = processor_of_tree(std::process::id()).unwrap();
        assert!(running > before, "{before:?} {running:?}");
        assert!(waited_for >= running, "{running:?} {waited_for:?}");
    }
}

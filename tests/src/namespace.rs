//! Network namespaces without names: they end with the last thread, process or open file that holds them,
//! however the program ends, so there is nothing to clean up.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::process::Command;

use anyhow::{Context, Result, anyhow, ensure};
use nix::sched::{CloneFlags, setns, unshare};

/// A network of its own, with nothing in it but a loopback.
pub struct Namespace(File);

impl Namespace {
    /// A new one.
    ///
    /// # Errors
    /// When this process may not make any.
    pub fn new() -> Result<Self> {
        let made = std::thread::spawn(|| -> Result<File> {
            unshare(CloneFlags::CLONE_NEWNET).context("a network namespace")?;
            Ok(File::open("/proc/thread-self/ns/net")?)
        });
        let namespace = Self(
            made.join()
                .map_err(|_| anyhow!("the thread of a namespace ended"))??,
        );
        namespace.run(|| ip("link set lo up"))??;
        Ok(namespace)
    }

    /// By this name `ip` finds it while this value lives.
    pub fn name(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.0.as_raw_fd())
    }

    /// Does something within: sockets it opens, threads it starts and processes it runs live here.
    ///
    /// # Errors
    /// When the namespace cannot be entered.
    ///
    /// # Panics
    /// When `work` does.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| -> Result<T> {
                setns(&self.0, CloneFlags::CLONE_NEWNET).context("entering a network namespace")?;
                Ok(work())
            });
            match inside.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }
}

/// Runs `ip` in the namespace of the calling thread.
///
/// # Errors
/// When it is not installed or refuses.
pub fn ip(arguments: &str) -> Result<()> {
    let run = Command::new("ip")
        .args(arguments.split(' '))
        .output()
        .context("ip (iproute2)")?;
    ensure!(
        run.status.success(),
        "ip {arguments}: {}",
        String::from_utf8_lossy(&run.stderr)
    );
    Ok(())
}

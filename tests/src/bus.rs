//! A D-Bus of a test's own: the real `dbus-daemon`, on which only the test decides what runs.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// It starts no service by itself.
const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=SESSION</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

/// A bus, until it is dropped.
pub struct PrivateBus {
    daemon: Child,
    address: String,
}

impl PrivateBus {
    /// Starts one that keeps its socket in a folder.
    ///
    /// # Errors
    /// When `dbus-daemon` is not there (`scripts/setup test` installs it) or does not start.
    pub fn start(folder: &Path) -> Result<Self> {
        let config = folder.join("bus.conf");
        std::fs::write(&config, CONFIG.replace("SESSION", &folder.to_string_lossy()))?;
        let daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("dbus-daemon is installed by scripts/setup test")?;
        let mut bus = Self {
            address: String::new(),
            daemon,
        };
        let said = bus.daemon.stdout.take().context("its standard output is piped")?;
        BufReader::new(said).read_line(&mut bus.address)?;
        bus.address.truncate(bus.address.trim_end().len());
        Ok(bus)
    }

    /// Where it listens, as `DBUS_SESSION_BUS_ADDRESS` and `DBUS_SYSTEM_BUS_ADDRESS` say it.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

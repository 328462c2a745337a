//! The devices of the demonstration, played through the use cases.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use cotmoc_device::Desk;
use cotmoc_ledger::GauntletProgram;
use serde_json::{Value, json};

/// One device.
pub struct Player {
    desk: Desk,
}

impl Player {
    /// Opens the device of a folder.
    pub fn open(folder: &Path) -> Result<Self> {
        let gauntlet = GauntletProgram::this_program()?;
        let desk = Desk::of_device(folder, None, gauntlet);
        match desk.why_closed() {
            None => Ok(Self { desk }),
            Some(problem) => Err(anyhow!("{problem:?}")),
        }
    }

    /// Opens a new device and enrols it.
    pub fn enrolled(folder: &Path, invitation: &str, label: &str) -> Result<Self> {
        let player = Self::open(folder)?;
        player.call(
            "enrolment.accept",
            json!({ "invitation": invitation, "label": label }),
        )?;
        Ok(player)
    }

    /// Runs a use case.
    pub fn call(&self, method: &str, params: Value) -> Result<Value> {
        self.desk
            .call(method, params)
            .map_err(|problem| anyhow!("{method}: {} {:?}", problem.code, problem.params))
    }

    /// Exchanges with the province.
    pub fn exchange(&self) -> Result<Value> {
        self.call("exchange.run", Value::Null)
    }
}

/// Folder of a device of the demonstration.
pub fn folder(data: &Path, province: &str, device: &str) -> PathBuf {
    data.join("devices").join(province).join(device)
}

/// A text of an answer.
pub fn text(answer: &Value, path: &str) -> Result<String> {
    let found = answer.pointer(path).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .ok_or_else(|| anyhow!("no {path} in the answer"))
}

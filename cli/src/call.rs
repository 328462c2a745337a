//! One use case from the terminal.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use cotmoc_device::contract::Problem;
use cotmoc_device::contract::exchange::DeviceEvent;
use cotmoc_device::contract::session::{ExchangePhase, ExchangeState};
use cotmoc_device::{Desk, EventListener};
use cotmoc_ledger::GauntletProgram;
use serde_json::Value;

/// Which device, and how to open it.
pub struct Place {
    /// A device's folder, or nothing for the machine's profiles.
    pub home: Option<PathBuf>,
    /// Passphrase of a locked folder.
    pub passphrase: Option<String>,
}

impl Place {
    /// Opens the desk.
    pub fn desk(&self) -> Result<Result<Desk, Problem>> {
        let gauntlet = GauntletProgram::this_program().context("where this program is")?;
        Ok(match &self.home {
            Some(home) => Desk::of_device(home, self.passphrase.as_deref(), gauntlet),
            None => Desk::of_machine(&machine_folder()?, gauntlet),
        })
    }
}

/// Where a machine's profiles are.
pub fn machine_folder() -> Result<PathBuf> {
    let named = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(data) = named("XDG_DATA_HOME") {
        return Ok(data.join("cotmoc"));
    }
    if let Some(data) = named("LOCALAPPDATA") {
        return Ok(data.join("cotmoc"));
    }
    let home = named("HOME").context("no home folder: give --home")?;
    Ok(home.join(".local/share/cotmoc"))
}

/// Runs a use case and prints its answer or its problem.
pub fn call(place: &Place, method: &str, request: &str) -> Result<ExitCode> {
    let text = match request.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).with_context(|| file.to_owned())?,
        None if request == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        None => request.to_owned(),
    };
    let params: Value = match serde_json::from_str(&text) {
        Ok(params) => params,
        Err(error) => return print(Err(Problem::new("bad_request").with("what", error.to_string()))),
    };
    let desk = match place.desk()? {
        Ok(desk) => desk,
        Err(problem) => return print(Err(problem)),
    };
    print(desk.call(method, params))
}

/// Prints the schema of all use cases.
pub fn schema() -> Result<ExitCode> {
    print(Ok(cotmoc_device::contract::methods::schema()))
}

/// Runs a long use case with a progress line on standard error.
pub fn with_progress(place: &Place, method: &str) -> Result<ExitCode> {
    let desk = match place.desk()? {
        Ok(desk) => desk,
        Err(problem) => return print(Err(problem)),
    };
    let listener = desk.device().map(|device| device.listen());
    let told = std::thread::spawn(move || {
        if let Some(listener) = listener {
            tell(&listener);
        }
    });
    let answer = desk.call(method, Value::Null);
    drop(desk);
    let _ = told.join();
    eprintln!();
    print(answer)
}

fn tell(listener: &EventListener) {
    // The device drops its side when it closes, which ends this.
    while let Ok(event) = listener.recv() {
        let (work, done, total) = match event {
            DeviceEvent::Exchange {
                state: ExchangeState::Running { phase, done, total },
            } => {
                let work = match phase {
                    ExchangePhase::Sending => "Đang gửi",
                    ExchangePhase::Receiving => "Đang nhận",
                    ExchangePhase::Applying => "Đang lưu",
                };
                (work, done, total)
            }
            DeviceEvent::Progress { done, total, .. } => ("Đang xử lý", done, total),
            _ => continue,
        };
        let of = total.map(|total| format!("/{total}")).unwrap_or_default();
        eprint!("\r{work} {done}{of}            ");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn print(answer: Result<Value, Problem>) -> Result<ExitCode> {
    let (text, status) = match answer {
        Ok(answer) => (serde_json::to_string_pretty(&answer)?, ExitCode::SUCCESS),
        Err(problem) => (serde_json::to_string_pretty(&problem)?, ExitCode::FAILURE),
    };
    // A reader that closes early, such as `head`, is no fault of the call.
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(status)
}

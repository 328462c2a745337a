//! One use case from the terminal.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use cotmoc_device::contract::Problem;
use cotmoc_device::{Desk, KeyPlace};
use cotmoc_ledger::GauntletProgram;
use serde_json::Value;

use crate::progress;

/// Which device, and how to open it.
pub struct Place {
    /// A device's folder, or nothing for the machine's profiles.
    pub home: Option<PathBuf>,
    /// Name of the profile among the machine's.
    pub profile: Option<String>,
    /// Passphrase of a locked folder.
    pub passphrase: Option<String>,
    /// Where the keys of new profiles go.
    pub keys: KeyPlace,
}

impl Place {
    /// The desk. Whether a device is open at it, it says itself.
    ///
    /// # Errors
    /// When it is not known where the profiles are, or which program this is.
    pub fn desk(&self) -> Result<Desk, Problem> {
        let gauntlet = GauntletProgram::this_program().map_err(|error| {
            tracing::error!(error.message = %error, "which program this is");
            Problem::new("internal")
        })?;
        let passphrase = self.passphrase.as_deref();
        if let Some(home) = &self.home {
            return Ok(Desk::of_device(home, passphrase, gauntlet));
        }
        let root = cotmoc_device::machine_folder()
            .ok_or_else(|| Problem::new("bad_request").with("what", "no home folder: give --home"))?;
        let profile = self.profile.as_deref();
        Ok(Desk::of_machine(&root, profile, passphrase, gauntlet, self.keys))
    }
}

/// Runs a use case and prints its answer or its problem; a long one tells how far it is on standard error.
/// The request is JSON, `-` for standard input, or `@FILE`.
pub fn call(place: &Place, method: &str, request: &str) -> Result<ExitCode> {
    match params_of(request) {
        Ok(params) => run(place, method, params),
        Err(problem) => print(Err(problem)),
    }
}

/// Prints the schema of all use cases.
pub fn schema() -> Result<ExitCode> {
    print(Ok(cotmoc_device::contract::methods::schema()))
}

fn params_of(request: &str) -> Result<Value, Problem> {
    let bad = |what: String| Problem::new("bad_request").with("what", what);
    let text = match request.strip_prefix('@') {
        Some(file) => fs::read_to_string(file).map_err(|error| bad(format!("{file}: {error}")))?,
        None if request == "-" => {
            io::read_to_string(io::stdin()).map_err(|error| bad(format!("standard input: {error}")))?
        }
        None => request.to_owned(),
    };
    serde_json::from_str(&text).map_err(|error| bad(error.to_string()))
}

/// Runs a use case with a request that was read already.
pub fn run(place: &Place, method: &str, params: Value) -> Result<ExitCode> {
    let desk = match place.desk() {
        Ok(desk) => desk,
        Err(problem) => return print(Err(problem)),
    };
    let listener = desk.device().map(|device| device.listen());
    let told = std::thread::spawn(move || {
        if let Some(listener) = listener {
            progress::tell(&listener, io::stderr(), io::stderr().is_terminal());
        }
    });
    let answer = desk.call(method, params);
    // Closing the device ends the telling.
    drop(desk);
    let _ = told.join();
    print(answer)
}

/// Prints an answer, or a problem, as JSON on standard output.
pub fn print(answer: Result<Value, Problem>) -> Result<ExitCode> {
    let (text, status) = match answer {
        Ok(answer) => (serde_json::to_string_pretty(&answer)?, ExitCode::SUCCESS),
        Err(problem) => (serde_json::to_string_pretty(&problem)?, ExitCode::FAILURE),
    };
    // A reader that closes early, such as `head`, is no fault of the call.
    let _ = writeln!(io::stdout(), "{text}");
    Ok(status)
}

//! The checking process as a program of its own, for the tests of this package. The device's and the
//! server's programs embed the same call: each of them is its own checking process.
//!
//! Two more roles need another process than the test's: `hold FOLDER` opens a folder until its input
//! ends, `fill FOLDER` writes entries until one is refused and prints the number of each that was not.

use std::io::{self, Read, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use cotmoc_core::access::{Holder, Role, RosterAct};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::Scope;
use cotmoc_core::org::UnitId;
use cotmoc_ledger::{
    CHILD_ARGUMENT, Folder, GauntletProgram, Ledger, LedgerError, NoIndex, Unlock, Write, serve_gauntlet,
};
use uuid::Uuid;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [role] if *role == CHILD_ARGUMENT => serve_gauntlet().map_err(LedgerError::from),
        ["hold", folder] => hold(Path::new(folder)),
        ["fill", folder] => fill(Path::new(folder)),
        _ => Err(LedgerError::Io(io::Error::other(
            "gauntlet-child | hold FOLDER | fill FOLDER",
        ))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn hold(folder: &Path) -> Result<(), LedgerError> {
    let _folder = Folder::open(folder, Unlock::default())?;
    say("held")?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn fill(folder: &Path) -> Result<(), LedgerError> {
    let folder = Folder::open(folder, Unlock::default())?;
    let ledger = Ledger::open(folder, Arc::new(NoIndex), GauntletProgram::this_program()?)?;
    let author = ledger.author()?;
    let province = ProvinceId(Uuid::from_u128(1));
    ledger.join_province(province, author.device())?;
    for number in 0u64.. {
        let act = RosterAct::Invited {
            invitation: Hash32::of("cotmoc test invitation", &number.to_le_bytes()),
            role: Role::Post,
            holder: Holder::Unit(UnitId(Uuid::from_u128(u128::from(number) + 1))),
            holder_name: "Đồn thử nghiệm ".repeat(20),
            expires_at: 0,
            asked: None,
        };
        ledger.write(
            &author,
            0,
            &[Write::Act {
                scope: Scope::roster(province),
                act,
            }],
        )?;
        say(&format!("ack {number}"))?;
    }
    Ok(())
}

/// One line, out of the process before anything else happens.
fn say(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

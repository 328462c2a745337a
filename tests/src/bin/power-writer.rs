//! A device or a server that only writes, for cutting its power and killing it. Prints a line after each
//! thing that is saved. It is its own checking process, as the real programs are.

use std::process::ExitCode;

use cotmoc_tests::powercut::writer;

fn main() -> ExitCode {
    if cotmoc_ledger::is_gauntlet_child() {
        return match cotmoc_ledger::serve_gauntlet() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match writer::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

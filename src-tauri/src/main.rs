//! The desktop program.
#![cfg_attr(all(not(debug_assertions), windows), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    if cotmoc_ledger::is_gauntlet_child() {
        return match cotmoc_ledger::serve_gauntlet() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    cotmoc_app::run();
    ExitCode::SUCCESS
}

//! The demonstration: four provinces, a server in a process of its own, and the devices of the named
//! posts and districts, each with its own folder, key and invitation.
//!
//! Every record is entered through the use cases and reaches the compilers through the exchange. The
//! figures are those of `device/data/seed-facts.json`; names of models come from there too, and whatever
//! the source does not name is labelled demonstration data.

mod cast;
mod doors;
mod plan;
mod play;
mod province_server;
mod script;
mod survey;
mod totals;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

/// Plays the demonstration if it was not played yet, prints the totals, and keeps the doors open.
pub fn run(data: &Path, once: bool) -> Result<ExitCode> {
    std::fs::create_dir_all(data)?;
    let played = data.join("played");
    let plans = plan::provinces();
    let server = province_server::ProvinceServer::start(data, &plans)?;
    if played.exists() {
        eprintln!(
            "Dữ liệu minh hoạ đã có sẵn tại {}. / The demonstration data are there already.",
            data.display()
        );
    } else {
        play::play(data, &plans, &server)?;
        std::fs::write(&played, "")?;
    }
    totals::print(data, &plans)?;
    if !once {
        doors::keep_open(data, &plans)?;
    }
    drop(server);
    Ok(ExitCode::SUCCESS)
}

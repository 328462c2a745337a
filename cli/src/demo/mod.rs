//! The demonstration: four provinces, a server in a process of its own, and the devices of the named
//! posts and districts, each with its own folder, key and invitation.
//!
//! Every record is entered through the use cases and reaches the compilers through the exchange. The
//! figures are those of `device/data/seed-facts.json`; names of models come from there too, and whatever
//! the source does not name is labelled demonstration data.

mod cast;
mod data_folder;
mod doors;
mod plan;
mod play;
mod progress;
mod province_server;
mod script;
mod survey;
mod totals;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

/// Plays the demonstration if it was not played yet, prints the totals, and keeps the doors open.
///
/// A play that was interrupted is begun anew.
pub fn run(data: &Path, once: bool) -> Result<ExitCode> {
    province_server::become_it_when_told(data)?;
    let folder = data_folder::DataFolder::take(data)?;
    let data = folder.path();
    let plans = plan::provinces();
    if !folder.is_played() && folder.remove_unfinished()? {
        eprintln!("Lần chạy trước chưa xong; dữ liệu minh họa được lập lại từ đầu.");
        eprintln!("The last run did not come to its end; the demonstration data are made anew.");
    }
    let server = province_server::ProvinceServer::start(&folder, &plans)?;
    if folder.is_played() {
        eprintln!("Dữ liệu minh họa đã có sẵn tại {}.", data.display());
        eprintln!("The demonstration data are there already.");
    } else {
        play::play(data, &plans, &server)?;
        folder.set_played()?;
    }
    totals::print(data, &plans)?;
    if !once {
        doors::keep_open(data, &plans)?;
    }
    drop(server);
    Ok(ExitCode::SUCCESS)
}

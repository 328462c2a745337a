//! Playing the demonstration: each province in a thread of its own.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use super::plan::Province;
use super::progress::Progress;
use super::province_server::ProvinceServer;
use super::script;

/// Plays all provinces at once, with one progress line.
pub fn play(data: &Path, provinces: &[Province], server: &ProvinceServer) -> Result<()> {
    let progress = Progress::of(provinces);
    let result = std::thread::scope(|scope| {
        let players: Vec<_> = provinces
            .iter()
            .map(|province| {
                let progress = &progress;
                scope.spawn(move || script::province(data, province, &server.invitation(province)?, progress))
            })
            .collect();
        while players.iter().any(|player| !player.is_finished()) {
            progress.tell();
            std::thread::sleep(Duration::from_millis(300));
        }
        players
            .into_iter()
            .try_for_each(|player| player.join().map_err(|_| anyhow!("a player stopped"))?)
    });
    progress.end();
    result.with_context(|| format!("nhật ký máy chủ / server log: {}", server.log().display()))
}

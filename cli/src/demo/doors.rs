//! The doors of the demonstration: one loopback address per role, and the desktop app where there is a
//! display. A reader can register at one, exchange, and see the total move at another.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::Result;
use cotmoc_device::Desk;
use cotmoc_ledger::GauntletProgram;

use super::cast::folder;
use super::plan::Province;
use super::province_server::beside_this_program;
use crate::serve::Door;

/// Role shown, province, device folder.
const ROLES: [(&str, &str, &str); 4] = [
    ("Cán bộ đồn / post", "tinh-son-la", "don-muong-lan"),
    ("Thành viên đoàn / member", "tinh-son-la", "member-1"),
    ("Thư ký đoàn / secretary", "tinh-son-la", "secretary"),
    ("Tổng hợp tỉnh / compiler", "tinh-son-la", "compiler"),
];

/// Serves the roles until the program is stopped.
#[expect(clippy::print_stdout, reason = "the addresses are the demonstration's output")]
pub fn keep_open(data: &Path, _: &[Province]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let app = open_app(data);
    runtime.block_on(async {
        println!();
        println!("Mở trong trình duyệt trên máy này / open in a browser on this machine:");
        let mut doors = tokio::task::JoinSet::new();
        for (role, province, device) in ROLES {
            let gauntlet = GauntletProgram::this_program()?;
            let mut desk = Desk::of_device(&folder(data, province, device), None, gauntlet);
            desk.exchange_by_itself();
            let door = Door::open(Arc::new(desk), std::net::SocketAddr::from(([127, 0, 0, 1], 0))).await?;
            println!("  {role}: {}", door.address());
            doors.spawn(door.serve());
        }
        println!("Nhấn Ctrl+C để dừng. / Press Ctrl+C to stop.");
        tokio::select! {
            ended = doors.join_next() => ended.transpose()?.unwrap_or(Ok(())),
            stopped = stop() => stopped,
        }
    })?;
    if let Some(mut app) = app {
        let _ = app.kill();
        let _ = app.wait();
    }
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    Ok(())
}

async fn stop() -> Result<()> {
    #[cfg(unix)]
    {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            stopped = tokio::signal::ctrl_c() => stopped?,
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}

/// The desktop app on the device of the border guard command, when there is a display and it was built.
fn open_app(data: &Path) -> Option<Child> {
    let display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    let program = beside_this_program("cotmoc-app").ok().filter(|_| display)?;
    let home = folder(data, "tinh-son-la", "bdbp-son-la");
    let started = Command::new(program)
        .env("COTMOC_HOME", home)
        .stdin(Stdio::null())
        .spawn();
    started
        .inspect_err(|error| eprintln!("Không mở được ứng dụng: {error}"))
        .ok()
}

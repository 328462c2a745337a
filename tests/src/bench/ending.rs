//! An interrupted measurement leaves no server behind, and with it no namespace.

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// Conventional exit status of an interrupted program.
const INTERRUPTED: i32 = 130;

/// From now on Ctrl-C, or being asked to end, ends the processes that this one started before itself.
///
/// # Errors
/// When signals cannot be listened for.
pub fn end_children_when_interrupted() -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = runtime.block_on(async {
        std::io::Result::Ok((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    })?;
    std::thread::Builder::new()
        .name("interrupted".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            });
            for child in children() {
                // One that has ended meanwhile needs nothing.
                let _ = kill_process(child, Signal::TERM);
            }
            end();
        })?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever interrupts wants it cut off; stores survive that, which is measured elsewhere"
)]
fn end() -> ! {
    std::process::exit(INTERRUPTED)
}

fn children() -> Vec<Pid> {
    let tasks = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let listed = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let pids = listed.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    pids.filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}

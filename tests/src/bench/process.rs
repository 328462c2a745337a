//! What a process and those it started have taken so far, as the kernel counts it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// The kernel counts processor time in hundredths of a second for whoever reads it here.
const TICKS: f64 = 100.0;
/// How often it is looked whether a process has ended.
const LOOK: Duration = Duration::from_millis(2);

/// Processor time in seconds, of user and system together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Processor {
    /// Of the process itself.
    pub own: f64,
    /// Of the processes that it started.
    pub children: f64,
}

impl Processor {
    /// Both.
    pub fn total(self) -> f64 {
        self.own + self.children
    }

    /// What was added to an earlier count.
    pub fn since(self, before: Self) -> Self {
        Self {
            own: self.own - before.own,
            children: self.children - before.children,
        }
    }
}

/// Fields of `/proc/PID/stat` from the state on (proc(5)): the name before it may hold anything.
fn fields(process: u32) -> Result<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("stat")?;
    Ok(fields.split_whitespace().map(str::to_owned).collect())
}

/// Of a process, with those of its children that still run and those that have ended.
///
/// # Errors
/// When there is no such process.
pub fn processor(process: u32) -> Result<Processor> {
    const OWN: [usize; 2] = [11, 12];
    const ENDED_CHILDREN: [usize; 2] = [13, 14];
    let found = fields(process)?;
    let sum = |found: &[String], at: [usize; 2]| -> Result<f64> {
        let ticks = at.map(|at| found.get(at).and_then(|ticks| ticks.parse::<f64>().ok()));
        Ok(ticks.into_iter().sum::<Option<f64>>().context("stat")? / TICKS)
    };
    let mut children = sum(&found, ENDED_CHILDREN)?;
    for child in running_children(process)? {
        // One that has just ended is counted with the next look.
        children += processor(child).map_or(0.0, Processor::total);
    }
    Ok(Processor {
        own: sum(&found, OWN)?,
        children,
    })
}

/// Children of a process that still run.
///
/// # Errors
/// When there is no such process.
pub fn running_children(process: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may have ended meanwhile.
        let Ok(listed) = fs::read_to_string(task?.path().join("children")) else {
            continue;
        };
        children.extend(listed.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
    }
    Ok(children)
}

/// Waits until a child of this process has ended, and says what it took; the caller reaps it.
///
/// # Errors
/// When there is no such process.
pub fn wait_until_ended(process: u32) -> Result<Processor> {
    while fields(process)?.first().is_some_and(|state| state != "Z") {
        std::thread::sleep(LOOK);
    }
    processor(process)
}

/// Memory of a process that is in use now, bytes.
///
/// # Errors
/// When there is no such process.
pub fn resident_memory(process: u32) -> Result<u64> {
    status(process, "VmRSS:")
}

/// Most memory that a process ever had in use, bytes.
///
/// # Errors
/// When there is no such process.
pub fn peak_memory(process: u32) -> Result<u64> {
    status(process, "VmHWM:")
}

fn status(process: u32, name: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib: u64 = line
        .and_then(|line| line.split_whitespace().next())
        .context("status")?
        .parse()?;
    Ok(kib * 1024)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::process::Command;

    use super::*;

    #[test]
    fn the_time_of_a_child_counts_for_its_parent_and_for_itself() {
        let mut child = Command::new("sh")
            .args(["-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"])
            .spawn()
            .unwrap();
        let spent = wait_until_ended(child.id()).unwrap();
        assert!(spent.own > 0.0, "{spent:?}");
        assert!(processor(std::process::id()).unwrap().children >= spent.own);
        child.wait().unwrap();
        assert!(resident_memory(std::process::id()).unwrap() <= peak_memory(std::process::id()).unwrap());
    }
}

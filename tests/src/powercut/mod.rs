//! Saved means saved, proved: what a device or a server acknowledged is there after its process was
//! killed and after the power went, at every moment.
//!
//! `kill -9` alone says nothing about power: the kernel still holds what was not synced. So the system
//! calls of a writer are recorded, and a disk is played back from them up to some moment as a machine
//! without power would leave it: synced bytes are there, of the others some are, whole or torn at a
//! sector. The program then opens that folder and must find every edit that was acknowledged before the
//! moment, and no half of any. The same harness with `synchronous=NORMAL` must find some lost, or it
//! would prove nothing.
//!
//! Names in the folder are durable once the folder was synced, a new file's also with its own first sync,
//! as Linux file systems keep it. The shared memory of the write-ahead log is mapped and never read back:
//! it is left out, as after a restart.

mod disk;
mod recording;
mod scene;
mod verdict;
pub mod writer;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use disk::{Disk, Keeping};
use recording::{Event, Recording};
use scene::Scene;
use verdict::{Finding, inspect};

use crate::progress::Progress;

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A device that saves its own edits.
    Device,
    /// A server that takes in packs of three devices, through the checking process.
    Server,
}

/// How the writer's database syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syncing {
    /// As the program does: `synchronous=FULL`.
    Full,
    /// `synchronous=NORMAL`, to show that the harness notices.
    Normal,
}

/// What the power cuts showed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CutReport {
    /// Moments tried, all modes together.
    pub points: u64,
    /// Moments at which something acknowledged was lost.
    pub points_with_loss: u64,
    /// Acknowledged edits lost, over all moments.
    pub lost: u64,
    /// Moments at which half of an edit was found: a transaction in part, a record that differs from a
    /// rebuild, a chain with a gap.
    pub half: u64,
    /// Moments after which the folder could not be opened.
    pub unreadable: u64,
    /// Acknowledgements in the recording.
    pub acknowledged: u64,
}

/// What the kills showed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KillReport {
    /// Processes killed.
    pub kills: u64,
    /// Acknowledged edits lost.
    pub lost: u64,
    /// Folders with half of an edit, or that could not be opened.
    pub half: u64,
    /// Acknowledgements read from the killed processes.
    pub acknowledged: u64,
}

/// Records a writer and cuts its power at `points` moments in each of three modes: what was not synced
/// is gone, or some of it is there, or some of it is there in torn sectors of 512 bytes. Equal seeds
/// choose equal moments of equal recordings.
///
/// # Errors
/// When `strace` is missing, the writer fails, or files cannot be written.
pub fn power_cut(
    side: Side,
    syncing: Syncing,
    points: u64,
    seed: u64,
    progress: &Progress,
) -> Result<CutReport> {
    let scene = Scene::prepare()?;
    let recording = Recording::make(&scene, side, syncing)?;
    ensure!(
        recording.acknowledged() > 20,
        "the writer acknowledged too little to cut"
    );
    let mut moments = Vec::new();
    let mut dice = Dice::new(seed);
    for keeping in [Keeping::Nothing, Keeping::SomeWrites, Keeping::SomeSectors] {
        for _ in 0..points {
            moments.push((
                dice.below(recording.events.len() as u64 + 1) as usize,
                keeping,
                dice.next(),
            ));
        }
    }
    // In order of time, so that each thread plays its recording once.
    moments.sort_by_key(|(at, ..)| *at);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let reports = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|thread| {
                let mine: Vec<_> = moments.iter().skip(thread).step_by(threads).copied().collect();
                let (scene, recording) = (&scene, &recording);
                scope.spawn(move || cut_at(scene, (side, syncing), recording, &mine, progress))
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join())
            .collect::<Vec<_>>()
    });
    let mut total = CutReport {
        acknowledged: recording.acknowledged(),
        ..CutReport::default()
    };
    for report in reports {
        let report = report.map_err(|_| anyhow::anyhow!("a thread of the harness panicked"))??;
        total.points += report.points;
        total.points_with_loss += report.points_with_loss;
        total.lost += report.lost;
        total.half += report.half;
        total.unreadable += report.unreadable;
    }
    Ok(total)
}

fn cut_at(
    scene: &Scene,
    (side, syncing): (Side, Syncing),
    recording: &Recording,
    moments: &[(usize, Keeping, u64)],
    progress: &Progress,
) -> Result<CutReport> {
    let mut report = CutReport::default();
    let mut disk = Disk::default();
    let mut played = 0;
    let mut last_ack = None;
    for (at, keeping, seed) in moments {
        for event in &recording.events[played..*at] {
            match event {
                Event::Ack(line) => last_ack = Some(line.as_str()),
                other => disk.play(other),
            }
        }
        played = *at;
        let folder = scratch()?;
        disk.write_out(folder.path(), *keeping, &mut Dice::new(*seed))?;
        let finding = inspect(folder.path(), scene, side, last_ack)?;
        progress.step();
        report.points += 1;
        report.points_with_loss += u64::from(finding.lost > 0);
        report.lost += finding.lost;
        report.half += u64::from(finding.half);
        report.unreadable += u64::from(finding.unreadable);
        // With NORMAL losses are what the proof looks for, hundreds of them.
        if syncing == Syncing::Full {
            tell(
                &finding,
                &format!("{side:?} at event {at}, {keeping:?}, seed {seed}"),
            );
        }
    }
    Ok(report)
}

/// Starts a writer and kills it (SIGKILL) at a random moment of its work, `kills` times, each time
/// opening the folder afterwards. The writer goes on in the same folder while there is work left.
///
/// # Errors
/// When the writer fails by itself, or files cannot be written.
pub fn kill_nine(side: Side, kills: u64, seed: u64, progress: &Progress) -> Result<KillReport> {
    let scene = Scene::prepare()?;
    let mut dice = Dice::new(seed);
    let mut report = KillReport::default();
    let mut folder = scratch()?;
    while report.kills < kills {
        let acks = killed_writer(
            &scene,
            side,
            folder.path(),
            Duration::from_millis(5 + dice.below(400)),
        )?;
        report.kills += u64::from(acks.killed);
        progress.steps(u64::from(acks.killed));
        report.acknowledged += acks.count;
        let finding = inspect(folder.path(), &scene, side, acks.last.as_deref())?;
        report.lost += finding.lost;
        report.half += u64::from(finding.half || finding.unreadable);
        tell(&finding, &format!("{side:?} after kill {}", report.kills));
        // A new folder now and then: the making of one is worth killing too, and it stays quick to check.
        if !acks.killed || finding.unreadable || report.kills.is_multiple_of(KILLS_PER_FOLDER) {
            folder = scratch()?;
        }
    }
    Ok(report)
}

/// Kills after which the next writer begins anew.
const KILLS_PER_FOLDER: u64 = 8;

/// What a killed writer had acknowledged.
struct Acks {
    count: u64,
    last: Option<String>,
    /// It was still at work.
    killed: bool,
}

fn killed_writer(scene: &Scene, side: Side, folder: &Path, after: Duration) -> Result<Acks> {
    let mut child = Command::new(writer_program()?)
        .args(writer::arguments(
            side,
            folder,
            scene.path(),
            writer::WORK_FOR_KILLS,
        ))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting the writer")?;
    let output = child.stdout.take().context("the writer's output")?;
    let reader = std::thread::spawn(move || {
        let mut lines = Vec::new();
        let mut output = BufReader::new(output);
        let mut line = String::new();
        // A line without its end was not acknowledged yet.
        while output.read_line(&mut line).is_ok_and(|read| read > 0) && line.ends_with('\n') {
            lines.push(std::mem::take(&mut line));
        }
        lines
    });
    std::thread::sleep(after);
    let ended = child.try_wait()?;
    if ended.is_none() {
        child.kill()?;
    }
    let status = child.wait()?;
    let lines = reader
        .join()
        .map_err(|_| anyhow::anyhow!("reading acknowledgements"))?;
    ensure!(
        ended.is_none() || status.success(),
        "the writer failed by itself: {status}"
    );
    let mut acks = lines
        .iter()
        .filter_map(|line| line.trim_end().strip_prefix(writer::ACK));
    Ok(Acks {
        count: acks.clone().count() as u64,
        last: acks.next_back().map(str::to_owned),
        killed: ended.is_none(),
    })
}

/// A failed moment is told on standard error, so that it can be made again.
fn tell(finding: &Finding, moment: &str) {
    if let Some(why) = &finding.why {
        eprintln!("{moment}: {why}");
    }
}

/// The program beside the running one, or one folder up when a test runs.
fn writer_program() -> Result<PathBuf> {
    let running = std::env::current_exe()?;
    let beside = running
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("power-writer"));
    match beside.into_iter().find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => bail!("power-writer is not built beside {}", running.display()),
    }
}

/// A fresh folder, in memory where there is such a place: thousands of syncs of a played-back disk would
/// only measure the real one.
fn scratch() -> Result<tempfile::TempDir> {
    let memory = tempfile::Builder::new()
        .prefix("power-cut-")
        .tempdir_in("/dev/shm");
    Ok(memory.or_else(|_| tempfile::tempdir())?)
}

/// Numbers that look random and come again with their seed (a 64-bit linear congruential generator).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Self(seed ^ 0x9e37_79b9_7f4a_7c15);
        dice.next();
        dice
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 16
    }

    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.next() % sides.max(1)
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

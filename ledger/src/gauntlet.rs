//! The checking process: foreign changes are tried in a child with limits on memory and time.

use std::collections::VecDeque;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use cotmoc_core::access::Refusal;
use cotmoc_core::record::{Examined, Job, JobInput, RecordKind, examine};

use crate::error::LedgerError;

/// The first argument that turns a program into the checking process.
pub const CHILD_ARGUMENT: &str = "gauntlet-child";

/// Address space of the child, bytes (`reliability-security` §5.1).
const MEMORY: u64 = 512 * 1024 * 1024;
/// Longest a single job may keep the processor, and how much longer per MiB of it: a record at its caps that is made again
/// from all its entries took 5 s where an ordinary one takes milliseconds, and machines differ.
const TIME: Duration = Duration::from_secs(10);
const TIME_PER_MIB: Duration = Duration::from_secs(10);
/// A job's time is counted on the processor; on the clock it may take this many times as long, because the
/// child shares the machine with others.
const PATIENCE: u32 = 2;
/// Largest frame on the pipe; a job's document and changes are capped far below it.
const MAX_FRAME: usize = 64 * 1024 * 1024;

/// So many times a job has to stop a fresh child that has nothing else to do before the job is to blame, and
/// so many times something else has to before the job is left for later.
const TIMES: u32 = 2;
/// Jobs left for later because the child stood still, after which the others of the same call are too.
const STALLS: usize = 3;

/// Jobs sent before the first of them is answered.
const AHEAD: usize = 8;
/// As many jobs of one call are worth a second child.
const MANY: usize = 2 * AHEAD;

/// Which program is the checking process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GauntletProgram {
    /// The executable; it must call [`serve_gauntlet`] when its first argument is [`CHILD_ARGUMENT`].
    pub executable: PathBuf,
}

impl GauntletProgram {
    /// The running program itself.
    ///
    /// # Errors
    /// When the operating system does not say where it is.
    pub fn this_program() -> io::Result<Self> {
        Ok(Self {
            executable: std::env::current_exe()?,
        })
    }
}

/// Why a job has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotExamined {
    /// Its input may not be applied.
    Refused(Refusal),
    /// Something else than the job stopped the child, and did so again: nothing is known about the input.
    Interrupted,
}

/// How a child came to its end with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// It crashed, used up its memory, or answered nonsense.
    Crashed,
    /// It used up its time on the processor.
    Exhausted,
    /// Somebody ended it.
    Killed,
    /// It answered nothing and did not use the processor for it.
    Stalled,
}

/// Runs jobs in children of its own: one for a few, two at a time for many where the machine has room.
#[derive(Debug)]
pub struct Gauntlet {
    first: Examiner,
    second: Examiner,
}

/// One child, started anew whenever a job stopped it.
#[derive(Debug)]
struct Examiner {
    program: GauntletProgram,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    /// To a thread that writes: a child that has stopped reading must not stop the one that watches its time.
    jobs: SyncSender<Vec<u8>>,
    results: Receiver<io::Result<Vec<u8>>>,
}

impl Gauntlet {
    /// No child yet; it starts with the first job.
    pub fn new(program: GauntletProgram) -> Self {
        Self {
            first: Examiner::new(program.clone()),
            second: Examiner::new(program),
        }
    }

    /// Runs all jobs and answers in their order. A job with which the child stopped is tried again alone in a
    /// fresh one: it is answered with [`Refusal::Harmful`] when it stops that one too by its own doing, and
    /// with [`NotExamined::Interrupted`] when something else does. The others go on.
    ///
    /// # Errors
    /// When the child cannot be started at all.
    pub fn run(&mut self, jobs: &[Job]) -> Result<Vec<Result<Examined, NotExamined>>, LedgerError> {
        if jobs.len() < MANY || std::thread::available_parallelism().is_ok_and(|cores| cores.get() < 2) {
            return self.first.run(jobs);
        }
        let (these, those) = jobs.split_at(half_of(jobs));
        let second = &mut self.second;
        let (results, others) = std::thread::scope(|scope| {
            let others = scope.spawn(|| second.run(those));
            (self.first.run(these), others.join())
        });
        let others = others.map_err(|_| LedgerError::Gauntlet("it could not be watched".to_owned()))?;
        let mut results = results?;
        results.extend(others?);
        Ok(results)
    }
}

/// Where the jobs fall into two parts of about the same size in bytes.
fn half_of(jobs: &[Job]) -> usize {
    let all: usize = jobs.iter().map(Job::size).sum();
    let mut before = 0;
    jobs.iter()
        .take_while(|job| {
            before += job.size();
            before <= all / 2
        })
        .count()
}

impl Examiner {
    fn new(program: GauntletProgram) -> Self {
        Self {
            program,
            running: None,
        }
    }

    fn run(&mut self, jobs: &[Job]) -> Result<Vec<Result<Examined, NotExamined>>, LedgerError> {
        let mut results = Vec::with_capacity(jobs.len());
        let mut stalls = 0;
        while results.len() < jobs.len() && stalls < STALLS {
            let before = results.len();
            let Some(stop) = self.run_until_stopped(&jobs[before..], &mut results)? else {
                continue;
            };
            let result = self.run_alone(&jobs[results.len()], stop)?;
            stalls += usize::from(stop == Stop::Stalled && result == Err(NotExamined::Interrupted));
            results.push(result);
        }
        results.resize(jobs.len(), Err(NotExamined::Interrupted));
        Ok(results)
    }

    /// Finds out whether a job was to blame for the end of the child. Processor time is the job's own
    /// whatever else the child has done; memory and crashes may be owed to the jobs before it.
    fn run_alone(&mut self, job: &Job, first: Stop) -> Result<Result<Examined, NotExamined>, LedgerError> {
        let mut own = u32::from(first == Stop::Exhausted);
        let mut others = u32::from(matches!(first, Stop::Killed | Stop::Stalled));
        tracing::warn!(gauntlet.stop = ?first, "the checking process stopped");
        while own < TIMES && others < TIMES {
            self.stop();
            let mut results = Vec::with_capacity(1);
            let stop = self.run_until_stopped(std::slice::from_ref(job), &mut results)?;
            match (results.pop(), stop) {
                (Some(result), _) => return Ok(result),
                (None, Some(Stop::Killed | Stop::Stalled)) => others += 1,
                (None, _) => own += 1,
            }
        }
        Ok(Err(if own == TIMES {
            NotExamined::Refused(Refusal::Harmful)
        } else {
            NotExamined::Interrupted
        }))
    }

    /// Sends jobs ahead of the answers, so the child is never idle, but only a few: what it had not
    /// begun when it stopped is simply sent again. Says how it stopped, if it did with the job after the last
    /// that is answered.
    fn run_until_stopped(
        &mut self,
        jobs: &[Job],
        results: &mut Vec<Result<Examined, NotExamined>>,
    ) -> Result<Option<Stop>, LedgerError> {
        let first = results.len();
        let mut sent = 0;
        let mut times = VecDeque::new();
        let running = self.running()?;
        while results.len() - first < jobs.len() {
            let mut alive = true;
            while alive && sent < jobs.len() && sent < results.len() - first + AHEAD {
                let job = jobs[sent].encode();
                times.push_back(time_for(job.len()));
                alive = running.jobs.send(job).is_ok();
                sent += usize::from(alive);
            }
            let time = times.pop_front().unwrap_or(TIME);
            let answer = match running.results.recv_timeout(time * PATIENCE) {
                Ok(Ok(bytes)) => Examined::decode(&bytes).map_err(|_| Stop::Crashed),
                Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(how_it_ended(&mut running.child)),
                Err(RecvTimeoutError::Timeout) => Err(OUT_OF_PATIENCE),
            };
            match answer {
                Ok(result) => results.push(result.map_err(NotExamined::Refused)),
                Err(stop) => {
                    self.stop();
                    return Ok(Some(stop));
                }
            }
            if !alive && sent == results.len() - first {
                self.stop();
                return Ok(None);
            }
        }
        Ok(None)
    }

    fn running(&mut self) -> Result<&mut Running, LedgerError> {
        if self.running.is_none() {
            self.running = Some(start(&self.program)?);
        }
        self.running
            .as_mut()
            .ok_or_else(|| LedgerError::Gauntlet("not running".to_owned()))
    }

    fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }
}

/// A child that has a limit on its processor time and did not meet it stood still.
#[cfg(unix)]
const OUT_OF_PATIENCE: Stop = Stop::Stalled;
/// Without that limit the clock is all there is to tell it by.
#[cfg(not(unix))]
const OUT_OF_PATIENCE: Stop = Stop::Exhausted;

/// How a child ended that has closed its output.
fn how_it_ended(child: &mut Child) -> Stop {
    // Its output is closed a moment before it has ended.
    for _ in 0..200 {
        match child.try_wait() {
            Ok(Some(status)) => return stop_of(status),
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            Err(_) => break,
        }
    }
    Stop::Crashed
}

#[cfg(unix)]
fn stop_of(status: ExitStatus) -> Stop {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt;
    const OWN: [Signal; 7] = [
        Signal::ABORT,
        Signal::SEGV,
        Signal::BUS,
        Signal::ILL,
        Signal::FPE,
        Signal::TRAP,
        Signal::SYS,
    ];
    let signal = status.signal();
    let is = |own: Signal| signal == Some(own.as_raw());
    match signal {
        None => Stop::Crashed,
        Some(_) if is(Signal::XCPU) => Stop::Exhausted,
        Some(_) if OWN.into_iter().any(is) => Stop::Crashed,
        Some(_) => Stop::Killed,
    }
}

#[cfg(not(unix))]
fn stop_of(_: ExitStatus) -> Stop {
    Stop::Crashed
}

fn time_for(bytes: usize) -> Duration {
    TIME + TIME_PER_MIB.mul_f64(bytes as f64 / f64::from(1 << 20))
}

impl Drop for Examiner {
    fn drop(&mut self) {
        self.stop();
    }
}

fn start(program: &GauntletProgram) -> Result<Running, LedgerError> {
    let failed =
        |error: io::Error| LedgerError::Gauntlet(format!("{}: {error}", program.executable.display()));
    let mut child = Command::new(&program.executable)
        .arg(CHILD_ARGUMENT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(LedgerError::Gauntlet("no pipe".to_owned()));
    };
    let (jobs, to_write) = sync_channel::<Vec<u8>>(AHEAD);
    std::thread::Builder::new()
        .name("gauntlet-jobs".to_owned())
        .spawn(move || {
            let mut input = BufWriter::new(input);
            for job in to_write {
                if write_frame(&mut input, &job)
                    .and_then(|()| input.flush())
                    .is_err()
                {
                    return;
                }
            }
        })
        .map_err(failed)?;
    let (sender, results) = sync_channel(64);
    std::thread::Builder::new()
        .name("gauntlet-results".to_owned())
        .spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let frame = read_frame(&mut output);
                let ended = frame.is_err();
                if sender.send(frame).is_err() || ended {
                    return;
                }
            }
        })
        .map_err(failed)?;
    let mut running = Running { child, jobs, results };
    greet(&mut running)?;
    Ok(running)
}

/// A child that cannot do the smallest job must not be mistaken for a change that stopped it.
fn greet(running: &mut Running) -> Result<(), LedgerError> {
    let job = Job {
        kind: RecordKind::Cycle,
        held: None,
        input: JobInput::Changes(Vec::new()),
    };
    let sent = running.jobs.send(job.encode());
    let answered = sent.is_ok() && matches!(running.results.recv_timeout(TIME), Ok(Ok(_)));
    if answered {
        return Ok(());
    }
    let _ = running.child.kill();
    let _ = running.child.wait();
    Err(LedgerError::Gauntlet("it does not answer".to_owned()))
}

/// The child's whole life: reads jobs from standard input and answers on standard output until the
/// input ends. Call it first thing in `main` when the first argument is `gauntlet-child`.
///
/// # Errors
/// When the limits cannot be set or the pipe breaks.
pub fn serve_gauntlet() -> io::Result<()> {
    limit_memory()?;
    // A caught panic is answered; its message would only repeat hostile input.
    std::panic::set_hook(Box::new(|_| {}));
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    loop {
        let frame = match read_frame(&mut input) {
            Ok(frame) => frame,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        };
        limit_time(time_for(frame.len()))?;
        let result = match Job::decode(&frame) {
            Ok(job) => std::panic::catch_unwind(|| examine(&job)).unwrap_or(Err(Refusal::Harmful)),
            Err(_) => Err(Refusal::Malformed),
        };
        write_frame(&mut output, &Examined::encode(&result))?;
        output.flush()?;
    }
}

/// Whether this process was started as the checking process.
pub fn is_gauntlet_child() -> bool {
    std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == CHILD_ARGUMENT)
}

#[cfg(unix)]
fn limit_memory() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(
        Resource::As,
        Rlimit {
            current: Some(MEMORY),
            maximum: Some(MEMORY),
        },
    )?;
    setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )?;
    Ok(())
}

/// Ends this process when it uses the processor for longer than that from now on.
#[cfg(unix)]
fn limit_time(time: Duration) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    let maximum = getrlimit(Resource::Cpu).maximum;
    let until = (used + time.as_secs() + 1).min(maximum.unwrap_or(u64::MAX));
    setrlimit(
        Resource::Cpu,
        Rlimit {
            current: Some(until),
            maximum,
        },
    )?;
    Ok(())
}

#[cfg(not(unix))]
fn limit_time(_: Duration) -> io::Result<()> {
    Ok(())
}

/// Other systems have no such limit for one process; the time limit of the parent still holds.
#[cfg(not(unix))]
fn limit_memory() -> io::Result<()> {
    Ok(())
}

fn write_frame(output: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    let length = u32::try_from(frame.len()).map_err(|_| io::Error::other("frame too large"))?;
    output.write_all(&length.to_le_bytes())?;
    output.write_all(frame)
}

fn read_frame(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0u8; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(io::Error::other("frame too large"));
    }
    let mut frame = vec![0u8; length];
    input.read_exact(&mut frame)?;
    Ok(frame)
}

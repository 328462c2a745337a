//! Many cases from one seed, and one of them again with all that can be said about it.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use cotmoc_core::record::{RecordKind, Shape};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{TestCaseError, TestError};

use super::case::{CaseName, WorkApart};
use super::generate::{cases, runner};
use super::law::{Broken, Law, Merging, check};

/// Kinds that people of several devices write by their nature: they get most of the cases.
const WRITTEN_BY_SEVERAL: [RecordKind; 4] = [
    RecordKind::Registration,
    RecordKind::Review,
    RecordKind::AgreedScore,
    RecordKind::Findings,
];

/// How `total` cases are shared out: a fifth to each kind that is written by several, the last fifth to the
/// others. A kind without a document gets none.
pub fn share_of(total: u64) -> Vec<(RecordKind, u64)> {
    let (several, others): (Vec<_>, Vec<_>) = RecordKind::ALL
        .into_iter()
        .filter(|kind| !Shape::of(*kind).properties.is_empty())
        .partition(|kind| WRITTEN_BY_SEVERAL.contains(kind));
    let each = total / 5;
    let left = total - each * several.len() as u64;
    let count = others.len() as u64;
    let others = (0u64..)
        .zip(others)
        .map(|(at, kind)| (kind, left / count + u64::from(at < left % count)));
    let mut shares: Vec<_> = several.into_iter().map(|kind| (kind, each)).collect();
    shares.extend(others);
    shares
}

/// What a run found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Cases checked.
    pub cases: u64,
    /// Of them, those in which devices wrote different values of one property.
    pub differing: u64,
    /// Cases that break a law, with the laws, in order.
    pub broken: Vec<(CaseName, Vec<Law>)>,
    /// Time it took, on all cores.
    pub took: Duration,
}

impl Report {
    /// A case broke this law.
    pub fn breaks(&self, law: Law) -> bool {
        self.broken.iter().any(|(_, laws)| laws.contains(&law))
    }

    fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.differing += other.differing;
        self.broken.extend(other.broken);
    }
}

/// Checks the first cases of each kind, on all cores. `step` is called after each case.
///
/// # Errors
/// When cases cannot be generated.
pub fn run(
    shares: &[(RecordKind, u64)],
    seed: u64,
    merging: &dyn Merging,
    step: &(dyn Fn() + Sync),
) -> Result<Report> {
    let started = Instant::now();
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let parts: Vec<Result<Report>> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || every_nth(shares, seed, merging, step, (thread, threads))))
            .collect();
        let joined = running.into_iter().map(|part| {
            part.join()
                .unwrap_or_else(|_| Err(anyhow!("a case stopped the program")))
        });
        joined.collect()
    });
    let mut report = Report::default();
    for part in parts {
        report.add(part?);
    }
    report.broken.sort();
    report.took = started.elapsed();
    Ok(report)
}

fn every_nth(
    shares: &[(RecordKind, u64)],
    seed: u64,
    merging: &dyn Merging,
    step: &(dyn Fn() + Sync),
    (first, nth): (usize, usize),
) -> Result<Report> {
    let mut report = Report::default();
    for (kind, count) in shares {
        let strategy = cases(*kind);
        for number in (first as u64..*count).step_by(nth) {
            let name = CaseName { kind: *kind, number };
            let checked = check(&make(&strategy, seed, name)?, merging);
            report.cases += 1;
            report.differing += u64::from(checked.differs);
            if !checked.broken.is_empty() {
                let mut laws: Vec<Law> = checked.broken.iter().map(|broken| broken.law).collect();
                laws.dedup();
                report.broken.push((name, laws));
            }
            step();
        }
    }
    Ok(report)
}

fn make(strategy: &impl Strategy<Value = WorkApart>, seed: u64, name: CaseName) -> Result<WorkApart> {
    let tree = strategy.new_tree(&mut runner(seed, name));
    Ok(tree
        .map_err(|reason| anyhow!("{name} cannot be generated: {reason}"))?
        .current())
}

/// One case again.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Seed of its run.
    pub seed: u64,
    /// Its name.
    pub name: CaseName,
    /// The case as generated or, when it breaks a law, the smallest found that breaks the same one.
    pub case: WorkApart,
    /// What that breaks.
    pub broken: Vec<Broken>,
}

impl Explained {
    /// The command that makes the case again.
    pub fn command(&self) -> String {
        format!(
            "make build && target/debug/cotmoc-bench --seed {} --replay {}",
            self.seed, self.name
        )
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, name, .. } = self;
        if self.broken.is_empty() {
            writeln!(
                formatter,
                "Merge laws: case {name} of seed {seed} keeps every law."
            )?;
        } else {
            writeln!(formatter, "Merge laws: case {name} of seed {seed} breaks")?;
        }
        for broken in &self.broken {
            writeln!(formatter, "  {}\n      {}", broken.law, broken.found)?;
        }
        writeln!(formatter, "  when the devices do:")?;
        for step in &self.case.steps {
            writeln!(formatter, "    {step:?}")?;
        }
        writeln!(
            formatter,
            "  order for one that holds nothing: {:?}",
            self.case.order
        )?;
        write!(formatter, "  again: {}", self.command())
    }
}

/// Makes one case again. When it breaks a law it is made smaller as long as it still breaks that law.
///
/// # Errors
/// When the case cannot be generated, or its kind has no document.
pub fn explain(seed: u64, name: CaseName, merging: &dyn Merging) -> Result<Explained> {
    ensure!(
        !Shape::of(name.kind).properties.is_empty(),
        "{} has no document",
        name.kind.name()
    );
    let strategy = cases(name.kind);
    let mut runner = runner(seed, name);
    let tree = strategy
        .new_tree(&mut runner)
        .map_err(|reason| anyhow!("{name} cannot be generated: {reason}"))?;
    let mut case = tree.current();
    if let Some(law) = check(&case, merging).broken.first().map(|broken| broken.law) {
        let shrunk = runner.run_one(tree, |smaller| {
            let broken = check(&smaller, merging).broken;
            match broken.iter().any(|broken| broken.law == law) {
                true => Err(TestCaseError::fail(law.to_string())),
                false => Ok(()),
            }
        });
        if let Err(TestError::Fail(_, smallest)) = shrunk {
            case = smallest;
        }
    }
    Ok(Explained {
        seed,
        name,
        broken: check(&case, merging).broken,
        case,
    })
}

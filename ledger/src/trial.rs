//! The trial of a record's changes, so that one bad change never takes good ones down with it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use cotmoc_core::access::Refusal;
use cotmoc_core::record::{Examined, Job, JobInput, Outcome, RecordKind};

use crate::error::LedgerError;
use crate::gauntlet::{Gauntlet, NotExamined};

/// Most checks of one record that are cut short before the rest of its changes waits as well.
const CUT_SHORT: usize = 2;
/// Longest that records which were refused as a whole go on being tried change by change beside what came with
/// them; the rest of their changes waits to be tried later.
const ONE_BY_ONE: Duration = Duration::from_secs(5);

/// Changes of one record to try on what is held of it.
#[derive(Debug)]
pub(crate) struct Trial {
    pub kind: RecordKind,
    pub held: Option<Vec<u8>>,
    pub changes: Vec<Vec<u8>>,
}

/// What became of a trial.
#[derive(Debug)]
pub(crate) struct Tried {
    /// The document, when a change of the trial is part of it now.
    pub examined: Option<Examined>,
    /// Per change.
    pub outcomes: Vec<Outcome>,
    /// Some wait for no other reason than that their check was cut short, or that there was no time left for it.
    pub interrupted: bool,
}

impl Trial {
    fn job(&self) -> Job {
        Job {
            kind: self.kind,
            held: self.held.clone(),
            input: JobInput::Changes(self.changes.clone()),
        }
    }
}

/// Runs the trials together, and those that are refused as a whole again change by change.
///
/// # Errors
/// When the checking process cannot be started.
pub(crate) fn run_trials(gauntlet: &mut Gauntlet, trials: Vec<Trial>) -> Result<Vec<Tried>, LedgerError> {
    let jobs: Vec<Job> = trials.iter().map(Trial::job).collect();
    let results = gauntlet.run(&jobs)?;
    let until = Instant::now() + ONE_BY_ONE;
    let mut tried = Vec::with_capacity(trials.len());
    for (trial, result) in trials.into_iter().zip(results) {
        tried.push(match result {
            Ok(examined) => Tried::of(examined),
            Err(NotExamined::Interrupted) => Tried {
                examined: None,
                outcomes: vec![Outcome::Waiting; trial.changes.len()],
                interrupted: true,
            },
            Err(NotExamined::Refused(refusal)) if trial.changes.len() < 2 => Tried {
                examined: None,
                outcomes: vec![Outcome::Refused(refusal); trial.changes.len()],
                interrupted: false,
            },
            Err(NotExamined::Refused(_)) => one_by_one(gauntlet, trial, until)?,
        });
    }
    Ok(tried)
}

/// Each change alone, until none of the rest can follow or the time is up.
///
/// # Errors
/// When the checking process cannot be started.
pub(crate) fn one_by_one(
    gauntlet: &mut Gauntlet,
    trial: Trial,
    until: Instant,
) -> Result<Tried, LedgerError> {
    let mut tried = Tried {
        examined: None,
        outcomes: vec![Outcome::Waiting; trial.changes.len()],
        interrupted: false,
    };
    let mut unchecked = BTreeSet::new();
    let mut held = trial.held;
    loop {
        let mut progress = false;
        for (at, (change, outcome)) in trial.changes.iter().zip(&mut tried.outcomes).enumerate() {
            if *outcome != Outcome::Waiting || unchecked.contains(&at) {
                continue;
            }
            if unchecked.len() == CUT_SHORT || Instant::now() >= until {
                tried.interrupted = true;
                return Ok(tried);
            }
            let input = JobInput::Changes(vec![change.clone()]);
            let job = Job {
                kind: trial.kind,
                held: held.clone(),
                input,
            };
            *outcome = match gauntlet.run(&[job])?.pop() {
                Some(Ok(examined)) => {
                    let outcome = examined.outcomes.first().copied().unwrap_or(Outcome::Waiting);
                    if outcome == Outcome::Applied {
                        held = Some(examined.saved.clone());
                        tried.examined = Some(examined);
                        progress = true;
                    }
                    outcome
                }
                Some(Err(NotExamined::Refused(refusal))) => Outcome::Refused(refusal),
                Some(Err(NotExamined::Interrupted)) => {
                    unchecked.insert(at);
                    tried.interrupted = true;
                    Outcome::Waiting
                }
                None => Outcome::Refused(Refusal::Harmful),
            };
        }
        if !progress {
            return Ok(tried);
        }
    }
}

impl Tried {
    fn of(mut examined: Examined) -> Self {
        let outcomes = std::mem::take(&mut examined.outcomes);
        let applied = outcomes.contains(&Outcome::Applied);
        Self {
            examined: applied.then_some(examined),
            outcomes,
            interrupted: false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use cotmoc_core::record::{Edit, RecordDoc};

    use super::*;
    use crate::gauntlet::GauntletProgram;

    #[test]
    fn what_no_time_is_left_for_waits_and_is_tried_when_there_is_time_again() {
        let built = std::env::current_exe().unwrap();
        let folder = built.parent().and_then(std::path::Path::parent).unwrap();
        let mut gauntlet = Gauntlet::new(GauntletProgram {
            executable: folder.join("gauntlet-child"),
        });
        let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
        let mut change = |name: &str| {
            let edits = [Edit::line("name", name)];
            doc.edit([7; 16], &edits).unwrap().unwrap()
        };
        let changes = vec![change("Một"), change("Hai")];
        let trial = || Trial {
            kind: RecordKind::Registration,
            held: None,
            changes: changes.clone(),
        };
        let tried = one_by_one(&mut gauntlet, trial(), Instant::now()).unwrap();
        assert_eq!(tried.outcomes, [Outcome::Waiting; 2]);
        assert!(tried.interrupted && tried.examined.is_none());
        let tried = one_by_one(&mut gauntlet, trial(), Instant::now() + ONE_BY_ONE).unwrap();
        assert_eq!(tried.outcomes, [Outcome::Applied; 2]);
        assert!(!tried.interrupted);
        assert_eq!(tried.examined.unwrap().state, doc.canonical_state());
    }
}

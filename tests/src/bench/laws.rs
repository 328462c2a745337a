//! The merge laws in generated cases.

use anyhow::Result;

use super::{Bar, Figure};
use crate::laws::wrong::LosesAChange;
use crate::laws::{AsDevicesDo, CASES, explain, run, share_of};
use crate::progress::Progress;

/// Cases for the proof that a wrong merge is noticed.
const PROOF: u64 = 200;
/// Broken cases that are told in full.
const TOLD: usize = 3;

/// Checks `cases` cases of a seed. What breaks a law is told on standard error with the command that makes
/// it again.
///
/// # Errors
/// When cases cannot be generated.
pub fn measure(cases: u64, seed: u64) -> Result<Vec<Figure>> {
    let shares = share_of(cases);
    let progress = Progress::begin(&format!("Merge laws: {cases} generated cases"), cases);
    let report = run(&shares, seed, &AsDevicesDo, &|| progress.step())?;
    for (name, _) in report.broken.iter().take(TOLD) {
        eprintln!("{}", explain(seed, *name, &AsDevicesDo)?);
    }
    let proof = run(&share_of(PROOF), seed, &LosesAChange, &|| ())?;
    let per_second = report.cases as f64 / report.took.as_secs_f64();
    Ok(vec![
        Figure::at_least("merge_laws.cases", report.cases as f64, "", CASES as f64),
        Figure::told("merge_laws.kinds_of_record", shares.len() as f64, ""),
        Figure::with_bar(
            "merge_laws.cases_that_differ",
            report.differing as f64,
            "",
            Bar::Over(0.0),
        ),
        Figure::at_most("merge_laws.broken", report.broken.len() as f64, "", 0.0),
        Figure::with_bar(
            "merge_laws.wrong_merge_noticed",
            proof.broken.len() as f64,
            "",
            Bar::Over(0.0),
        ),
        Figure::told("merge_laws.per_second", per_second, "1/s"),
    ])
}

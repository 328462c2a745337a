//! The merge laws in generated cases, and the proof that a merge which breaks one is noticed.
//!
//! `COTMOC_LAWS_SEED` gives another seed than the fixed one. A failure prints its seed and the command that
//! makes the case again.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use cotmoc_core::record::RecordKind;
use cotmoc_tests::laws::wrong::{
    ForgetsWhatIsEarly, HidesDifferences, LetsOneSideWin, LosesAChange, SavesAllButTheLast, WritesWhenMerging,
};
use cotmoc_tests::laws::{AsDevicesDo, CASES, Law, Merging, Report, SEED, explain, run, share_of};

/// Cases for a wrong merge: far fewer show it.
const FEW: u64 = 200;

fn seed() -> u64 {
    match std::env::var("COTMOC_LAWS_SEED") {
        Ok(text) => text.parse().expect("COTMOC_LAWS_SEED is a whole number"),
        Err(_) => SEED,
    }
}

#[track_caller]
fn laws_hold(is_meant: impl Fn(RecordKind) -> bool) {
    let mut shares = share_of(CASES);
    shares.retain(|(kind, _)| is_meant(*kind));
    let asked: u64 = shares.iter().map(|(_, count)| count).sum();
    let report = run(&shares, seed(), &AsDevicesDo, &|| ()).unwrap();
    if let Some((name, _)) = report.broken.first() {
        panic!("{}", explain(seed(), *name, &AsDevicesDo).unwrap());
    }
    assert_eq!(report.cases, asked);
    assert!(
        report.differing > report.cases / 10,
        "devices that never differ prove little: {} of {}",
        report.differing,
        report.cases
    );
}

#[test]
fn registrations_edited_on_three_devices_obey_the_merge_laws() {
    laws_hold(|kind| kind == RecordKind::Registration);
}

#[test]
fn reviews_edited_on_three_devices_obey_the_merge_laws() {
    laws_hold(|kind| kind == RecordKind::Review);
}

#[test]
fn agreed_scores_edited_on_three_devices_obey_the_merge_laws() {
    laws_hold(|kind| kind == RecordKind::AgreedScore);
}

#[test]
fn findings_edited_on_three_devices_obey_the_merge_laws() {
    laws_hold(|kind| kind == RecordKind::Findings);
}

#[test]
fn records_of_every_other_kind_edited_on_three_devices_obey_the_merge_laws() {
    use RecordKind::{AgreedScore, Findings, Registration, Review};
    laws_hold(|kind| ![Registration, Review, AgreedScore, Findings].contains(&kind));
}

#[test]
fn one_run_has_ten_thousand_cases_and_some_of_every_kind_with_a_document() {
    let shares = share_of(CASES);
    assert_eq!(shares.iter().map(|(_, count)| count).sum::<u64>(), 10_000);
    assert!(shares.iter().all(|(_, count)| *count >= 100), "{shares:?}");
    let without: Vec<RecordKind> = RecordKind::ALL
        .into_iter()
        .filter(|kind| !shares.iter().any(|(shared, _)| shared == kind))
        .collect();
    assert_eq!(without, [RecordKind::Roster], "roster acts are no documents");
    assert_eq!(share_of(7).iter().map(|(_, count)| count).sum::<u64>(), 7);
}

fn few(merging: &dyn Merging) -> Report {
    run(&share_of(FEW), SEED, merging, &|| ()).unwrap()
}

#[test]
fn a_merge_that_breaks_a_law_is_noticed_and_the_one_that_devices_use_is_not() {
    let wrong: [(&dyn Merging, &[Law]); 6] = [
        (
            &LosesAChange,
            &[Law::Commutative, Law::Associative, Law::AnyOrder],
        ),
        (&LetsOneSideWin, &[Law::Commutative, Law::Associative]),
        (&WritesWhenMerging, &[Law::Idempotent]),
        (&ForgetsWhatIsEarly, &[Law::AnyOrder]),
        (&SavesAllButTheLast, &[Law::SavedAndReloaded]),
        (&HidesDifferences, &[Law::Reported]),
    ];
    for (place, (merging, laws)) in wrong.into_iter().enumerate() {
        let report = few(merging);
        for law in laws {
            assert!(report.breaks(*law), "wrong merge {place} passed: {law}");
        }
    }
    assert_eq!(few(&AsDevicesDo).broken, []);
}

#[test]
fn a_merge_that_only_forgets_what_is_early_breaks_no_other_law() {
    let report = few(&ForgetsWhatIsEarly);
    let others = [
        Law::Commutative,
        Law::Associative,
        Law::Idempotent,
        Law::SavedAndReloaded,
    ];
    assert!(
        others.into_iter().all(|law| !report.breaks(law)),
        "{:?}",
        report.broken
    );
}

#[test]
fn a_case_that_breaks_a_law_is_told_small_with_its_seed_and_the_command_that_makes_it_again() {
    let (name, laws) = few(&LosesAChange).broken.into_iter().next().unwrap();
    let explained = explain(SEED, name, &LosesAChange).unwrap();
    assert!(explained.case.steps.len() <= 2, "not the smallest: {explained}");
    assert_eq!(explained.broken[0].law, laws[0]);
    let told = explained.to_string();
    assert!(told.contains(&format!("case {name} of seed {SEED}")), "{told}");
    let command = format!("make build && target/debug/cotmoc-bench --seed {SEED} --replay {name}");
    assert!(told.ends_with(&command), "{told}");
    assert_eq!(
        name.to_string().parse::<cotmoc_tests::laws::CaseName>().unwrap(),
        name
    );
    let again = explain(SEED, name, &LosesAChange).unwrap();
    assert_eq!(again.case, explained.case, "the same smallest case again");
}

#[test]
fn a_run_is_the_same_however_it_is_made_again_and_another_with_another_seed() {
    let broken = |seed: u64| run(&share_of(FEW), seed, &LosesAChange, &|| ()).unwrap().broken;
    assert_eq!(broken(1), broken(1));
    assert_ne!(broken(1), broken(2));
}

#[test]
fn the_name_of_no_case_is_refused_with_what_is_wrong() {
    for (text, said) in [
        ("registration", "registration/123"),
        ("household/1", "household"),
        ("review/x", "x"),
    ] {
        let refused = text.parse::<cotmoc_tests::laws::CaseName>().unwrap_err();
        assert!(refused.to_string().contains(said), "{refused:#}");
    }
    let roster = "roster/1".parse().unwrap();
    assert!(explain(SEED, roster, &AsDevicesDo).is_err(), "it has no document");
}

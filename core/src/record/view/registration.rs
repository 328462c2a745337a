//! A registration, its reviews, and the status both together give it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Figure, ModelRecord, State};
use crate::id::Hash32;

/// New, maintained, or not split ("không tách").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationKind {
    /// Newly registered.
    New,
    /// Maintained from an earlier year.
    Maintained,
    /// The unit does not split the two.
    NotSplit,
}

impl RegistrationKind {
    /// Stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Maintained => "maintained",
            Self::NotSplit => "not_split",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::New, Self::Maintained, Self::NotSplit]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// A submission: the unit's declaration that the registration is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// 1 for the first, one more after each return.
    pub number: u32,
    /// Declared date, ISO.
    pub declared: String,
}

/// A registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationRecord {
    /// Model it registers.
    pub model: String,
    /// Cycle, if tied to one.
    pub cycle: Option<String>,
    /// Year.
    pub year: i64,
    /// R1.
    pub name: String,
    /// New, maintained, not split.
    pub kind: Option<RegistrationKind>,
    /// Field code of the scheme.
    pub field: Option<String>,
    /// Place of implementation.
    pub place: String,
    /// R8.
    pub schedule: String,
    /// R5.
    pub area_and_target: String,
    /// R2.
    pub rationale: String,
    /// R3.
    pub goals: String,
    /// R4.
    pub approach: String,
    /// R6.
    pub forces: String,
    /// R7.
    pub resources: String,
    /// R9.
    pub outputs: String,
    /// R10.
    pub sustainability: String,
    /// Figures by id; ids are in order of entry.
    pub figures: BTreeMap<String, Figure>,
    /// Last submission.
    pub submission: Option<Submission>,
    /// A draft that was discarded.
    pub discarded: bool,
    /// Registration of the earlier year it was carried over from.
    pub carried_from: Option<String>,
    /// Demonstration data.
    pub demonstration: bool,
}

impl From<&State> for RegistrationRecord {
    fn from(state: &State) -> Self {
        Self {
            model: state.text("model"),
            cycle: state.some_text("cycle"),
            year: state.int("year").unwrap_or_default(),
            name: state.text("name"),
            kind: RegistrationKind::from_code(&state.text("kind")),
            field: state.some_text("field"),
            place: state.text("place"),
            schedule: state.text("schedule"),
            area_and_target: state.text("area_and_target"),
            rationale: state.text("rationale"),
            goals: state.text("goals"),
            approach: state.text("approach"),
            forces: state.text("forces"),
            resources: state.text("resources"),
            outputs: state.text("outputs"),
            sustainability: state.text("sustainability"),
            figures: state.whole_map("figures"),
            submission: state.whole("submission"),
            discarded: state.flag("discarded"),
            carried_from: state.some_text("carried_from"),
            demonstration: state.flag("demonstration"),
        }
    }
}

/// The contents without which a registration cannot be submitted: name, place and time
/// ("tên, địa chỉ, thời gian rõ ràng", seed 000; contents R1, R5 and R8 of `cs-dang-ky-10`).
pub const REQUIRED_CONTENTS: [&str; 3] = ["name", "place", "schedule"];

/// The ten contents of `cs-dang-ky-10` and the place, as far as they are still empty, in order.
pub fn missing_contents(registration: &RegistrationRecord) -> Vec<&'static str> {
    let contents = [
        ("name", &registration.name),
        ("place", &registration.place),
        ("schedule", &registration.schedule),
        ("rationale", &registration.rationale),
        ("goals", &registration.goals),
        ("approach", &registration.approach),
        ("area_and_target", &registration.area_and_target),
        ("forces", &registration.forces),
        ("resources", &registration.resources),
        ("outputs", &registration.outputs),
        ("sustainability", &registration.sustainability),
    ];
    contents
        .into_iter()
        .filter(|(_, text)| text.trim().is_empty())
        .map(|(name, _)| name)
        .collect()
}

/// A compiler's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Return for completion.
    Returned,
    /// Accept for this year.
    Accepted,
}

/// One review; appended, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewEntry {
    /// Which submission it answers.
    pub submission: u32,
    /// How many reviews the reviewer knew of; of two reviews of one submission, the one that knew more
    /// counts, and of two that knew the same, the return, because it loses nothing.
    pub after: u32,
    /// Decision.
    pub decision: Decision,
    /// Reason of a return.
    #[serde(default)]
    pub reason: String,
    /// [`contents_mark`] of what was accepted; empty for a return.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contents: String,
}

/// The reviews of a registration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewRecord {
    /// By id.
    pub decisions: BTreeMap<String, ReviewEntry>,
}

impl From<&State> for ReviewRecord {
    fn from(state: &State) -> Self {
        Self {
            decisions: state.whole_map("decisions"),
        }
    }
}

impl ReviewRecord {
    /// The review that counts for a submission.
    pub fn of_submission(&self, number: u32) -> Option<&ReviewEntry> {
        self.decisions
            .values()
            .filter(|review| review.submission == number)
            .max_by_key(|review| (review.after, review.decision == Decision::Returned))
    }
}

/// Marks the contents that a compiler accepts. Figures are no part of it: a unit goes on stating them through the
/// year (user story 14), and each of their changes is in the history.
pub fn contents_mark(registration: &RegistrationRecord) -> String {
    let kind = registration.kind.map_or("", RegistrationKind::code);
    let field = registration.field.as_deref().unwrap_or_default();
    let contents = [
        &registration.name,
        kind,
        field,
        &registration.place,
        &registration.schedule,
        &registration.area_and_target,
        &registration.rationale,
        &registration.goals,
        &registration.approach,
        &registration.forces,
        &registration.resources,
        &registration.outputs,
        &registration.sustainability,
    ];
    let mut bytes = Vec::new();
    for text in contents {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    Hash32::of("cotmoc 2026-11 accepted contents", &bytes).to_string()
}

/// The unit changed contents after the province had accepted them. It may, because it is the one who writes
/// them (`domain.md` §2.2) and an acceptance is no lock; the province is told.
pub fn is_changed_since_accepted(registration: &RegistrationRecord, review: Option<&ReviewRecord>) -> bool {
    let accepted = registration
        .submission
        .as_ref()
        .and_then(|submission| review?.of_submission(submission.number))
        .filter(|review| review.decision == Decision::Accepted && !review.contents.is_empty());
    accepted.is_some_and(|review| review.contents != contents_mark(registration))
}

/// Status derived from the unit's record, the review and the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DerivedStatus {
    /// Being written.
    Draft,
    /// Submitted, waits for appraisal.
    Submitted,
    /// Returned, with a reason.
    Returned,
    /// Accepted for this year.
    Active,
    /// The model was closed.
    Closed,
    /// A discarded draft.
    Discarded,
}

/// The status. A return never undoes an edit, and an edit never undoes a return: content and review are
/// separate records, and only a new submission leaves the returned state (user story 6).
pub fn status_of(
    registration: &RegistrationRecord,
    review: Option<&ReviewRecord>,
    model: Option<&ModelRecord>,
) -> DerivedStatus {
    if model.is_some_and(ModelRecord::is_closed) {
        return DerivedStatus::Closed;
    }
    let Some(submission) = &registration.submission else {
        return if registration.discarded {
            DerivedStatus::Discarded
        } else {
            DerivedStatus::Draft
        };
    };
    match review
        .and_then(|review| review.of_submission(submission.number))
        .map(|review| review.decision)
    {
        None => DerivedStatus::Submitted,
        Some(Decision::Returned) => DerivedStatus::Returned,
        Some(Decision::Accepted) => DerivedStatus::Active,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submitted(number: u32) -> RegistrationRecord {
        let state = format!(r#"{{"submission":"{{\"declared\":\"2026-03-01\",\"number\":{number}}}"}}"#);
        RegistrationRecord::from(&State::read(&state))
    }

    fn review(entries: &[(u32, u32, Decision)]) -> ReviewRecord {
        let decisions = entries
            .iter()
            .enumerate()
            .map(|(at, (submission, after, decision))| {
                let entry = ReviewEntry {
                    submission: *submission,
                    after: *after,
                    decision: *decision,
                    reason: String::new(),
                    contents: String::new(),
                };
                (at.to_string(), entry)
            });
        ReviewRecord {
            decisions: decisions.collect(),
        }
    }

    #[test]
    fn a_return_stands_until_the_unit_submits_again() {
        let review = review(&[(1, 0, Decision::Returned)]);
        assert_eq!(
            status_of(&submitted(1), Some(&review), None),
            DerivedStatus::Returned
        );
        assert_eq!(
            status_of(&submitted(2), Some(&review), None),
            DerivedStatus::Submitted
        );
    }

    #[test]
    fn two_compilers_who_decide_differently_while_apart_leave_it_returned_everywhere() {
        let one = review(&[(1, 0, Decision::Accepted), (1, 0, Decision::Returned)]);
        let other = review(&[(1, 0, Decision::Returned), (1, 0, Decision::Accepted)]);
        for review in [one, other] {
            assert_eq!(
                status_of(&submitted(1), Some(&review), None),
                DerivedStatus::Returned
            );
        }
        let later = review(&[(1, 0, Decision::Returned), (1, 2, Decision::Accepted)]);
        assert_eq!(
            status_of(&submitted(1), Some(&later), None),
            DerivedStatus::Active
        );
    }

    #[test]
    fn what_the_unit_changes_after_the_acceptance_is_told_and_figures_are_not() {
        let state = r#"{"name":"Bữa sáng","submission":"{\"declared\":\"2026-03-01\",\"number\":1}"}"#;
        let accepted = RegistrationRecord::from(&State::read(state));
        let mut review = review(&[(1, 0, Decision::Accepted)]);
        assert!(
            !is_changed_since_accepted(&accepted, Some(&review)),
            "an acceptance that says nothing of it"
        );
        for entry in review.decisions.values_mut() {
            entry.contents = contents_mark(&accepted);
        }
        assert!(!is_changed_since_accepted(&accepted, Some(&review)));
        let mut renamed = accepted.clone();
        renamed.name = "Bữa trưa".to_owned();
        assert!(is_changed_since_accepted(&renamed, Some(&review)));
        let mut counted = accepted;
        counted.figures.insert("01".to_owned(), Figure::default());
        assert!(!is_changed_since_accepted(&counted, Some(&review)));
    }

    #[test]
    fn a_closed_model_is_closed_whatever_its_registration_says() {
        let state = State::read(r#"{"closed":"{\"closed\":true,\"reason\":\"x\"}"}"#);
        let model = ModelRecord::from(&state);
        assert_eq!(
            status_of(&submitted(1), None, Some(&model)),
            DerivedStatus::Closed
        );
    }
}

//! The criteria set that a campaign pins.

use cotmoc_core::id::RecordId;
use cotmoc_core::record::RecordKind;
use cotmoc_core::record::view::State;
use cotmoc_core::report::scoring::{BandRule, CriteriaRules, CriterionRule, Recognition, Scale};
use serde::Deserialize;
use serde_json::Value;

use crate::contract::Problem;
use crate::contract::reference::{CriteriaSetView, ScaleView};
use crate::device::Device;
use crate::usecase::campaigns::campaign;
use crate::usecase::visits::Visit;

/// What scoring reads of a stored set: the view, and of the set as its file says it the recognition, which
/// the view does not show.
#[derive(Deserialize)]
struct StoredSet {
    #[serde(flatten)]
    view: CriteriaSetView,
    #[serde(default)]
    source: Value,
}

/// A version of a criteria set: as screens show it, and as it counts.
#[derive(Debug, Clone)]
pub(crate) struct Pinned {
    /// Record id.
    pub id: String,
    /// For the screens.
    pub set: CriteriaSetView,
    /// For scoring.
    pub rules: CriteriaRules,
}

/// A version by its record id, if this device holds it.
pub(crate) fn pinned(device: &Device, id: &str) -> Result<Option<Pinned>, Problem> {
    let Ok(record) = id.parse::<RecordId>() else {
        return Ok(None);
    };
    let held = device
        .ledger
        .record(record)?
        .filter(|held| held.kind == RecordKind::CriteriaSet);
    let stored = held.and_then(|held| State::read(&held.state).whole::<StoredSet>("set"));
    Ok(stored.map(|StoredSet { view, source }| {
        let set = CriteriaSetView {
            id: record.to_string(),
            ..view
        };
        Pinned {
            id: record.to_string(),
            rules: rules_of(&set, &source),
            set,
        }
    }))
}

/// Title of a version; empty when it is not held.
pub(crate) fn title(device: &Device, id: &str) -> Result<String, Problem> {
    Ok(pinned(device, id)?.map_or_else(String::new, |pinned| pinned.set.title))
}

/// The version that the campaign of a visit pins, if campaign and version are held.
pub(crate) fn of_visit(device: &Device, visit: &Visit) -> Result<Option<Pinned>, Problem> {
    let Ok(id) = visit.record.campaign.parse() else {
        return Ok(None);
    };
    match campaign(device, id)? {
        Some(campaign) => pinned(device, &campaign.criteria),
        None => Ok(None),
    }
}

/// [`of_visit`], or the problem that says what to synchronise.
pub(super) fn needed(device: &Device, visit: &Visit) -> Result<Pinned, Problem> {
    let missing = || Problem::new("no_record").with("record", &visit.record.campaign);
    of_visit(device, visit)?.ok_or_else(missing)
}

fn rules_of(set: &CriteriaSetView, source: &Value) -> CriteriaRules {
    let scale = match set.scale {
        ScaleView::Points { max, step } => Scale::Points { max, step },
        ScaleView::PassFail | ScaleView::Checklist => Scale::Met,
    };
    let criteria = set
        .groups
        .iter()
        .flat_map(|group| &group.criteria)
        .map(|criterion| CriterionRule {
            code: criterion.code.clone(),
            max: criterion.max,
            mandatory: criterion.mandatory,
        });
    CriteriaRules {
        scale,
        criteria: criteria.collect(),
        bands: set
            .bands
            .iter()
            .map(|band| BandRule {
                code: band.code.clone(),
                min: band.min,
            })
            .collect(),
        recognition: recognition_of(source),
    }
}

/// `recognition` of a set as its file says it: `min_total` in points, or `all_pass`.
fn recognition_of(source: &Value) -> Recognition {
    let Some(recognition) = source.get("recognition") else {
        return Recognition::Unsaid;
    };
    if let Some(points) = recognition.get("min_total").and_then(Value::as_f64) {
        // Files write points with at most two decimals, so hundredths are exact.
        return Recognition::From((points * 100.0).round() as i64);
    }
    let is_all = recognition
        .get("all_pass")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    if is_all {
        Recognition::AllMet
    } else {
        Recognition::Unsaid
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::contract::reference::{Band, CriteriaGroup, Criterion};
    use serde_json::json;

    fn set(scale: ScaleView) -> CriteriaSetView {
        let criterion = |code: &str, max, mandatory| Criterion {
            code: code.into(),
            vi: code.into(),
            en: None,
            max,
            mandatory,
        };
        let group = |code: &str, criteria| CriteriaGroup {
            code: code.into(),
            vi: code.into(),
            max: None,
            criteria,
        };
        CriteriaSetView {
            id: String::new(),
            code: "cs".into(),
            version: "1".into(),
            title: "Bộ tiêu chí".into(),
            level: "model".into(),
            scale,
            constructed: true,
            provenance: String::new(),
            groups: vec![
                group(
                    "A",
                    vec![
                        criterion("A1", Some(500), false),
                        criterion("A2", Some(500), true),
                    ],
                ),
                group("C", vec![criterion("C1", Some(1_500), true)]),
            ],
            bands: vec![
                Band {
                    code: "tot".into(),
                    vi: "Tốt".into(),
                    min: 8_000,
                },
                Band {
                    code: "kha".into(),
                    vi: "Khá".into(),
                    min: 6_500,
                },
            ],
        }
    }

    #[test]
    fn the_rules_keep_the_order_of_the_set_over_its_groups() {
        let rules = rules_of(
            &set(ScaleView::Points {
                max: 10_000,
                step: 50,
            }),
            &Value::Null,
        );
        let codes: Vec<&str> = rules.criteria.iter().map(|rule| rule.code.as_str()).collect();
        assert_eq!(codes, ["A1", "A2", "C1"]);
        assert_eq!(
            rules.scale,
            Scale::Points {
                max: 10_000,
                step: 50
            }
        );
        assert_eq!(
            rules.bands.iter().map(|band| band.min).collect::<Vec<_>>(),
            [8_000, 6_500]
        );
    }

    #[test]
    fn recognition_is_what_the_file_of_the_set_says() {
        let of = |source: Value| recognition_of(&source);
        let line = json!({"recognition": {"min_total": 80, "mandatory_nonzero": ["A2", "C1"]}});
        assert_eq!(of(line), Recognition::From(8_000));
        assert_eq!(
            of(json!({"recognition": {"min_total": 79.5}})),
            Recognition::From(7_950)
        );
        assert_eq!(
            of(json!({"recognition": {"all_pass": true}})),
            Recognition::AllMet
        );
        assert_eq!(of(json!({"title_vi": "Điều kiện"})), Recognition::Unsaid);
        assert_eq!(
            of(Value::Null),
            Recognition::Unsaid,
            "a set stored without its file"
        );
    }

    #[test]
    fn a_stored_set_is_read_with_or_without_its_file() {
        let mut stored = serde_json::to_value(set(ScaleView::PassFail)).unwrap();
        let read: StoredSet = serde_json::from_value(stored.clone()).unwrap();
        assert!(read.source.is_null());
        stored["source"] = json!({"recognition": {"all_pass": true}});
        let read: StoredSet = serde_json::from_value(stored).unwrap();
        assert_eq!(read.view, set(ScaleView::PassFail));
        assert_eq!(recognition_of(&read.source), Recognition::AllMet);
    }

    #[test]
    fn a_set_without_points_counts_what_is_met() {
        assert_eq!(
            rules_of(&set(ScaleView::PassFail), &Value::Null).scale,
            Scale::Met
        );
        assert_eq!(
            rules_of(&set(ScaleView::Checklist), &Value::Null).scale,
            Scale::Met
        );
    }
}

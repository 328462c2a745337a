//! Criteria sets: versions are immutable, points are kept in hundredths.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::id::{ProvinceId, RecordId};
use cotmoc_core::record::view::State;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_core::text::identity_key;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::file;
use super::item::{Item, refusal, secrecy_marks};
use super::plan::{Plan, Standing, fits};
use crate::contract::reference::{
    Band, CriteriaGroup, CriteriaList, CriteriaSetView, Criterion, ImportRemark, NotForScoring, RefusedRow,
    ScaleView, ScoringBar,
};
use crate::contract::{Nothing, Problem};
use crate::device::Device;

/// Step of a points scale whose source names none, hundredths.
const USUAL_STEP: i64 = 50;

/// The contract's word for sets that evaluate models.
const MODEL: &str = "model";

/// Highest maximum of a scale, hundredths: far above any published one, far below any overflow.
const MOST_POINTS: i64 = 100_000_000;

/// A version of a criteria set as its record holds it: the view, and the set as its file says it. What the
/// view does not show yet (recognition, basis of a criterion) is kept that way, because a version can never
/// be imported again with more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredSet {
    #[serde(flatten)]
    pub view: CriteriaSetView,
    /// As the file says it.
    #[serde(default)]
    pub source: Value,
}

/// Record of a version.
pub(super) fn set_record(province: ProvinceId, code: &str, version: &str) -> RecordId {
    RecordId::derived(
        "criteria_set",
        &[province.0.as_bytes(), code.as_bytes(), version.as_bytes()],
    )
}

/// Criteria sets by code and version.
pub(crate) fn list_criteria(device: &Device, _: Nothing) -> Result<CriteriaList, Problem> {
    let mut sets: Vec<CriteriaSetView> = held_sets(device)?.into_values().map(|set| set.view).collect();
    sets.sort_by(|a, b| (&a.code, &a.version).cmp(&(&b.code, &b.version)));
    let barred = |set: &CriteriaSetView| {
        let reason = scoring_bar(set)?;
        Some(NotForScoring {
            id: set.id.clone(),
            reason,
        })
    };
    Ok(CriteriaList {
        not_for_scoring: sets.iter().filter_map(barred).collect(),
        sets,
    })
}

/// Why no campaign can score models with a set, the gravest reason first; none when it can.
///
/// A score sheet is of one model and gives each criterion its points (`domain.md` §2, `ScoreSheet`). Sources
/// that give a total of 100 without the points of each criterion (`domain.md` §3: weights not recovered) are
/// kept as what was published, but nothing could be entered under them and no total would mean anything.
pub(crate) fn scoring_bar(set: &CriteriaSetView) -> Option<ScoringBar> {
    let mut criteria = set.groups.iter().flat_map(|group| &group.criteria).peekable();
    let is_in_points = matches!(set.scale, ScaleView::Points { .. });
    if criteria.peek().is_none() {
        Some(ScoringBar::NoCriteria)
    } else if is_in_points && criteria.any(|criterion| criterion.max.is_none()) {
        Some(ScoringBar::NoWeights)
    } else {
        (set.level != MODEL).then_some(ScoringBar::OtherLevel)
    }
}

/// What someone who imports a set should know before counting on it. What a set evaluates it says itself.
fn remark_of(set: &CriteriaSetView, row: u64) -> Option<ImportRemark> {
    let bar = scoring_bar(set).filter(|bar| *bar != ScoringBar::OtherLevel)?;
    Some(ImportRemark {
        row,
        column: "groups".to_owned(),
        code: bar.code().to_owned(),
        params: BTreeMap::from([("title".to_owned(), set.title.clone())]),
    })
}

/// A version by its record id.
pub(super) fn criteria_set(device: &Device, record: RecordId) -> Result<Option<CriteriaSetView>, Problem> {
    let held = device
        .ledger
        .record(record)?
        .filter(|held| held.kind == RecordKind::CriteriaSet);
    Ok(held.and_then(|held| State::read(&held.state).whole("set")))
}

/// Every version this device holds.
pub(super) fn held_sets(device: &Device) -> Result<BTreeMap<RecordId, StoredSet>, Problem> {
    let records = device.ledger.records_of_kind(RecordKind::CriteriaSet)?;
    let read = |state: &str| State::read(state).whole("set");
    Ok(records
        .iter()
        .filter_map(|(record, _, state)| Some((*record, read(state)?)))
        .collect())
}

/// Plans the import of the published list of criteria sets.
pub(super) fn plan_json(
    province: ProvinceId,
    text: &str,
    held: &BTreeMap<RecordId, StoredSet>,
) -> Result<Plan, Problem> {
    let list = file::json(text, "dvk.criteria-sets/1")?;
    let mut plan = Plan::default();
    let mut seen = BTreeSet::new();
    for (row, value) in (1..).zip(file::list(&list, "sets")?) {
        let Some(set) = read_set(province, value, row, &mut plan.refused) else {
            continue;
        };
        let record = set_record(province, &set.view.code, &set.view.version);
        let edit = Edit::whole("set", &set);
        let standing = standing(held.get(&record), &set);
        let problem = match standing {
            _ if !seen.insert(record) => Some("listed_twice"),
            Standing::Changed => Some("version_is_immutable"),
            _ => (!fits(RecordKind::CriteriaSet, &edit)).then_some("too_large"),
        };
        match problem {
            Some(problem) => plan
                .refused
                .push(refusal(row, "version", problem, &set.view.version)),
            None => {
                plan.remarks.extend(remark_of(&set.view, row));
                plan.take(1, standing, record, RecordKind::CriteriaSet, edit);
            }
        }
    }
    let marks = secrecy_marks(&list);
    plan.marked = !marks.is_empty();
    plan.refused.extend(marks);
    Ok(plan)
}

/// A version is what its file says: a program that words the view otherwise does not make another of it.
fn standing(held: Option<&StoredSet>, set: &StoredSet) -> Standing {
    match held {
        Some(held) if !held.source.is_null() => Standing::of(Some(&held.source), &set.source),
        held => Standing::of(held.map(|held| &held.view), &set.view),
    }
}

fn read_set(
    province: ProvinceId,
    value: &Value,
    row: u64,
    refused: &mut Vec<RefusedRow>,
) -> Option<StoredSet> {
    let before = refused.len();
    let item = Item::of(value, row, "", refused)?;
    let (code, version) = (item.id("id", refused), item.id("version", refused));
    let title = item.text("title_vi", refused);
    let level = item.text("level", refused).and_then(|level| {
        let known = level_code(&level);
        if known.is_none() {
            item.refuse("level", "unknown_level", refused);
        }
        known
    });
    let scale = read_scale(&item, refused);
    let mandatory = mandatory_by_recognition(&item, refused);
    let groups = match &scale {
        Some(scale) => read_groups(&item, scale, &mandatory, refused),
        None => Vec::new(),
    };
    for code in mandatory.iter().filter(|code| {
        !groups
            .iter()
            .any(|group| group.criteria.iter().any(|it| it.code == **code))
    }) {
        item.refuse_value("recognition.mandatory_nonzero", "unknown_value", code, refused);
    }
    let bands = read_bands(&item, scale.as_ref(), refused);
    let constructed = !item.flag("published", refused);
    let provenance = provenance(&item, constructed, &bands, refused);
    let (Some(code), Some(version), Some(title), Some(level), Some(scale), true) =
        (code, version, title, level, scale, refused.len() == before)
    else {
        return None;
    };
    let view = CriteriaSetView {
        id: set_record(province, &code, &version).to_string(),
        code,
        version,
        title,
        level: level.to_owned(),
        scale,
        constructed,
        provenance,
        groups,
        bands: bands.known,
    };
    Some(StoredSet {
        view,
        source: value.clone(),
    })
}

/// The contract's word for what a set evaluates. A person is no level, and there is no word for one.
fn level_code(level: &str) -> Option<&'static str> {
    let key = identity_key(level);
    let begins =
        |word: &str| key == identity_key(word) || key.starts_with(&format!("{} ", identity_key(word)));
    [
        ("mô hình", MODEL),
        ("đơn vị", "unit"),
        ("bản đăng ký", "registration"),
    ]
    .into_iter()
    .find(|(word, _)| begins(word))
    .map(|(_, code)| code)
}

fn read_scale(item: &Item<'_>, refused: &mut Vec<RefusedRow>) -> Option<ScaleView> {
    let Some(value) = item.value("scale") else {
        item.refuse("scale", "missing", refused);
        return None;
    };
    let scale = item.inner(value, "scale", refused)?;
    match scale.text("type", refused)?.as_str() {
        "pass_fail" => Some(ScaleView::PassFail),
        "checklist" => Some(ScaleView::Checklist),
        "points" => {
            let step = match scale.value("step") {
                None => USUAL_STEP,
                Some(_) => points(&scale, "step", refused)?,
            };
            let max = match scale.value("max") {
                None => {
                    scale.refuse("max", "missing", refused);
                    return None;
                }
                Some(_) => points(&scale, "max", refused)?,
            };
            if step == 0 || max == 0 || max % step != 0 {
                scale.refuse(if step == 0 { "step" } else { "max" }, "bad_points", refused);
                return None;
            }
            Some(ScaleView::Points { max, step })
        }
        _ => {
            scale.refuse("type", "unknown_value", refused);
            None
        }
    }
}

/// A number of points in hundredths; refused when it is negative or finer than a hundredth.
fn points(item: &Item<'_>, name: &str, refused: &mut Vec<RefusedRow>) -> Option<i64> {
    let Value::Number(number) = item.value(name)? else {
        item.refuse(name, "wrong_kind", refused);
        return None;
    };
    let hundredths = hundredths(&number.to_string());
    if hundredths.is_none() {
        item.refuse(name, "bad_points", refused);
    }
    hundredths
}

/// Hundredths of a decimal as JSON writes it. Read from its digits: a floating-point number has no hundredths.
fn hundredths(decimal: &str) -> Option<i64> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 2 {
        return None;
    }
    let points = whole.parse::<i64>().ok()?.checked_mul(100)?;
    let rest: i64 = format!("{fraction:0<2}").parse().ok()?;
    points.checked_add(rest).filter(|points| *points <= MOST_POINTS)
}

fn mandatory_by_recognition(item: &Item<'_>, refused: &mut Vec<RefusedRow>) -> Vec<String> {
    let recognition = item
        .value("recognition")
        .and_then(|value| item.inner(value, "recognition", refused));
    recognition
        .map(|recognition| recognition.texts("mandatory_nonzero", refused))
        .unwrap_or_default()
}

fn read_groups(
    item: &Item<'_>,
    scale: &ScaleView,
    mandatory: &[String],
    refused: &mut Vec<RefusedRow>,
) -> Vec<CriteriaGroup> {
    let mut groups: Vec<CriteriaGroup> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut within: Vec<Option<i64>> = Vec::new();
    for value in item.list("groups", refused) {
        let Some(group) = item.inner(value, "groups", refused) else {
            continue;
        };
        let (code, vi) = (group.id("code", refused), group.text("vi", refused));
        let mut criteria: Vec<Criterion> = Vec::new();
        for value in group.list("criteria", refused) {
            let Some(criterion) = read_criterion(&group, value, scale, mandatory, refused) else {
                continue;
            };
            if !seen.insert(criterion.code.clone()) {
                group.refuse_value("criteria.code", "listed_twice", &criterion.code, refused);
                continue;
            }
            criteria.push(criterion);
        }
        let max = most(&group, scale, refused);
        let sum = criteria
            .iter()
            .map(|criterion| criterion.max)
            .sum::<Option<i64>>();
        if let (Some(max), Some(sum)) = (max, sum)
            && max != sum
        {
            group.refuse("max", "sum_differs", refused);
        }
        // A bonus comes on top of the scale.
        if !group.flag("bonus", refused) {
            within.push(max.or(sum));
        }
        let (Some(code), Some(vi)) = (code, vi) else {
            continue;
        };
        if groups.iter().any(|known| known.code == code) {
            group.refuse("code", "listed_twice", refused);
            continue;
        }
        groups.push(CriteriaGroup {
            code,
            vi,
            max,
            criteria,
        });
    }
    let sum = within.iter().copied().sum::<Option<i64>>();
    if let (ScaleView::Points { max, .. }, Some(sum), false) = (scale, sum, within.is_empty())
        && *max != sum
    {
        item.refuse_value("scale.max", "sum_differs", &shown_points(*max), refused);
    }
    groups
}

fn read_criterion(
    group: &Item<'_>,
    value: &Value,
    scale: &ScaleView,
    mandatory: &[String],
    refused: &mut Vec<RefusedRow>,
) -> Option<Criterion> {
    let item = group.inner(value, "criteria", refused)?;
    let (code, vi) = (item.id("code", refused), item.text("vi", refused));
    let en = item.text_if_any("en", refused);
    let max = most(&item, scale, refused);
    let flagged = item.flag("mandatory", refused);
    let (code, vi) = (code?, vi?);
    let mandatory = flagged || mandatory.contains(&code);
    Some(Criterion {
        code,
        vi,
        en,
        max,
        mandatory,
    })
}

/// The maximum of a group or criterion. Absent where there are no points, or where the source does not give
/// them.
fn most(item: &Item<'_>, scale: &ScaleView, refused: &mut Vec<RefusedRow>) -> Option<i64> {
    item.value("max")?;
    let ScaleView::Points { step, .. } = scale else {
        item.refuse("max", "bad_points", refused);
        return None;
    };
    let max = points(item, "max", refused)?;
    if max % step != 0 {
        item.refuse("max", "bad_points", refused);
    }
    Some(max)
}

/// The bands of a set, and the names of those whose lower bound the source does not give. Such a band can be
/// told but never derived.
struct Bands {
    known: Vec<Band>,
    without_bound: Vec<String>,
}

fn read_bands(item: &Item<'_>, scale: Option<&ScaleView>, refused: &mut Vec<RefusedRow>) -> Bands {
    let mut bands = Bands {
        known: Vec::new(),
        without_bound: Vec::new(),
    };
    for value in item.list("bands", refused) {
        let Some(band) = item.inner(value, "bands", refused) else {
            continue;
        };
        let (code, vi) = (band.id("code", refused), band.text("vi", refused));
        let (Some(code), Some(vi)) = (code, vi) else {
            continue;
        };
        if band.value("min").is_none() {
            bands.without_bound.push(vi);
            continue;
        }
        let Some(min) = points(&band, "min", refused) else {
            continue;
        };
        match scale {
            Some(ScaleView::Points { max, .. }) if min > *max => band.refuse("min", "bad_points", refused),
            Some(ScaleView::PassFail | ScaleView::Checklist) => band.refuse("min", "bad_points", refused),
            _ if bands
                .known
                .iter()
                .any(|known| known.min == min || known.code == code) =>
            {
                band.refuse("min", "listed_twice", refused);
            }
            _ => bands.known.push(Band { code, vi, min }),
        }
    }
    bands.known.sort_by_key(|band| std::cmp::Reverse(band.min));
    bands
}

/// Where a set comes from, in words for the user: what this program made up is said first.
fn provenance(item: &Item<'_>, constructed: bool, bands: &Bands, refused: &mut Vec<RefusedRow>) -> String {
    let mut parts: Vec<String> = Vec::new();
    if constructed {
        parts.push(
            "Bộ tiêu chí dựng cho chương trình này, chưa cơ quan nào ban hành; điểm và mức xếp loại mang tính minh họa."
                .to_owned(),
        );
    }
    parts.extend(item.text_if_any("legal", refused));
    parts.extend(
        item.text_if_any("source", refused)
            .map(|source| format!("Nguồn: {source}")),
    );
    if !bands.without_bound.is_empty() {
        parts.push(format!(
            "Nguồn không nêu điểm thấp nhất của mức: {}.",
            bands.without_bound.join(", ")
        ));
    }
    parts.extend(
        item.text_if_any("reliability", refused)
            .map(|said| format!("Độ tin cậy của nguồn: {said}")),
    );
    parts.extend(item.text_if_any("provenance", refused));
    parts.join("\n")
}

fn shown_points(hundredths: i64) -> String {
    match hundredths % 100 {
        0 => (hundredths / 100).to_string(),
        rest => format!(
            "{},{}",
            hundredths / 100,
            format!("{rest:02}").trim_end_matches('0')
        ),
    }
}

#[cfg(test)]
mod tests;

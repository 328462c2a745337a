//! Field schemes: under which fields a province counts, and how one scheme maps to another.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::id::{ProvinceId, RecordId};
use cotmoc_core::record::view::State;
use cotmoc_core::record::{Edit, RecordKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::file;
use super::item::{Item, refusal, secrecy_marks};
use super::plan::{Plan, Standing, fits};
use crate::contract::reference::{FieldRow, RefusedRow, SchemeList, SchemeRow};
use crate::contract::{Nothing, Problem};
use crate::device::Device;

/// The field of models that fall under none of a scheme's own: every total closes with it.
pub(super) const UNCLASSIFIED: &str = "KHAC";

/// A field scheme as its record holds it. Its first four properties are those of [`SchemeRow`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredScheme {
    pub id: String,
    pub owner: String,
    pub valid_from: Option<String>,
    pub fields: Vec<FieldRow>,
    /// The scheme's own labels as its source writes them, by field.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Whatever else the source says, as written there.
    #[serde(default)]
    pub other: BTreeMap<String, Value>,
}

/// How models counted under one scheme count under another. Never by label: only by these rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredMapping {
    pub from_scheme: String,
    pub to_scheme: String,
    pub rules: Vec<Rule>,
    /// Every model keeps its field.
    pub lossless: bool,
    #[serde(default)]
    pub other: BTreeMap<String, Value>,
}

/// One rule of a mapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Rule {
    pub source: String,
    /// Absent when each model needs a decision.
    pub target: Option<String>,
    /// `exact`, `broader`, `narrower` or `manual`.
    pub kind: String,
    /// Fields a person chooses from.
    #[serde(default)]
    pub candidates: Vec<String>,
    #[serde(default)]
    pub note: Option<String>,
}

const RULE_KINDS: [&str; 4] = ["exact", "broader", "narrower", "manual"];

impl From<StoredScheme> for SchemeRow {
    fn from(scheme: StoredScheme) -> Self {
        Self {
            id: scheme.id,
            owner: scheme.owner,
            valid_from: scheme.valid_from,
            fields: scheme.fields,
        }
    }
}

/// Record of a scheme.
pub(super) fn scheme_record(province: ProvinceId, id: &str) -> RecordId {
    RecordId::derived("scheme", &[province.0.as_bytes(), id.as_bytes()])
}

fn mapping_record(province: ProvinceId, from: &str, to: &str) -> RecordId {
    RecordId::derived(
        "mapping",
        &[province.0.as_bytes(), from.as_bytes(), to.as_bytes()],
    )
}

/// Field schemes by id.
pub(crate) fn list_schemes(device: &Device, _: Nothing) -> Result<SchemeList, Problem> {
    let mut schemes: Vec<SchemeRow> = held_schemes(device)?.into_values().map(SchemeRow::from).collect();
    schemes.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(SchemeList { schemes })
}

/// Fields of a scheme in its order, and whose scheme it is; nothing of either when it is not held here.
pub(crate) fn fields_of_scheme(device: &Device, id: &str) -> Result<(Vec<FieldRow>, String), Problem> {
    Ok(scheme(device, id)?.map_or_else(Default::default, |scheme| (scheme.fields, scheme.owner)))
}

/// A scheme by id.
pub(super) fn scheme(device: &Device, id: &str) -> Result<Option<StoredScheme>, Problem> {
    let held = device
        .ledger
        .record(scheme_record(device.me()?.province, id))?
        .filter(|held| held.kind == RecordKind::Scheme);
    Ok(held.and_then(|held| State::read(&held.state).whole("scheme")))
}

/// Every scheme this device holds.
pub(super) fn held_schemes(device: &Device) -> Result<BTreeMap<RecordId, StoredScheme>, Problem> {
    let records = device.ledger.records_of_kind(RecordKind::Scheme)?;
    let read = |state: &str| State::read(state).whole("scheme");
    Ok(records
        .iter()
        .filter_map(|(record, _, state)| Some((*record, read(state)?)))
        .collect())
}

/// Every mapping this device holds.
pub(super) fn held_mappings(device: &Device) -> Result<BTreeMap<RecordId, StoredMapping>, Problem> {
    let records = device.ledger.records_of_kind(RecordKind::Mapping)?;
    let read = |state: &str| State::read(state).whole("mapping");
    Ok(records
        .iter()
        .filter_map(|(record, _, state)| Some((*record, read(state)?)))
        .collect())
}

/// Plans the import of the published list of fields, schemes and mappings.
pub(super) fn plan_json(
    province: ProvinceId,
    text: &str,
    schemes: &BTreeMap<RecordId, StoredScheme>,
    mappings: &BTreeMap<RecordId, StoredMapping>,
) -> Result<Plan, Problem> {
    let list = file::json(text, "dvk.taxonomy/1")?;
    let mut plan = Plan::default();
    let fields = read_fields(file::list(&list, "fields")?, &mut plan.refused);
    let mut read: BTreeMap<RecordId, StoredScheme> = BTreeMap::new();
    for (row, value) in (1..).zip(file::list(&list, "schemes")?) {
        let Some(scheme) = read_scheme(value, row, &fields, &mut plan.refused) else {
            continue;
        };
        let (record, edit) = (
            scheme_record(province, &scheme.id),
            Edit::whole("scheme", &scheme),
        );
        let problem = if read.contains_key(&record) {
            Some("listed_twice")
        } else {
            (!fits(RecordKind::Scheme, &edit)).then_some("too_large")
        };
        if let Some(problem) = problem {
            plan.refused.push(refusal(row, "schemes.id", problem, &scheme.id));
            continue;
        }
        plan.take(
            1,
            Standing::of(schemes.get(&record), &scheme),
            record,
            RecordKind::Scheme,
            edit,
        );
        read.insert(record, scheme);
    }
    let known = |id: &str| {
        let record = scheme_record(province, id);
        let scheme = read.get(&record).or_else(|| schemes.get(&record))?;
        Some(
            scheme
                .fields
                .iter()
                .map(|field| field.code.clone())
                .collect::<BTreeSet<String>>(),
        )
    };
    let mut seen = BTreeSet::new();
    for (row, value) in (1..).zip(file::list(&list, "mappings")?) {
        let Some(mapping) = read_mapping(value, row, &known, &mut plan.refused) else {
            continue;
        };
        let record = mapping_record(province, &mapping.from_scheme, &mapping.to_scheme);
        let edit = Edit::whole("mapping", &mapping);
        let problem = if seen.insert(record) {
            (!fits(RecordKind::Mapping, &edit)).then_some("too_large")
        } else {
            Some("listed_twice")
        };
        if let Some(problem) = problem {
            plan.refused
                .push(refusal(row, "mappings.to_scheme", problem, &mapping.to_scheme));
            continue;
        }
        plan.take(
            1,
            Standing::of(mappings.get(&record), &mapping),
            record,
            RecordKind::Mapping,
            edit,
        );
    }
    let marks = secrecy_marks(&list);
    plan.marked = !marks.is_empty();
    plan.refused.extend(marks);
    Ok(plan)
}

/// The fields all schemes share, by code, with their common labels.
fn read_fields(values: &[Value], refused: &mut Vec<RefusedRow>) -> BTreeMap<String, FieldRow> {
    let mut fields = BTreeMap::new();
    for (row, value) in (1..).zip(values) {
        let Some(item) = Item::of(value, row, "fields", refused) else {
            continue;
        };
        let read = (
            item.id("code", refused),
            item.text("vi", refused),
            item.text("en", refused),
        );
        let (Some(code), Some(vi), Some(en)) = read else {
            continue;
        };
        if fields.insert(code.clone(), FieldRow { code, vi, en }).is_some() {
            item.refuse("code", "listed_twice", refused);
        }
    }
    fields
}

fn read_scheme(
    value: &Value,
    row: u64,
    known: &BTreeMap<String, FieldRow>,
    refused: &mut Vec<RefusedRow>,
) -> Option<StoredScheme> {
    let before = refused.len();
    let item = Item::of(value, row, "schemes", refused)?;
    let id = item.id("id", refused);
    let owner = item.text("owner", refused);
    let valid_from = item.text_if_any("valid_from", refused);
    let labels = read_labels(&item, refused);
    let mut fields: Vec<FieldRow> = Vec::new();
    for code in item.texts("fields", refused) {
        let Some(field) = known.get(&code) else {
            item.refuse_value("fields", "unknown_field", &code, refused);
            continue;
        };
        if fields.iter().any(|field| field.code == code) {
            item.refuse_value("fields", "listed_twice", &code, refused);
            continue;
        }
        let vi = labels
            .get(&code)
            .map_or_else(|| field.vi.clone(), |label| capitalised(label));
        fields.push(FieldRow { vi, ..field.clone() });
    }
    if item.list("fields", &mut Vec::new()).is_empty() && refused.len() == before {
        item.refuse("fields", "missing", refused);
    }
    for code in labels
        .keys()
        .filter(|code| !fields.iter().any(|field| field.code == **code))
    {
        item.refuse_value("labels", "unknown_field", code, refused);
    }
    let other = rest(&item, &["id", "owner", "valid_from", "fields", "labels"]);
    let (Some(id), Some(owner), true) = (id, owner, refused.len() == before) else {
        return None;
    };
    Some(StoredScheme {
        id,
        owner,
        valid_from,
        fields,
        labels,
        other,
    })
}

fn read_labels(item: &Item<'_>, refused: &mut Vec<RefusedRow>) -> BTreeMap<String, String> {
    let Some(value) = item.value("labels") else {
        return BTreeMap::new();
    };
    let Some(labels) = item.inner(value, "labels", refused) else {
        return BTreeMap::new();
    };
    let codes = labels.fields().keys();
    codes
        .filter_map(|code| Some((code.clone(), labels.text(code, refused)?)))
        .collect()
}

fn read_mapping(
    value: &Value,
    row: u64,
    known: &dyn Fn(&str) -> Option<BTreeSet<String>>,
    refused: &mut Vec<RefusedRow>,
) -> Option<StoredMapping> {
    let before = refused.len();
    let item = Item::of(value, row, "mappings", refused)?;
    let (from_scheme, to_scheme) = (item.id("from_scheme", refused), item.id("to_scheme", refused));
    let mut fields_of = |name: &str, scheme: Option<&String>| {
        let found = scheme.and_then(|scheme| known(scheme));
        if scheme.is_some() && found.is_none() {
            item.refuse(name, "unknown_scheme", refused);
        }
        found
    };
    let from = fields_of("from_scheme", from_scheme.as_ref());
    let to = fields_of("to_scheme", to_scheme.as_ref());
    let (from, to) = (from?, to?);
    let mut rules: Vec<Rule> = Vec::new();
    for value in item.list("rules", refused) {
        let Some(rule) = read_rule(&item, value, &from, &to, refused) else {
            continue;
        };
        if rules.iter().any(|known| known.source == rule.source) {
            item.refuse_value("rules", "listed_twice", &rule.source, refused);
            continue;
        }
        rules.push(rule);
    }
    let lossless = item.flag("lossless", refused);
    let other = rest(&item, &["from_scheme", "to_scheme", "rules", "lossless"]);
    let (Some(from_scheme), Some(to_scheme), true) = (from_scheme, to_scheme, refused.len() == before) else {
        return None;
    };
    Some(StoredMapping {
        from_scheme,
        to_scheme,
        rules,
        lossless,
        other,
    })
}

fn read_rule(
    mapping: &Item<'_>,
    value: &Value,
    from: &BTreeSet<String>,
    to: &BTreeSet<String>,
    refused: &mut Vec<RefusedRow>,
) -> Option<Rule> {
    let before = refused.len();
    let item = mapping.inner(value, "rules", refused)?;
    let source = item.text("source", refused);
    let target = item.text_if_any("target", refused);
    let kind = item.text("kind", refused);
    let candidates = item.texts("candidates", refused);
    let note = item.text_if_any("note", refused);
    let is_field = |code: &String, of: &BTreeSet<String>| code == UNCLASSIFIED || of.contains(code);
    if source.as_ref().is_some_and(|code| !is_field(code, from)) {
        item.refuse("source", "unknown_field", refused);
    }
    if target.as_ref().is_some_and(|code| !is_field(code, to)) {
        item.refuse("target", "unknown_field", refused);
    }
    for code in candidates.iter().filter(|code| !is_field(code, to)) {
        item.refuse_value("candidates", "unknown_field", code, refused);
    }
    match kind.as_deref() {
        Some("manual") if target.is_some() => item.refuse("target", "unknown_value", refused),
        Some("manual") | None => {}
        Some(kind) if !RULE_KINDS.contains(&kind) => item.refuse("kind", "unknown_value", refused),
        Some(_) if target.is_none() => item.refuse("target", "missing", refused),
        Some(_) => {}
    }
    let (Some(source), Some(kind), true) = (source, kind, refused.len() == before) else {
        return None;
    };
    Some(Rule {
        source,
        target,
        kind,
        candidates,
        note,
    })
}

/// What an item says besides the properties that were read.
pub(super) fn rest(item: &Item<'_>, read: &[&str]) -> BTreeMap<String, Value> {
    let fields = item
        .fields()
        .iter()
        .filter(|(name, value)| !read.contains(&name.as_str()) && !value.is_null());
    fields
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// A label as it stands at the head of a column; the source writes it within a sentence.
fn capitalised(label: &str) -> String {
    let mut letters = label.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests;

//! What the members of a delegation find.

use cotmoc_core::access::Role;
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::{Place, Scope};
use cotmoc_core::record::view::{FindingEntry, FindingsRecord, State};
use cotmoc_core::record::{Edit, RecordKind, properties_of_payload};
use serde_json::Value;

use super::order::order_of_entry;
use super::typed::about_people;
use super::{Visit, findings_id, model_of_unit, own, view};
use crate::contract::Problem;
use crate::contract::visits::{FindingKind, FindingView, PutFinding, RemoveFinding, VisitView};
use crate::device::{Device, Me};
use crate::ids::{fresh_key, record_id};

/// The findings of a visit with the properties on which devices differ.
pub(super) struct HeldFindings {
    pub findings: FindingsRecord,
    differing: Vec<String>,
}

/// The findings of a visit; none where this device does not hold them.
pub(super) fn held(device: &Device, visit: &Visit) -> Result<HeldFindings, Problem> {
    let held = device.ledger.record(findings_id(visit.id))?.filter(|held| {
        held.kind == RecordKind::Findings && held.scope.place == Place::Delegation(visit.delegation)
    });
    Ok(match held {
        Some(held) => HeldFindings {
            findings: FindingsRecord::from(&State::read(&held.state)),
            differing: held.differing,
        },
        None => HeldFindings {
            findings: FindingsRecord::default(),
            differing: Vec::new(),
        },
    })
}

/// The findings as a screen shows them, in causal order.
pub(super) fn views(device: &Device, me: &Me, visit: &Visit) -> Result<Vec<FindingView>, Problem> {
    let HeldFindings {
        mut findings,
        differing,
    } = held(device, visit)?;
    if findings.findings.is_empty() {
        return Ok(Vec::new());
    }
    let record = findings_id(visit.id);
    let own = properties_of_this_device(device, record)?;
    let my_name = author_code(me);
    let mut ordered = order_of_entry(&mut device.ledger.document(record)?, "findings");
    ordered.retain(|id| findings.findings.contains_key(id));
    let view = |id: String| {
        let entry = findings.findings.remove(&id)?;
        let property = format!("findings/{id}");
        Some(FindingView {
            // A kind of a newer version is shown where it cannot be mistaken for praise.
            kind: kind_of(&entry.kind).unwrap_or(FindingKind::UnitReport),
            text: entry.text,
            registration: entry.registration,
            mine: Some(&entry.by) == my_name.as_ref() && own.contains(&property),
            by: entry.by,
            removed: entry.removed,
            differs: differing.contains(&property),
            id,
        })
    };
    Ok(ordered.into_iter().filter_map(view).collect())
}

/// Properties that this device itself has written.
fn properties_of_this_device(device: &Device, record: RecordId) -> Result<Vec<String>, Problem> {
    let this = device.author.device();
    let entries = device.ledger.entries_of(record)?;
    let own = entries.iter().filter(|entry| entry.log.device == this);
    let properties = own.flat_map(|entry| {
        properties_of_payload(entry.record_kind, entry.payload.as_deref().unwrap_or_default())
    });
    Ok(properties.collect())
}

/// How an author appears to others: by role or slot, never by name (`domain.md` §2.3).
fn author_code(me: &Me) -> Option<String> {
    let (_, slot) = me.delegation().ok()?;
    match me.role() {
        Role::Head => Some("head".to_owned()),
        Role::Secretary => Some("secretary".to_owned()),
        Role::Member => Some(format!("member:{slot}")),
        Role::Post | Role::Compiler | Role::Administrator => None,
    }
}

/// Stored word of a kind.
fn kind_code(kind: FindingKind) -> String {
    let word = serde_json::to_value(kind).ok();
    word.as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// From the stored word.
pub(super) fn kind_of(code: &str) -> Option<FindingKind> {
    serde_json::from_value(Value::String(code.to_owned())).ok()
}

pub(crate) fn put_finding(device: &Device, request: PutFinding) -> Result<VisitView, Problem> {
    let (me, visit) = own(device, &request.visit)?;
    let before = match &request.id {
        Some(id) => Some(existing(device, &visit, id)?),
        None => None,
    };
    let said = before.as_ref().map_or("", |before| before.text.as_str());
    let text = about_people("text", &request.text, said, request.personal_data_checked)?;
    if text.is_empty() {
        return Err(Problem::new("bad_request").with("what", "text"));
    }
    let registration = match &request.registration {
        Some(named) => Some(
            model_of_unit(device, visit.unit, record_id(named)?)?
                .id
                .to_string(),
        ),
        None => None,
    };
    let kind = kind_code(request.kind);
    let is_new = request.id.is_none();
    let (id, entry) = match (request.id, before) {
        (Some(id), Some(before)) => (
            id,
            FindingEntry {
                kind,
                text,
                registration,
                ..before
            },
        ),
        _ => {
            let by = author_code(&me).unwrap_or_default();
            (
                fresh_key(device.now())?,
                FindingEntry {
                    kind,
                    text,
                    registration,
                    by,
                    removed: None,
                },
            )
        }
    };
    let write = put(visit.scope(&me), &visit, &id, &entry);
    // What was being typed on this visit has become this finding; mending another one leaves it alone.
    device.write_and_forget(
        &[write],
        if is_new {
            std::slice::from_ref(&visit.id)
        } else {
            &[]
        },
    )?;
    view::of(device, &visit)
}

pub(crate) fn remove_finding(device: &Device, request: RemoveFinding) -> Result<VisitView, Problem> {
    let (me, visit) = own(device, &request.visit)?;
    let before = existing(device, &visit, &request.id)?;
    let removed = match &request.reason {
        Some(reason) => {
            let said = before.removed.as_deref().unwrap_or_default();
            Some(about_people(
                "reason",
                reason,
                said,
                request.personal_data_checked,
            )?)
        }
        None => None,
    };
    if removed.as_ref().is_some_and(String::is_empty) {
        return Err(Problem::new("reason_needed"));
    }
    let entry = FindingEntry { removed, ..before };
    device.write(&[put(visit.scope(&me), &visit, &request.id, &entry)])?;
    view::of(device, &visit)
}

fn existing(device: &Device, visit: &Visit, id: &str) -> Result<FindingEntry, Problem> {
    let found = held(device, visit)?.findings.findings.remove(id);
    found.ok_or_else(|| Problem::new("no_record").with("record", id))
}

fn put(scope: Scope, visit: &Visit, id: &str, entry: &FindingEntry) -> cotmoc_ledger::Write {
    let edits = vec![
        Edit::line("visit", visit.id.to_string()),
        Edit::put("findings", id, entry),
    ];
    Device::edit(scope, findings_id(visit.id), RecordKind::Findings, edits)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use cotmoc_core::access::{Grant, Holder};
    use cotmoc_core::id::{DelegationId, ProvinceId};
    use uuid::Uuid;

    fn me(role: Role, holder: Holder) -> Me {
        let grant = Grant {
            role,
            holder,
            holder_name: "Đoàn khảo sát số 2".into(),
            label: "Máy 1".into(),
            granted_at: 0,
            cuts: None,
        };
        Me {
            province: ProvinceId(Uuid::from_u128(1)),
            province_name: "Tỉnh".into(),
            root_unit: None,
            grant,
        }
    }

    #[test]
    fn an_author_appears_as_a_role_or_a_slot() {
        let delegation = Holder::Delegation(DelegationId(Uuid::from_u128(2)), 3);
        assert_eq!(author_code(&me(Role::Head, delegation)).as_deref(), Some("head"));
        assert_eq!(
            author_code(&me(Role::Secretary, delegation)).as_deref(),
            Some("secretary")
        );
        assert_eq!(
            author_code(&me(Role::Member, delegation)).as_deref(),
            Some("member:3")
        );
        assert_eq!(author_code(&me(Role::Compiler, Holder::Province)), None);
    }

    #[test]
    fn every_kind_is_stored_under_the_word_it_is_read_from() {
        let kinds = [
            FindingKind::UnitReport,
            FindingKind::Strength,
            FindingKind::Limitation,
            FindingKind::Cause,
            FindingKind::Proposal,
            FindingKind::Request,
            FindingKind::Lesson,
        ];
        for kind in kinds {
            assert_eq!(kind_of(&kind_code(kind)), Some(kind));
        }
        assert_eq!(kind_code(FindingKind::UnitReport), "unit_report");
        assert_eq!(kind_of("opinion"), None);
    }
}

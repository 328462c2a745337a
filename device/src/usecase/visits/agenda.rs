//! The agenda between the screen and the record.

use std::collections::BTreeMap;

use cotmoc_core::record::Edit;
use cotmoc_core::record::view::{AgendaEntry, VisitRecord};
use uuid::Uuid;

use super::typed::{about_people, written};
use crate::contract::Problem;
use crate::contract::visits::{AgendaItem, SaveVisit};
use crate::device::Device;
use crate::ids::fresh_key;

/// The edits that put and remove agenda items.
pub(super) fn edits(device: &Device, visit: &VisitRecord, request: &SaveVisit) -> Result<Vec<Edit>, Problem> {
    let before = |id: &str| visit.agenda.get(id).map_or("", |entry| entry.text.as_str());
    let mut edits = Vec::new();
    for item in &request.agenda {
        let bad = |what: &str| Problem::new("bad_request").with("what", format!("agenda {what}"));
        let entry = AgendaEntry {
            text: about_people(
                "agenda",
                &item.text,
                before(&item.id),
                request.personal_data_checked,
            )?,
            starts: written("agenda", &item.starts)?,
            ends: written("agenda", &item.ends)?,
        };
        if entry.text.is_empty() {
            return Err(bad("text"));
        }
        let key = match item.id.as_str() {
            "" => fresh_key(device.now())?,
            // An item that a teammate removed meanwhile comes back with what was typed here.
            id if visit.agenda.contains_key(id) || Uuid::parse_str(id).is_ok() => id.to_owned(),
            _ => return Err(bad("id")),
        };
        edits.push(Edit::put("agenda", key, &entry));
    }
    edits.extend(request.remove_agenda.iter().map(|id| Edit::Remove {
        property: "agenda",
        key: id.clone(),
    }));
    Ok(edits)
}

/// The agenda as a timeline: by the typed start. An item whose start cannot be read stays behind the one it
/// was entered after, so nothing jumps because a time is written in words.
pub(super) fn timeline(mut agenda: BTreeMap<String, AgendaEntry>, entered: &[String]) -> Vec<AgendaItem> {
    let mut last = 0;
    let mut timed = Vec::new();
    for id in entered {
        let Some(AgendaEntry { text, starts, ends }) = agenda.remove(id) else {
            continue;
        };
        last = minutes(&starts).unwrap_or(last);
        timed.push((
            last,
            AgendaItem {
                id: id.clone(),
                text,
                starts,
                ends,
            },
        ));
    }
    timed.sort_by_key(|(minutes, _)| *minutes);
    timed.into_iter().map(|(_, item)| item).collect()
}

/// Minutes after midnight of a time as typed: "08:00", "8h30", "13h", "7 giờ 15".
fn minutes(typed: &str) -> Option<u32> {
    let typed = typed.to_lowercase().replace("giờ", "h");
    let (hours, rest) = typed.split_once([':', 'h', '.'])?;
    let hours: u32 = hours.trim().parse().ok()?;
    let rest = rest.trim().trim_end_matches(['’', '\'', 'p']);
    let minutes: u32 = if rest.is_empty() { 0 } else { rest.parse().ok()? };
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agenda(items: &[(&str, &str)]) -> Vec<String> {
        let entries = items.iter().map(|(id, starts)| {
            let entry = AgendaEntry {
                text: (*id).to_owned(),
                starts: (*starts).to_owned(),
                ends: String::new(),
            };
            ((*id).to_owned(), entry)
        });
        let entered: Vec<String> = items.iter().map(|(id, _)| (*id).to_owned()).collect();
        timeline(entries.collect(), &entered)
            .into_iter()
            .map(|item| item.id)
            .collect()
    }

    #[test]
    fn times_are_read_as_they_are_typed() {
        let cases = [
            ("08:00", Some(480)),
            ("8h30", Some(510)),
            ("13h", Some(780)),
            ("7 giờ 15", Some(435)),
            ("14h05’", Some(845)),
            ("24:00", None),
            ("8h75", None),
            ("sau giờ nghỉ", None),
            ("", None),
            ("8", None),
        ];
        for (typed, read) in cases {
            assert_eq!(minutes(typed), read, "{typed}");
        }
    }

    #[test]
    fn an_item_entered_late_takes_its_place_by_time() {
        assert_eq!(
            agenda(&[
                ("báo cáo", "8h00"),
                ("trao đổi", "10h"),
                ("thăm mô hình", "09:00")
            ]),
            ["báo cáo", "thăm mô hình", "trao đổi"]
        );
    }

    #[test]
    fn an_item_without_a_readable_time_stays_behind_the_one_before_it() {
        let order = agenda(&[("b", "9h"), ("b2", "ngay sau đó"), ("a", "8h")]);
        assert_eq!(order, ["a", "b", "b2"]);
        assert_eq!(
            agenda(&[("one", ""), ("two", "")]),
            ["one", "two"],
            "without any time it is the order of entry"
        );
    }
}

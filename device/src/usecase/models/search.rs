//! Everything this device holds that answers to a few words.

use cotmoc_core::org::Unit;
use cotmoc_core::text::{PartialDate, fold};

use super::context;
use crate::contract::Problem;
use crate::contract::models::{ModelFilter, SearchEverywhere, SearchHit, SearchHits};
use crate::device::Device;
use crate::store::registrations::page;
use crate::usecase::registrations::unit_name;
use crate::usecase::visits;

const MOST_HITS: usize = 30;
/// Most units, and most visits: models must not be crowded out.
const MOST_OF_A_KIND: usize = 10;

pub(crate) fn search_everywhere(device: &Device, request: SearchEverywhere) -> Result<SearchHits, Problem> {
    let folded = fold(&request.query);
    let words: Vec<&str> = folded.split_whitespace().collect();
    if words.is_empty() {
        return Ok(SearchHits { hits: Vec::new() });
    }
    let mut hits = units(device, &words);
    hits.extend(visits_of(device, &words)?);
    let filter = ModelFilter {
        query: Some(request.query),
        ..ModelFilter::default()
    };
    let units = device.units();
    let context = context(device, &filter, &units)?;
    let (rows, _) = device
        .ledger
        .read(|connection| page(connection, &filter, &context, None, MOST_HITS))?;
    hits.extend(rows.into_iter().map(|row| SearchHit {
        kind: "registration".to_owned(),
        id: row.registration,
        title: row.name,
        detail: format!("{} · {}", row.unit_name, row.year),
        ended: None,
    }));
    hits.truncate(MOST_HITS);
    Ok(SearchHits { hits })
}

/// Units by any name they ever had; those that have ended come last.
fn units(device: &Device, words: &[&str]) -> Vec<SearchHit> {
    let today = device.today();
    let units = device.units();
    let has_begun = |unit: &&Unit| unit.valid_from.is_none_or(|from| from <= today);
    let mut found: Vec<&Unit> = units
        .all()
        .iter()
        .filter(has_begun)
        .filter(|unit| {
            let names = unit.names.iter().map(|named| &named.name);
            names.chain(&unit.aliases).any(|name| answers(&fold(name), words))
        })
        .collect();
    found.sort_by_key(|unit| !unit.is_valid_on(today));
    found
        .into_iter()
        .take(MOST_OF_A_KIND)
        .map(|unit| {
            let day = unit.nearest_day(today);
            let parent = unit.parent_on(day).and_then(|parent| units.get(parent));
            SearchHit {
                kind: "unit".to_owned(),
                id: unit.id.to_string(),
                title: unit.name_on(day).to_owned(),
                detail: parent.map_or("", |parent| parent.name_on(day)).to_owned(),
                ended: unit
                    .valid_until
                    .filter(|until| *until <= today)
                    .map(|until| until.to_string()),
            }
        })
        .collect()
}

/// Visits by the name of the unit and the day, newest day first.
fn visits_of(device: &Device, words: &[&str]) -> Result<Vec<SearchHit>, Problem> {
    // A day may be typed shorter than it is printed.
    let words: Vec<String> = words
        .iter()
        .map(|word| PartialDate::parse(word).map_or_else(|_| (*word).to_owned(), |day| day.to_string()))
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut found: Vec<(String, SearchHit)> = visits::all(device)?
        .into_iter()
        .filter_map(|visit| {
            let unit = unit_name(device, &visit.unit.to_string());
            let day = PartialDate::parse(&visit.record.day).map(|day| day.to_string());
            let day = day.unwrap_or_else(|_| visit.record.day.clone());
            answers(&format!("{} {day}", fold(&unit)), &words).then(|| {
                let hit = SearchHit {
                    kind: "visit".to_owned(),
                    id: visit.id.to_string(),
                    title: unit,
                    detail: day,
                    ended: None,
                };
                (visit.record.day, hit)
            })
        })
        .collect();
    found.sort_by(|(a, first), (b, second)| b.cmp(a).then_with(|| first.id.cmp(&second.id)));
    Ok(found
        .into_iter()
        .map(|(_, hit)| hit)
        .take(MOST_OF_A_KIND)
        .collect())
}

fn answers(text: &str, words: &[&str]) -> bool {
    words.iter().all(|word| text.contains(word))
}

//! Yearly registration cycles.

use cotmoc_core::access::Role;
use cotmoc_core::id::{ProvinceId, RecordId};
use cotmoc_core::org::{Day, UnitId};
use cotmoc_core::record::view::CycleRecord;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::Write;

use super::criteria::criteria_set;
use super::schemes::fields_of_scheme;
use super::units::known_unit;
use crate::contract::reference::{CycleList, CycleRow, OpenCycle};
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::ids::record_id;
use crate::usecase::registrations::cycles;

/// Cycles, newest first.
pub(crate) fn list_cycles(device: &Device, _: Nothing) -> Result<CycleList, Problem> {
    let mut known = cycles(device)?;
    known.sort_by(|(a, cycle_a), (b, cycle_b)| (cycle_b.year, b).cmp(&(cycle_a.year, a)));
    let rows = known
        .into_iter()
        .map(|(id, cycle)| row(device, id, cycle))
        .collect::<Result<_, _>>()?;
    Ok(CycleList { cycles: rows })
}

/// Opens the cycle of a year.
pub(crate) fn open_cycle(device: &Device, request: OpenCycle) -> Result<CycleRow, Problem> {
    let me = device.me()?;
    me.require(&[Role::Compiler])?;
    let mut cycle = checked(&request, |unit| device.units().get(unit).is_some())?;
    if cycles(device)?.iter().any(|(_, known)| known.year == cycle.year) {
        return Err(Problem::new("cycle_exists").with("year", cycle.year));
    }
    if super::schemes::scheme(device, &cycle.scheme)?.is_none() {
        return Err(Problem::new("unknown_scheme").with("scheme", &cycle.scheme));
    }
    if let Some(criteria) = cycle.criteria.take() {
        let unknown = || Problem::new("unknown_criteria").with("criteria", &criteria);
        let pinned =
            criteria_set(device, record_id(&criteria).map_err(|_| unknown())?)?.ok_or_else(unknown)?;
        cycle.criteria = Some(pinned.id);
    }
    let record = cycle_id(me.province, cycle.year);
    device.write(&[Write::Edit {
        scope: me.province_scope(),
        record,
        kind: RecordKind::Cycle,
        edits: edits(&cycle),
    }])?;
    row(device, record.to_string(), cycle)
}

/// The cycle of a province's year: compilers who open it apart from each other write one record, and what they
/// pinned differently is asked about.
fn cycle_id(province: ProvinceId, year: i64) -> RecordId {
    RecordId::derived("cycle", &[province.0.as_bytes(), &year.to_be_bytes()])
}

fn row(device: &Device, id: String, cycle: CycleRecord) -> Result<CycleRow, Problem> {
    let (fields, scheme_owner) = fields_of_scheme(device, &cycle.scheme)?;
    Ok(CycleRow {
        id,
        year: i32::try_from(cycle.year).unwrap_or_default(),
        opens: cycle.opens,
        closes: cycle.closes,
        scheme: cycle.scheme,
        scheme_owner,
        fields,
        criteria: cycle.criteria,
        expected_units: cycle.expected,
    })
}

/// What of a request can be checked without looking anything up but units.
fn checked(request: &OpenCycle, is_held: impl Fn(UnitId) -> bool) -> Result<CycleRecord, Problem> {
    let bad = |what: &str| Problem::new("bad_request").with("what", what);
    if !(2000..=2100).contains(&request.year) {
        return Err(bad("year"));
    }
    let day = |text: &Option<String>, what: &str| match text
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        None => Ok(None),
        Some(text) => Day::parse(text).map(Some).map_err(|_| bad(what)),
    };
    let (opens, closes) = (day(&request.opens, "opens")?, day(&request.closes, "closes")?);
    if let (Some(opens), Some(closes)) = (opens, closes)
        && closes < opens
    {
        return Err(bad("closes"));
    }
    let mut expected: Vec<String> = Vec::new();
    for unit in &request.expected_units {
        let unit = known_unit(unit, &is_held)?.to_string();
        if !expected.contains(&unit) {
            expected.push(unit);
        }
    }
    Ok(CycleRecord {
        year: i64::from(request.year),
        opens: opens.map(|day| day.to_string()),
        closes: closes.map(|day| day.to_string()),
        scheme: request.scheme.trim().to_owned(),
        criteria: request
            .criteria
            .clone()
            .filter(|criteria| !criteria.trim().is_empty()),
        expected,
    })
}

fn edits(cycle: &CycleRecord) -> Vec<Edit> {
    let mut edits = vec![
        Edit::int("year", cycle.year),
        Edit::line("scheme", &cycle.scheme),
        Edit::whole("expected", &cycle.expected),
    ];
    let days = [
        ("opens", &cycle.opens),
        ("closes", &cycle.closes),
        ("criteria", &cycle.criteria),
    ];
    edits.extend(
        days.into_iter()
            .filter_map(|(property, text)| Some(Edit::line(property, text.as_deref()?))),
    );
    edits
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn request() -> OpenCycle {
        OpenCycle {
            year: 2026,
            opens: Some("2026-01-05".into()),
            closes: Some("2026-03-31".into()),
            scheme: "scheme-son-la-2021".into(),
            criteria: None,
            expected_units: Vec::new(),
        }
    }

    fn refused(change: impl FnOnce(&mut OpenCycle)) -> (String, String) {
        let mut request = request();
        change(&mut request);
        let problem = checked(&request, |unit| unit == UnitId::from_slug("don")).unwrap_err();
        (
            problem.code,
            problem.params.into_values().next().unwrap_or_default(),
        )
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let bad = |what: &str| ("bad_request".to_owned(), what.to_owned());
        assert_eq!(refused(|request| request.year = 1999), bad("year"));
        assert_eq!(refused(|request| request.year = 2101), bad("year"));
        assert_eq!(
            refused(|request| request.opens = Some("05/01/2026".into())),
            bad("opens")
        );
        assert_eq!(
            refused(|request| request.closes = Some("2026-02-30".into())),
            bad("closes")
        );
        assert_eq!(
            refused(|request| request.closes = Some("2026-01-04".into())),
            bad("closes")
        );
        assert_eq!(
            refused(|request| request.expected_units = vec!["don".into()]),
            ("unknown_unit".into(), "don".into())
        );
    }

    #[test]
    fn a_cycle_of_one_day_and_one_without_days_are_fine() {
        let mut request = request();
        request.closes = request.opens.clone();
        assert!(checked(&request, |_| true).is_ok());
        (request.opens, request.closes) = (None, Some(String::new()));
        let cycle = checked(&request, |_| true).unwrap();
        assert_eq!((cycle.opens, cycle.closes), (None, None));
    }

    #[test]
    fn a_unit_expected_twice_is_expected_once() {
        let mut request = request();
        let unit = UnitId::from_slug("don").to_string();
        request.expected_units = vec![unit.clone(), unit.to_uppercase(), unit.clone()];
        assert_eq!(checked(&request, |_| true).unwrap().expected, [unit]);
    }
}

//! Lists of registrations from SQL: filters, counts, keyset pages.

use cotmoc_core::org::{Day, Part, UnitId, UnitSet};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::found::find;
use super::functions::match_query;
use super::held;
use super::units::Units;
use crate::contract::Problem;
use crate::contract::models::{
    FacetCount, ModelFacets, ModelFilter, ModelKind, ModelRow, RegistrationKind, RegistrationStatus,
};
use crate::problems::query;

/// A filter turned into SQL.
struct Where {
    sql: String,
    values: Vec<Value>,
}

/// Which part of a filter a facet leaves out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Facet {
    None,
    Status,
    Field,
    Kind,
}

/// The code under which a scheme has what fits none of its fields.
const UNCLASSIFIED: &str = "KHAC";

/// Another registration of the unit and cycle bears the same folded name.
const TWIN: &str = "(registration.name_fold <> '' AND EXISTS (
     SELECT 1 FROM registration AS other
     WHERE other.unit = registration.unit AND other.cycle IS registration.cycle
       AND other.name_fold = registration.name_fold AND other.id <> registration.id
       AND other.status <> 'discarded'))";

/// As [`TWIN`], and the other is counted by totals as well.
const COUNTED_TWIN: &str = "EXISTS (
     SELECT 1 FROM registration AS other
     WHERE other.cycle IS registration.cycle AND other.counted = 1 AND other.unit = registration.unit
       AND other.name_fold = registration.name_fold AND other.id <> registration.id)";

/// The latest counted registration of a model that has none in the cycle `?`.
const NOT_CARRIED_OVER: &str = "(registration.counted = 1
   AND registration.model NOT IN (SELECT model FROM registration WHERE cycle IS ? AND status <> 'discarded')
   AND registration.id = (SELECT other.id FROM registration AS other
     WHERE other.model = registration.model AND other.counted = 1 ORDER BY other.year DESC, other.code LIMIT 1))";

/// Who asks, for `needs_me`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    Post,
    Compiler,
    Other,
}

impl Where {
    fn of(
        connection: &Connection,
        filter: &ModelFilter,
        leave_out: Facet,
        context: &Context<'_>,
    ) -> Result<Self, Problem> {
        let mut parts: Vec<String> = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        let mut add = |part: &str, value: Option<Value>| {
            values.extend(value);
            parts.push(part.replace('?', &format!("?{}", values.len())));
        };
        if let Some(cycle) = &filter.cycle {
            add("registration.cycle = ?", Some(Value::Text(cycle.clone())));
        }
        if filter.counted {
            add("registration.counted = 1", None);
            // Among possible duplicates a model registered twice is what is looked for.
            if !context.repeats.is_empty() && !filter.possible_duplicate {
                let ids: Vec<String> = context.repeats.iter().map(i64::to_string).collect();
                add(&format!("registration.id NOT IN ({})", ids.join(",")), None);
            }
        }
        if filter.possible_duplicate {
            add(TWIN, None);
            if filter.counted {
                add(COUNTED_TWIN, None);
            }
        }
        if filter.demonstration {
            add("registration.demonstration = 1", None);
        }
        if filter.to_carry_over {
            let newest = context.newest_cycle.clone().map_or(Value::Null, Value::Text);
            add(NOT_CARRIED_OVER, Some(newest));
        }
        match (&filter.status, leave_out) {
            (Some(status), facet) if facet != Facet::Status => {
                add("registration.status = ?", Some(Value::Text(code(status))));
            }
            (None, _) if !filter.needs_me => add("registration.status <> 'discarded'", None),
            // Counts beside a chosen status are those that choosing none shows.
            (Some(status), Facet::Status) if code(status) != "discarded" => {
                add("registration.status <> 'discarded'", None);
            }
            _ => {}
        }
        if filter.needs_me {
            add(
                match context.asker {
                    Asker::Post => "registration.status = 'returned'",
                    Asker::Compiler => "registration.status = 'submitted'",
                    Asker::Other => "registration.status IN ('returned', 'submitted')",
                },
                None,
            );
        }
        if let (Some(field), true) = (&filter.field, leave_out != Facet::Field) {
            if field != UNCLASSIFIED {
                add("registration.field = ?", Some(Value::Text(field.clone())));
            } else if let Some(fields) = &context.fields {
                let codes = serde_json::to_string(fields).unwrap_or_default();
                add(
                    "registration.field NOT IN (SELECT value FROM json_each(?))",
                    Some(Value::Text(codes)),
                );
            } else {
                add("registration.field IN ('KHAC', '')", None);
            }
        }
        if let (Some(kind), true) = (&filter.kind, leave_out != Facet::Kind) {
            add("registration.kind = ?", Some(Value::Text(code(kind))));
        }
        if let Some(units) = &context.within {
            let (negation, units) = match units {
                UnitSet::Only(units) => ("", units),
                UnitSet::AllBut(units) => ("NOT ", units),
            };
            // No condition at all lets SQLite choose its index freely.
            if negation.is_empty() || !units.is_empty() {
                let list: Vec<String> = units.iter().map(|unit| format!("'{unit}'")).collect();
                add(
                    &format!("registration.unit {negation}IN ({})", list.join(",")),
                    None,
                );
            }
        }
        if let Some(words) = filter.query.as_deref().and_then(match_query) {
            let named = &context.named_units;
            let units: Vec<String> = named.iter().map(|unit| format!("'{unit}'")).collect();
            let found = find(connection, &words).map_err(query)?;
            add(
                &format!("({} OR registration.unit IN ({}))", found.sql, units.join(",")),
                Some(found.value),
            );
        }
        let sql = if parts.is_empty() {
            "1".to_owned()
        } else {
            parts.join(" AND ")
        };
        Ok(Self { sql, values })
    }
}

/// What a filter means on this device now.
pub(crate) struct Context<'a> {
    units: &'a Units,
    today: Day,
    asker: Asker,
    /// Units whose records are asked for.
    within: Option<UnitSet>,
    /// Units whose own name matches the query.
    named_units: Vec<UnitId>,
    /// Fields of the scheme of the cycle asked for.
    fields: Option<Vec<String>>,
    /// Registrations that totals do not count, because an earlier one of the same model and cycle is.
    repeats: Vec<i64>,
    newest_cycle: Option<String>,
}

impl<'a> Context<'a> {
    /// `root` is the unit at the root of the province.
    pub fn new(
        filter: &ModelFilter,
        units: &'a Units,
        today: Day,
        asker: Asker,
        root: Option<UnitId>,
    ) -> Result<Self, Problem> {
        let day = match &filter.day {
            Some(day) => {
                Day::parse(day).map_err(|_| Problem::new("bad_request").with("what", format!("day {day}")))?
            }
            None => today,
        };
        let within = match &filter.unit {
            None => None,
            Some(named) => {
                let unit: UnitId = named
                    .parse()
                    .map_err(|_| Problem::new("unknown_unit").with("unit", named))?;
                let part = match (filter.own_only, filter.unallocated) {
                    (true, _) => Part::Own,
                    (false, true) => Part::Unallocated,
                    (false, false) => Part::Whole,
                };
                Some(units.asked(unit, day, root).units(part))
            }
        };
        let named_units = match filter.query.as_deref().map(cotmoc_core::text::fold) {
            Some(folded) if folded.chars().count() >= 2 => units
                .all()
                .iter()
                .filter(|unit| cotmoc_core::text::fold(unit.name_on(today)).contains(folded.trim()))
                .map(|unit| unit.id)
                .collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            units,
            today,
            asker,
            within,
            named_units,
            fields: None,
            repeats: Vec::new(),
            newest_cycle: None,
        })
    }

    /// Fields of the scheme of the cycle asked for: what has another is unclassified.
    pub fn with_fields(mut self, fields: Vec<String>) -> Self {
        self.fields = Some(fields);
        self
    }

    /// Registrations that totals leave out, as [`repeats`] finds them.
    pub fn without(mut self, repeats: Vec<i64>) -> Self {
        self.repeats = repeats;
        self
    }

    /// The newest cycle, for what is still to be carried over into it.
    pub fn with_newest_cycle(mut self, cycle: Option<String>) -> Self {
        self.newest_cycle = cycle;
        self
    }
}

/// Counted registrations of a cycle beyond the first of each model: totals count a model once, under the
/// registration whose id comes first. Usually there are none.
pub(crate) fn repeats(connection: &Connection, cycle: &str) -> Result<Vec<i64>, Problem> {
    let mut statement = connection
        .prepare_cached(
            "SELECT model, id FROM registration WHERE cycle = ?1 AND counted = 1 ORDER BY model, code",
        )
        .map_err(query)?;
    let mut found = statement.query([cycle]).map_err(query)?;
    let mut repeats = Vec::new();
    let mut first = String::new();
    while let Some(row) = found.next().map_err(query)? {
        let read = || -> rusqlite::Result<Option<i64>> {
            let is_repeat = row.get_ref(0)?.as_str()? == first;
            Ok(if is_repeat { Some(row.get(1)?) } else { None })
        };
        match read().map_err(query)? {
            Some(repeat) => repeats.push(repeat),
            None => first = row.get(0).map_err(query)?,
        }
    }
    Ok(repeats)
}

/// One page in the order of the Vietnamese alphabet.
pub(crate) fn page(
    connection: &Connection,
    filter: &ModelFilter,
    context: &Context<'_>,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<ModelRow>, Option<String>), Problem> {
    let mut wanted = Where::of(connection, filter, Facet::None, context)?;
    if let Some((key, id)) = after.and_then(read_key) {
        wanted.values.push(Value::Blob(key));
        wanted.values.push(Value::Integer(id));
        let (key, id) = (wanted.values.len() - 1, wanted.values.len());
        wanted.sql.push_str(&format!(
            " AND (registration.name_key, registration.id) > (?{key}, ?{id})"
        ));
    }
    let sql = format!(
        "SELECT registration.*, {TWIN} AS twin
         FROM registration WHERE {} ORDER BY registration.name_key, registration.id LIMIT {}",
        wanted.sql,
        limit + 1
    );
    let mut statement = connection.prepare_cached(&sql).map_err(query)?;
    let mut found = statement.query(params_from_iter(wanted.values)).map_err(query)?;
    let mut rows = Vec::new();
    let mut keys = Vec::new();
    while let Some(row) = found.next().map_err(query)? {
        keys.push((
            row.get::<_, Vec<u8>>("name_key").map_err(query)?,
            row.get::<_, i64>("id").map_err(query)?,
        ));
        rows.push(model_row(connection, row, context).map_err(query)?);
    }
    let next = if rows.len() > limit {
        keys.get(limit - 1).map(|(key, id)| write_key(key, *id))
    } else {
        None
    };
    rows.truncate(limit);
    Ok((rows, next))
}

fn model_row(connection: &Connection, row: &Row<'_>, context: &Context<'_>) -> rusqlite::Result<ModelRow> {
    let unit: String = row.get("unit")?;
    let registration: String = row.get("code")?;
    let field: String = row.get("field")?;
    let changed_since_accepted = super::index::is_changed_since_accepted(connection, &registration)?;
    Ok(ModelRow {
        held: held::held(connection, &registration)?,
        registration,
        model: row.get("model")?,
        name: row.get("name")?,
        unit_name: context.units.name(&unit, context.today),
        unit,
        year: row.get("year")?,
        field: Some(field).filter(|field| !field.is_empty()),
        place: row.get("place")?,
        kind: read(&row.get::<_, String>("kind")?).unwrap_or(RegistrationKind::New),
        model_kind: read(&row.get::<_, String>("model_kind")?).unwrap_or(ModelKind::MoHinh),
        status: read(&row.get::<_, String>("status")?).unwrap_or(RegistrationStatus::Draft),
        differs: row.get("differs")?,
        possible_duplicate: row.get("twin")?,
        changed_at: row.get("changed_at")?,
        changed_since_accepted,
        demonstration: row.get("demonstration")?,
    })
}

/// How many rows a filter has.
pub(crate) fn count(
    connection: &Connection,
    filter: &ModelFilter,
    context: &Context<'_>,
) -> Result<u64, Problem> {
    let wanted = Where::of(connection, filter, Facet::None, context)?;
    let sql = format!("SELECT count(*) FROM registration WHERE {}", wanted.sql);
    let mut statement = connection.prepare_cached(&sql).map_err(query)?;
    let count: i64 = statement
        .query_row(params_from_iter(wanted.values), |row| row.get(0))
        .map_err(query)?;
    Ok(count as u64)
}

/// Counts for the filter chips.
pub(crate) fn facets(
    connection: &Connection,
    filter: &ModelFilter,
    context: &Context<'_>,
) -> Result<ModelFacets, Problem> {
    let by = |facet: Facet, column: &str| -> Result<Vec<FacetCount>, Problem> {
        let wanted = Where::of(connection, filter, facet, context)?;
        let sql = format!(
            "SELECT {column}, count(*) FROM registration WHERE {} GROUP BY 1 ORDER BY 2 DESC, 1",
            wanted.sql
        );
        let mut statement = connection.prepare_cached(&sql).map_err(query)?;
        let rows = statement
            .query_map(params_from_iter(wanted.values), |row| {
                Ok(FacetCount {
                    value: row.get(0)?,
                    count: row.get::<_, i64>(1)? as u64,
                })
            })
            .map_err(query)?;
        rows.collect::<Result<_, _>>().map_err(query)
    };
    Ok(ModelFacets {
        total: count(connection, filter, context)?,
        status: by(Facet::Status, "registration.status")?,
        field: by(Facet::Field, "registration.field")?,
        kind: by(Facet::Kind, "registration.kind")?,
    })
}

fn code(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_value(value).ok();
    json.and_then(|json| json.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn read<T: serde::de::DeserializeOwned>(code: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(code.to_owned())).ok()
}

fn write_key(key: &[u8], id: i64) -> String {
    format!("{}.{id}", crate::sync::hex(key))
}

fn read_key(text: &str) -> Option<(Vec<u8>, i64)> {
    let (key, id) = text.split_once('.')?;
    if !key.is_ascii() || key.len() % 2 != 0 {
        return None;
    }
    let bytes = (0..key.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&key[at..at + 2], 16).ok());
    Some((bytes.collect::<Option<_>>()?, id.parse().ok()?))
}

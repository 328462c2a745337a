//! Contents of a registration between the form and the record.

use std::collections::BTreeMap;

use cotmoc_core::record::Edit;
use cotmoc_core::record::view::{Figure, RegistrationKind as StoredKind, RegistrationRecord};
use cotmoc_core::text::{keep, personal_data};

use crate::contract::Problem;
use crate::contract::models::{ModelKind, RegistrationKind};
use crate::contract::registrations::{
    CheckText, FigureInput, FigureView, ReadFigure, RegistrationValues, Suspicion, TextCheck,
};
use crate::device::Device;
use crate::ids::keys_after;
use crate::usecase::figures;
use crate::usecase::personal_data::{check_one, kind_name};

/// Stored word of a model kind.
pub(crate) fn model_kind_code(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::MoHinh => "mo_hinh",
        ModelKind::ChuongTrinh => "chuong_trinh",
        ModelKind::PhanViec => "phan_viec",
    }
}

/// From the stored word; what a newer version wrote is shown as a model.
pub(crate) fn model_kind_of(code: &str) -> ModelKind {
    match code {
        "chuong_trinh" => ModelKind::ChuongTrinh,
        "phan_viec" => ModelKind::PhanViec,
        _ => ModelKind::MoHinh,
    }
}

fn kind_code(kind: RegistrationKind) -> &'static str {
    match kind {
        RegistrationKind::New => StoredKind::New.code(),
        RegistrationKind::Maintained => StoredKind::Maintained.code(),
        RegistrationKind::NotSplit => StoredKind::NotSplit.code(),
    }
}

/// From the stored word.
pub(crate) fn kind_of(kind: Option<StoredKind>) -> RegistrationKind {
    match kind {
        None | Some(StoredKind::New) => RegistrationKind::New,
        Some(StoredKind::Maintained) => RegistrationKind::Maintained,
        Some(StoredKind::NotSplit) => RegistrationKind::NotSplit,
    }
}

/// The short texts, which are registers.
fn lines(values: &RegistrationValues) -> [(&'static str, &Option<String>); 5] {
    [
        ("name", &values.name),
        ("field", &values.field),
        ("place", &values.place),
        ("schedule", &values.schedule),
        ("area_and_target", &values.area_and_target),
    ]
}

/// The narratives, which merge letter by letter.
fn narratives(values: &RegistrationValues) -> [(&'static str, &Option<String>); 7] {
    [
        ("rationale", &values.rationale),
        ("goals", &values.goals),
        ("approach", &values.approach),
        ("forces", &values.forces),
        ("resources", &values.resources),
        ("outputs", &values.outputs),
        ("sustainability", &values.sustainability),
    ]
}

/// The edits that bring a record to these contents; new figures come after the last of `known`.
pub(crate) fn edits(
    device: &Device,
    values: &RegistrationValues,
    known: &BTreeMap<String, Figure>,
) -> Result<Vec<Edit>, Problem> {
    let mut edits = Vec::new();
    for (property, value) in lines(values) {
        edits.extend(value.as_ref().map(|text| Edit::line(property, keep(text.trim()))));
    }
    for (property, value) in narratives(values) {
        edits.extend(value.as_ref().map(|text| Edit::Text {
            property,
            text: keep(text),
        }));
    }
    edits.extend(values.kind.map(|kind| Edit::line("kind", kind_code(kind))));
    let last = known.keys().next_back().map_or("", String::as_str);
    edits.extend(figure_edits(
        device,
        last,
        &values.figures,
        &values.remove_figures,
    )?);
    Ok(edits)
}

/// The edits of a map of figures. New figures come after `last`, the last one of the record, whatever this
/// device's clock says.
pub(crate) fn figure_edits(
    device: &Device,
    last: &str,
    put: &[FigureInput],
    remove: &[String],
) -> Result<Vec<Edit>, Problem> {
    let mut edits = Vec::new();
    let mut fresh = keys_after(last, device.now());
    for input in put {
        let id = match &input.id {
            Some(id) => id.clone(),
            None => fresh.next_key()?,
        };
        edits.push(Edit::put("figures", id, &figures::stored(input)?));
    }
    edits.extend(remove.iter().map(|id| Edit::Remove {
        property: "figures",
        key: id.clone(),
    }));
    Ok(edits)
}

/// The contents of an earlier registration, copied without retyping. Figures are not copied: they are
/// results of that year.
pub(crate) fn copied(from: &RegistrationRecord) -> Vec<Edit> {
    let lines = [
        ("name", &from.name),
        ("place", &from.place),
        ("schedule", &from.schedule),
        ("area_and_target", &from.area_and_target),
    ];
    let narratives = [
        ("rationale", &from.rationale),
        ("goals", &from.goals),
        ("approach", &from.approach),
        ("forces", &from.forces),
        ("resources", &from.resources),
        ("outputs", &from.outputs),
        ("sustainability", &from.sustainability),
    ];
    let mut edits: Vec<Edit> = Vec::new();
    edits.extend(
        lines
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| Edit::line(name, text.as_str())),
    );
    edits.extend(from.field.iter().map(|field| Edit::line("field", field)));
    edits.extend(
        narratives
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(property, text)| Edit::Text {
                property,
                text: (*text).clone(),
            }),
    );
    if from.demonstration {
        edits.push(Edit::flag("demonstration", true));
    }
    edits
}

/// Every text of the contents with its property.
fn texts(values: &RegistrationValues) -> Vec<(&'static str, &str)> {
    let mut texts: Vec<(&'static str, &str)> = Vec::new();
    for (property, value) in lines(values).into_iter().chain(narratives(values)) {
        texts.extend(value.as_deref().map(|text| (property, text)));
    }
    for figure in &values.figures {
        texts.extend([
            ("figures", figure.name.as_str()),
            ("figures", figure.raw.as_str()),
            ("figures", figure.unit.as_str()),
            ("figures", figure.period.as_str()),
        ]);
    }
    texts
}

/// Warns of personal data before they are saved, because the journal keeps everything; marks of secrecy
/// are never taken.
///
/// # Errors
/// `personal_data` unless the person has seen the warning; `secrecy_mark`.
pub(crate) fn check(values: &RegistrationValues, seen: bool) -> Result<(), Problem> {
    for (property, text) in texts(values) {
        check_one(property, text, seen)?;
    }
    Ok(())
}

pub(crate) fn check_text(_: &Device, request: CheckText) -> Result<TextCheck, Problem> {
    let found = personal_data::suspicions(&request.text);
    let suspicions = found
        .into_iter()
        .map(|found| Suspicion {
            kind: kind_name(found.kind).to_owned(),
            excerpt: found.excerpt,
            start: u32::try_from(found.start).unwrap_or(u32::MAX),
            end: u32::try_from(found.end).unwrap_or(u32::MAX),
            property: String::new(),
        })
        .collect();
    Ok(TextCheck { suspicions })
}

pub(crate) fn read_figure(_: &Device, request: ReadFigure) -> Result<FigureView, Problem> {
    let figure = Figure {
        name: String::new(),
        raw: keep(request.raw.trim()),
        unit: keep(request.unit.trim()),
        period: String::new(),
        qualifier: None,
    };
    Ok(figures::view("", &figure))
}

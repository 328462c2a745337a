//! Figures between what was typed and what screens show.

use cotmoc_core::record::view::Figure;
use cotmoc_core::text::figure::Doubt;
use cotmoc_core::text::{Qualifier, figure, keep};

use crate::contract::Problem;
use crate::contract::registrations::{FigureInput, FigureView};

/// The figure as it is stored: as typed, in NFC.
pub(crate) fn stored(input: &FigureInput) -> Result<Figure, Problem> {
    let clean = |text: &str| keep(text.trim());
    if input.name.trim().is_empty() {
        return Err(Problem::new("figure_needs_name").with("raw", &input.raw));
    }
    if let Some(qualifier) = &input.qualifier
        && qualifier_of(qualifier).is_none()
    {
        return Err(Problem::new("bad_request").with("what", format!("qualifier {qualifier}")));
    }
    Ok(Figure {
        name: clean(&input.name),
        raw: clean(&input.raw),
        unit: clean(&input.unit),
        period: clean(&input.period),
        qualifier: input.qualifier.clone(),
    })
}

/// The figure with its reading. The writer's own qualifier stands over the reader's.
pub(crate) fn view(id: &str, stored: &Figure) -> FigureView {
    let whole = if stored.unit.is_empty() {
        stored.raw.clone()
    } else {
        format!("{} {}", stored.raw, stored.unit)
    };
    let mut reading = figure::read(&whole);
    if let Some(qualifier) = stored.qualifier.as_deref().and_then(qualifier_of) {
        reading.qualifier = qualifier;
    }
    // With a dot and no grouping: a value for programs, not for people.
    let plain = |value: cotmoc_core::text::Decimal| value.en().replace(',', "");
    FigureView {
        id: id.to_owned(),
        name: stored.name.clone(),
        raw: stored.raw.clone(),
        unit: if stored.unit.is_empty() {
            reading.unit_label().unwrap_or_default()
        } else {
            stored.unit.clone()
        },
        period: stored.period.clone(),
        qualifier: serde_json::to_value(reading.qualifier)
            .ok()
            .and_then(|code| code.as_str().map(str::to_owned))
            .unwrap_or_default(),
        value: reading.value.map(plain),
        numerator: reading.numerator().map(plain),
        denominator: reading.denominator.map(plain),
        words_vi: reading.words_vi(),
        words_en: reading.words_en(),
        doubt: reading
            .doubt
            .filter(|doubt| *doubt != Doubt::Empty)
            .map(|doubt| doubt.code().to_owned()),
    }
}

fn qualifier_of(code: &str) -> Option<Qualifier> {
    serde_json::from_value(serde_json::Value::String(code.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str, qualifier: Option<&str>) -> FigureView {
        let figure = Figure {
            name: "Số hộ".to_owned(),
            raw: raw.to_owned(),
            unit: String::new(),
            period: String::new(),
            qualifier: qualifier.map(str::to_owned),
        };
        view("f-1", &figure)
    }

    #[test]
    fn an_upper_bound_has_its_own_word_for_the_screens() {
        for raw in ["không quá 12 hộ", "tối đa 12 hộ", "12 hộ trở xuống"] {
            let view = read(raw, None);
            assert_eq!(
                (
                    view.qualifier.as_str(),
                    view.words_vi.as_str(),
                    view.words_en.as_str()
                ),
                ("at_most", "không quá 12 hộ", "at most 12 households"),
                "{raw}"
            );
        }
        assert_eq!(read("dưới 12 hộ", None).qualifier, "under");
        assert_eq!(read("12 hộ", Some("at_most")).words_vi, "không quá 12 hộ");
    }
}

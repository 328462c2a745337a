//! Narratives that two devices wrote while apart: what both show, and when a person is asked to look.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use cotmoc_core::record::{DifferingProperty, Edit, NOBODYS, RecordDoc, RecordKind};

fn goals(text: &str) -> Edit {
    Edit::Text {
        property: "goals",
        text: text.to_owned(),
    }
}

fn save(doc: &mut RecordDoc, device: u8, text: &str) {
    doc.edit([device; 16], &[goals(text)])
        .unwrap()
        .expect("it is a change");
}

fn begun(text: &str) -> (RecordDoc, RecordDoc) {
    let mut one = RecordDoc::new(RecordKind::Registration).unwrap();
    if !text.is_empty() {
        save(&mut one, 1, text);
    }
    let other = RecordDoc::load(RecordKind::Registration, &one.save()).unwrap();
    (one, other)
}

fn exchange(one: &mut RecordDoc, other: &mut RecordDoc) {
    for change in other.changes() {
        if !one.has(&change) {
            one.apply(change).unwrap();
        }
    }
    for change in one.changes() {
        if !other.has(&change) {
            other.apply(change).unwrap();
        }
    }
    assert_eq!(one.canonical_state(), other.canonical_state());
    assert_eq!(one.differences(), other.differences());
    let loaded = RecordDoc::load(RecordKind::Registration, &one.save()).unwrap();
    assert_eq!(loaded.canonical_state(), one.canonical_state());
    assert_eq!(loaded.differences(), one.differences());
}

fn shown(doc: &RecordDoc) -> String {
    doc.state()["goals"].as_str().unwrap().to_owned()
}

fn versions(difference: &DifferingProperty) -> Vec<&str> {
    difference
        .versions
        .iter()
        .map(|version| version.value.as_str().unwrap())
        .collect()
}

#[test]
fn two_narratives_written_while_apart_stand_one_under_the_other_and_the_reader_is_told() {
    let (mut one, mut other) = begun("");
    save(&mut one, 1, "Mục tiêu một");
    save(&mut other, 2, "Mục tiêu hai khác");
    exchange(&mut one, &mut other);
    let differences = one.differences();
    assert_eq!(
        (differences.len(), differences[0].property.as_str()),
        (1, "goals")
    );
    assert_eq!(
        differences[0].versions[0].change, NOBODYS,
        "nobody wrote what stands there now"
    );
    let mut texts = versions(&differences[0]);
    assert_eq!(texts[0], shown(&one));
    assert!(shown(&one).contains('\n'), "they are not glued: {}", shown(&one));
    texts[1..].sort_unstable();
    assert_eq!(
        texts[1..],
        ["Mục tiêu hai khác", "Mục tiêu một"],
        "both are kept whole"
    );
}

#[test]
fn a_saved_text_or_a_confirmation_of_the_shown_one_ends_the_question_everywhere() {
    for confirm in [true, false] {
        let (mut one, mut other) = begun("Mở đầu.");
        save(&mut one, 1, "Mở đầu. Thêm ở máy một.");
        save(&mut other, 2, "Mở đầu. Thêm ở máy hai.");
        exchange(&mut one, &mut other);
        assert_eq!(one.differences().len(), 1);
        let kept = match confirm {
            true => shown(&one),
            false => "Mở đầu. Thêm ở máy hai.".to_owned(),
        };
        save(&mut one, 1, &kept);
        exchange(&mut one, &mut other);
        assert_eq!(shown(&other), kept);
        assert!(other.differences().is_empty());
        let again = other.edit([2; 16], &[goals(&kept)]).unwrap();
        assert_eq!(again, None, "what nobody asks about is not confirmed again");
    }
}

#[test]
fn an_edit_of_another_content_leaves_the_question_open() {
    let (mut one, mut other) = begun("");
    save(&mut one, 1, "Một");
    save(&mut other, 2, "Hai");
    exchange(&mut one, &mut other);
    one.edit([1; 16], &[Edit::line("name", "Tên")]).unwrap();
    exchange(&mut one, &mut other);
    assert_eq!(other.differences().len(), 1);
}

#[test]
fn different_places_of_one_narrative_merge_and_nobody_is_asked() {
    let (mut one, mut other) = begun("Mỗi bản một cụm đèn, mỗi quý một buổi.");
    save(&mut one, 1, "Mỗi bản hai cụm đèn, mỗi quý một buổi.");
    save(&mut other, 2, "Mỗi bản một cụm đèn, mỗi tháng một buổi.");
    exchange(&mut one, &mut other);
    assert_eq!(shown(&one), "Mỗi bản hai cụm đèn, mỗi tháng một buổi.");
    assert!(one.differences().is_empty());
}

#[test]
fn equal_texts_written_while_apart_stand_once_and_raise_nothing() {
    let (mut one, mut other) = begun("");
    save(&mut one, 1, "Thắp sáng đường biên");
    save(&mut other, 2, "Thắp sáng đường biên");
    exchange(&mut one, &mut other);
    assert_eq!(shown(&one), "Thắp sáng đường biên");
    assert!(one.differences().is_empty());
    save(&mut one, 1, "Thắp sáng đường biên và cổng bản");
    exchange(&mut one, &mut other);
    assert_eq!(shown(&other), "Thắp sáng đường biên và cổng bản");
    assert!(other.differences().is_empty());
}

#[test]
fn what_one_device_wrote_on_after_both_had_the_same_text_is_no_question() {
    let (mut one, mut other) = begun("");
    let copied = [
        Edit::line("name", "Tên năm trước"),
        goals("Mỗi bản một cụm đèn, mỗi quý một buổi."),
    ];
    one.edit([1; 16], &copied).unwrap();
    other.edit([2; 16], &copied).unwrap();
    save(&mut one, 1, "Mỗi bản hai cụm đèn, mỗi quý một buổi.");
    save(&mut other, 2, "Mỗi bản một cụm đèn, mỗi tháng một buổi.");
    one.edit([1; 16], &[Edit::line("name", "Tên mới")]).unwrap();
    exchange(&mut one, &mut other);
    assert_eq!(shown(&one), "Mỗi bản hai cụm đèn, mỗi tháng một buổi.");
    assert_eq!(one.state()["name"], "Tên mới");
    assert_eq!(one.differences(), []);
    // Both go on from the text that stands for two, and nothing of it is lost.
    save(&mut one, 1, "Mỗi bản ba cụm đèn, mỗi tháng một buổi.");
    save(&mut other, 2, "Mỗi bản hai cụm đèn, mỗi tuần một buổi.");
    exchange(&mut one, &mut other);
    assert_eq!(shown(&one), "Mỗi bản ba cụm đèn, mỗi tuần một buổi.");
}

#[test]
fn two_different_new_values_are_asked_about_also_when_both_began_with_the_same() {
    let (mut one, mut other) = begun("");
    for (doc, device) in [(&mut one, 1), (&mut other, 2)] {
        doc.edit([device; 16], &[Edit::line("name", "Tên năm trước")])
            .unwrap();
        doc.edit(
            [device; 16],
            &[Edit::line("name", format!("Tên của máy {device}"))],
        )
        .unwrap();
    }
    exchange(&mut one, &mut other);
    assert_eq!(one.differences().len(), 1);
    assert_eq!(one.differences()[0].versions.len(), 2);
}

#[test]
fn three_devices_that_meet_in_any_order_show_the_same() {
    let mut docs: Vec<RecordDoc> = Vec::new();
    for (device, text) in [(1, "Một"), (2, "Hai"), (3, "Ba")] {
        let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
        save(&mut doc, device, text);
        docs.push(doc);
    }
    let mut seen = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let mut all = RecordDoc::new(RecordKind::Registration).unwrap();
        for at in order {
            for change in docs[at].changes() {
                all.apply(change).unwrap();
            }
        }
        seen.push((all.canonical_state(), all.differences()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    assert_eq!(
        seen[0].1[0].versions.len(),
        4,
        "what they give together, and each"
    );
}

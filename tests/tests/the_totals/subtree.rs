//! What is said beside a total speaks of that total.

use cotmoc_tests::fleet::{Town, register, unit};
use serde_json::{Value, json};

use super::opening::open_all;

#[test]
fn notes_and_the_mark_of_a_subtree_speak_of_that_subtree_only() {
    let town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let other = town.post("other", "don-long-sap").unwrap();
    register(&one, "Bữa sáng cho em");
    register(&one, "Bữa  SÁNG cho em");
    register(&other, "Nâng bước em tới trường");
    one.exchange();
    other.exchange();
    town.compiler.exchange();
    let of = |slug: &str| {
        let totals = town.compiler.call("totals.get", json!({ "unit": unit(slug) }));
        open_all(&town.compiler, &totals);
        totals
    };
    let twins = |totals: &Value| {
        let notes = totals["footnotes"].as_array().unwrap();
        let note = notes.iter().find(|note| note["code"] == "possible_duplicates");
        note.map(|note| note["count"].as_u64().unwrap())
    };
    let (first, second, both) = (of("don-muong-lan"), of("don-long-sap"), of("bdbp-son-la"));
    assert_eq!(
        (twins(&first), twins(&second), twins(&both)),
        (Some(2), None, Some(2))
    );
    assert_ne!(first["made_of"], second["made_of"]);
    register(&other, "Vườn rau chung");
    other.exchange();
    town.compiler.exchange();
    let (first_now, second_now) = (of("don-muong-lan"), of("don-long-sap"));
    assert_eq!(
        first_now["made_of"], first["made_of"],
        "nothing changed that these figures are made of"
    );
    assert_ne!(second_now["made_of"], second["made_of"]);
    assert_ne!(of("bdbp-son-la")["made_of"], both["made_of"]);
}

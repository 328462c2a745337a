//! What a problem says in words, for doors that print: the screens' own sentences, read from their
//! catalogues, so that there is one place where they are written.

use cotmoc_device::contract::Problem;

/// Vietnamese first, English second.
const CATALOGUES: [&str; 2] = [
    include_str!("../../ui/src/i18n/vi/problems.ts"),
    include_str!("../../ui/src/i18n/en/problems.ts"),
];

/// What happened, what is safe and what to do: one paragraph in Vietnamese, one in English. A code without
/// words of its own gets those of the unknown problem.
pub fn said(problem: &Problem) -> [String; 2] {
    CATALOGUES.map(|catalogue| {
        let code = match sentence(catalogue, &problem.code, "happened") {
            Some(_) => problem.code.as_str(),
            None => "unknown",
        };
        let mut said = Vec::new();
        for part in ["happened", "safe", "next"] {
            let Some(text) = sentence(catalogue, code, part) else {
                continue;
            };
            let text = filled(&text, problem);
            let nameless = || sentence(catalogue, code, "without");
            said.push(match text {
                Ok(text) => text,
                Err(holes) if part == "happened" => nameless().unwrap_or(holes),
                Err(holes) => holes,
            });
        }
        said.join(" ")
    })
}

/// Puts what a problem names into its sentence. `Err`: the problem does not name everything, and dots stand for
/// what is missing.
fn filled(text: &str, problem: &Problem) -> Result<String, String> {
    let mut rest = text;
    let mut said = String::new();
    let mut whole = true;
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        said.push_str(before);
        match problem.params.get(name).filter(|value| !value.is_empty()) {
            Some(value) => said.push_str(value),
            None => {
                whole = false;
                said.push('…');
            }
        }
        rest = after;
    }
    said.push_str(rest);
    if whole { Ok(said) } else { Err(said) }
}

/// Prints a problem for a person: both languages, and the code for whoever has to look it up.
pub fn print(problem: &Problem) {
    for paragraph in said(problem) {
        eprintln!("{paragraph}");
    }
    let params: Vec<String> = problem
        .params
        .iter()
        .map(|(name, value)| format!(", {name}: {value}"))
        .collect();
    eprintln!("({}{})", problem.code, params.concat());
}

/// The string of an entry `'problem.CODE.PART': 'STRING'`.
fn sentence(catalogue: &str, code: &str, part: &str) -> Option<String> {
    let (_, after) = catalogue.split_once(&format!("'problem.{code}.{part}':"))?;
    let mut letters = after.trim_start().chars();
    let quote = letters.next()?;
    let mut text = String::new();
    loop {
        match letters.next()? {
            '\\' => text.push(letters.next()?),
            letter if letter == quote => return Some(text),
            letter => text.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn every_reason_why_a_folder_does_not_open_has_sentences_in_both_languages() {
        for code in [
            "home_in_use",
            "passphrase_needed",
            "wrong_passphrase",
            "damaged_key",
            "damaged_database",
            "disk_full",
            "newer_store",
            "keyring_absent",
            "keyring_locked",
            "keyring_no_entry",
            "profile_unknown",
            "door_session_ended",
            "internal",
        ] {
            let [vietnamese, english] = said(&Problem::new(code));
            let [unknown, _] = said(&Problem::new("never_heard_of"));
            assert!(vietnamese.len() > 20 && english.len() > 20, "{code}");
            assert_ne!(vietnamese, english, "{code}");
            assert_ne!(vietnamese, unknown, "{code}");
        }
    }

    #[test]
    fn a_sentence_names_what_the_problem_names_and_keeps_its_quotation_marks() {
        let [vietnamese, english] = said(&Problem::new("profile_unknown").with("name", "Trực ban"));
        assert!(vietnamese.contains("“Trực ban”"), "{vietnamese}");
        assert!(english.contains("Trực ban"), "{english}");
        let [_, english] = said(&Problem::new("door_unreadable"));
        assert!(english.starts_with("The program's answer"), "{english}");
    }

    #[test]
    fn a_problem_that_does_not_name_what_its_sentence_names_shows_no_braces() {
        let outside = Problem::new("role_may_not").with("reason", "outside_scope");
        for said in said(&outside).iter().chain(&said(&Problem::new("bad_request"))) {
            assert!(!said.contains(['{', '}']), "{said}");
        }
        let [vietnamese, _] = said(&outside);
        assert!(
            vietnamese.starts_with("Hồ sơ này không làm được việc này."),
            "{vietnamese}"
        );
    }

    #[test]
    fn a_code_without_words_is_said_to_be_an_unknown_problem() {
        assert_eq!(
            said(&Problem::new("never_heard_of")),
            said(&Problem::new("unknown"))
        );
    }
}

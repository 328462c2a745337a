//! Names of bundle files: `cotmoc-<province>-<yyyymmdd>-<id8>[-<n>of<total>].cmgoi`, ASCII only.

use cotmoc_core::org::Day;

use super::header::{BundleHeader, BundleId};

const SUFFIX: &str = ".cmgoi";
/// Of a file that is not complete.
pub(super) const PARTIAL: &str = ".part";
const LONGEST_PROVINCE: usize = 16;

/// What the parts' names of one bundle have in common. Only for people: nothing is read from a name.
#[derive(Debug, Clone)]
pub(super) struct BundleName {
    stem: String,
}

impl BundleName {
    /// `province` in a short form; what is no ASCII letter or digit of it is left out.
    pub(super) fn new(province: &str, day: Day, id: BundleId) -> Self {
        let letters = province.chars().filter(char::is_ascii_alphanumeric);
        let mut short: String = letters.take(LONGEST_PROVINCE).collect();
        short.make_ascii_lowercase();
        if short.is_empty() {
            short.push('x');
        }
        let (year, month, day) = (day.year(), day.month(), day.day());
        let stem = format!("cotmoc-{short}-{year:04}{month:02}{day:02}-{}", id.short());
        Self { stem }
    }

    /// Of a complete part. The only part of a bundle has no number.
    pub(super) fn of_part(&self, number: usize, total: usize) -> String {
        if total == 1 {
            format!("{}{SUFFIX}", self.stem)
        } else {
            format!("{}-{number}of{total}{SUFFIX}", self.stem)
        }
    }

    /// Of a part while it is written and the total is not known.
    pub(super) fn of_partial(&self, number: u32) -> String {
        format!("{}-{number}{SUFFIX}{PARTIAL}", self.stem)
    }
}

/// The name under which a part is carried on: its own if it is a name that this program gives to this
/// bundle, else one made from the header.
pub(super) fn onward_name(found: &str, header: &BundleHeader) -> String {
    match fields(found) {
        Some(fields) if fields.id == header.id.short() => found.to_owned(),
        _ => {
            let mut province = header.province.0.simple().to_string();
            province.truncate(8);
            let (id, number) = (header.id.short(), header.number);
            format!("cotmoc-{province}-00000000-{id}-{number}{SUFFIX}")
        }
    }
}

/// Whether a file name is one that this program gives to a complete part, so that a person need not be shown
/// everything on a stick. Says nothing of the contents.
pub fn is_bundle_name(name: &str) -> bool {
    fields(name).is_some()
}

/// Whether a file name is one of an unfinished part.
pub(super) fn is_partial_name(name: &str) -> bool {
    name.strip_suffix(PARTIAL).is_some_and(is_bundle_name)
}

struct Fields<'a> {
    id: &'a str,
}

fn fields(name: &str) -> Option<Fields<'_>> {
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut fields = name.strip_prefix("cotmoc-")?.strip_suffix(SUFFIX)?.split('-');
    let (province, day, id) = (fields.next()?, fields.next()?, fields.next()?);
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let province_fits = (1..=LONGEST_PROVINCE).contains(&province.len()) && province.bytes().all(letter);
    let id_fits = id.len() == 8 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let number_fits = match fields.next() {
        None => true,
        Some(number) => match number.split_once("of") {
            None => digits(number, 10),
            Some((number, total)) => digits(number, 10) && digits(total, 10),
        },
    };
    let fits = province_fits && day.len() == 8 && digits(day, 8) && id_fits && number_fits;
    (fits && fields.next().is_none()).then_some(Fields { id })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    fn name(province: &str) -> BundleName {
        let id = BundleId(Uuid::from_u128(0x1a2b_3c4d << 96));
        BundleName::new(province, Day::new(2026, 11, 2).unwrap(), id)
    }

    #[test]
    fn a_part_is_named_by_province_day_and_bundle() {
        assert_eq!(
            name("Dien Bien").of_part(1, 1),
            "cotmoc-dienbien-20261102-1a2b3c4d.cmgoi"
        );
        assert_eq!(
            name("sonla").of_part(2, 3),
            "cotmoc-sonla-20261102-1a2b3c4d-2of3.cmgoi"
        );
        assert!(is_bundle_name(&name("sonla").of_part(2, 3)));
        assert!(is_partial_name(&name("sonla").of_partial(2)));
    }

    #[test]
    fn no_province_makes_a_name_that_leads_elsewhere() {
        for province in [
            "../../etc",
            "a/b\\c",
            "\0",
            "Điện Biên",
            "",
            "con:",
            &"x".repeat(4096),
        ] {
            let name = name(province).of_part(1, 1);
            assert!(is_bundle_name(&name), "{name}");
            assert!(name.is_ascii() && name.len() < 60 && !name.contains(['/', '\\', ':', '\0']));
        }
    }

    #[test]
    fn hostile_names_are_not_taken_for_ours() {
        for name in [
            "../cotmoc-a-20261102-1a2b3c4d.cmgoi",
            "cotmoc-../a-20261102-1a2b3c4d.cmgoi",
            "cotmoc-a-20261102-1a2b3c4d-1of2-3.cmgoi",
            "cotmoc-a-20261102-1a2b3c4d-.cmgoi",
            "cotmoc-a-20261102-1A2B3C4D.cmgoi",
            "cotmoc-a-20261102-1a2b3c4d.cmgoi\0",
            "cotmoc-a-20261102-1a2b3c4d.cmgoi.exe",
            "CON",
            "",
        ] {
            assert!(!is_bundle_name(name) && !is_partial_name(name), "{name}");
        }
    }
}

//! Files that are signed as they should be, by somebody of bad will.

use std::fs;
use std::time::{Duration, Instant};

use cotmoc_core::codec::Writer;
use cotmoc_ledger::bundle::{BundleError, inspect, open};

use crate::craft::{Craft, end, frame, header, sealed};
use crate::support::{Scratch, authority, checked, device, frames_of, key, noise, recipients};

fn hostile() -> cotmoc_core::journal::SigningKey {
    key(66)
}

fn craft(plain: Vec<u8>) -> Craft {
    Craft::new(hostile(), &recipients(), plain)
}

#[test]
fn a_bundle_written_by_the_layout_alone_is_read() {
    let scratch = Scratch::new();
    let plain = [frame(5, 3, b"abc"), frame(6, 0, b""), end(2)].concat();
    let path = scratch.with(&craft(plain).bytes());
    checked(&path).unwrap();
    let found = frames_of(&path, &device()).unwrap();
    assert_eq!(
        found,
        [crate::support::frame(5, b"abc"), crate::support::frame(6, b"")]
    );
}

#[test]
fn a_stream_that_does_not_end_as_it_should_is_damaged_though_it_is_signed() {
    let scratch = Scratch::new();
    let abc = frame(5, 3, b"abc");
    let too_many: Vec<u8> = vec![];
    for (what, plain) in [
        ("nothing at all", too_many),
        ("no end", abc.clone()),
        ("a count too high", [abc.clone(), end(2)].concat()),
        ("a count too low", [abc.clone(), end(0)].concat()),
        ("more after the end", [abc.clone(), end(1), abc.clone()].concat()),
        ("two ends", [abc.clone(), end(1), end(1)].concat()),
        (
            "a long end",
            [abc.clone(), frame(0, 9, &[1, 0, 0, 0, 0, 0, 0, 0, 0])].concat(),
        ),
        ("an end cut short", [abc.clone(), frame(0, 8, &[1, 0])].concat()),
        ("half a lead", [abc.clone(), vec![5, 0]].concat()),
        ("a frame cut short", [abc, frame(5, 100, b"abc")].concat()),
    ] {
        let path = scratch.with(&craft(plain).bytes());
        checked(&path).unwrap();
        let found = frames_of(&path, &device());
        assert!(matches!(found, Err(BundleError::Damaged(_))), "{what}: {found:?}");
        let frames: Vec<_> = open(&path, &device()).unwrap().collect();
        let last = frames.last().unwrap();
        assert!(
            last.is_err() && frames.len() <= 2,
            "{what}: nothing comes after the error"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn lengths_that_are_lies_take_no_memory() {
    let scratch = Scratch::new();
    let cap = 16 * 1024 * 1024;
    for length in [u32::MAX, cap + 1, cap, 1_000_000] {
        let path = scratch.with(&craft([frame(5, length, b"abc"), end(1)].concat()).bytes());
        let (memory, found) = crate::memory::memory_of(|| frames_of(&path, &device()));
        let Err(BundleError::Damaged(what)) = found else {
            panic!("{length}: {found:?}")
        };
        assert_eq!(what == "frame length", length > cap, "{length}: {what}");
        assert!(memory < 1024 * 1024, "{length}: {memory} bytes");
    }
}

#[test]
fn headers_with_impossible_fields_are_damaged() {
    let scratch = Scratch::new();
    let ours = recipients();
    let plain = end(0);
    let refuse = |what: &str, craft: Craft| {
        let path = scratch.with(&craft.bytes());
        let found = checked(&path);
        assert!(matches!(found, Err(BundleError::Damaged(_))), "{what}: {found:?}");
        assert!(
            inspect(&path).is_err() && open(&path, &device()).is_err(),
            "{what}"
        );
    };
    for length in [u32::MAX, 32 * 1024 + 1, 32 * 1024, 0, 1] {
        let mut craft = craft(plain.clone());
        craft.header_length = Some(length);
        refuse(&format!("header length {length}"), craft);
    }
    let with_header = |header: Vec<u8>| {
        let mut craft = craft(plain.clone());
        craft.header = header;
        craft
    };
    let extended = |tag: u64, length: u64, bytes: &[u8]| {
        let mut writer = Writer::new();
        writer
            .put(&header(&hostile(), 1, &ours))
            .varint(tag)
            .varint(length)
            .put(bytes);
        writer.finish()
    };
    refuse("part 0", with_header(header(&hostile(), 0, &ours)));
    refuse("part 2^32", with_header(header(&hostile(), 1 << 32, &ours)));
    refuse("no recipients", with_header(header(&hostile(), 1, &[])));
    let crowd = vec![device().device(); 257];
    refuse("257 recipients", with_header(header(&hostile(), 1, &crowd)));
    refuse("a long extension", with_header(extended(1, u64::MAX, b"abc")));
    refuse(
        "an extension beyond the header",
        with_header(extended(1, 4, b"abc")),
    );
    refuse("another's name", with_header(header(&authority(), 1, &ours)));
    let mut counted = header(&hostile(), 1, &[]);
    counted.pop();
    let mut writer = Writer::new();
    writer.put(&counted).varint(u64::MAX);
    refuse("2^64 recipients", with_header(writer.finish()));
    let mut flagged = craft(plain.clone());
    flagged.last_flag = 2;
    refuse("a flag of 2", flagged);
    // And with the same means, none of it wrong, one is read.
    checked(&scratch.with(&with_header(extended(9, 3, b"abc")).bytes())).unwrap();
}

#[test]
fn a_newer_version_is_named_before_anything_of_it_is_read() {
    let scratch = Scratch::new();
    for version in [2, 3, 255] {
        let mut craft = craft(end(0));
        craft.version = version;
        let mut bytes = craft.bytes();
        // Whatever comes after may be otherwise than today.
        bytes[9..].fill(0xff);
        let path = scratch.with(&bytes);
        assert!(matches!(checked(&path), Err(BundleError::Newer(found)) if found == version));
    }
}

#[test]
fn chance_headers_under_a_right_signature_never_panic() {
    let scratch = Scratch::new();
    let right = header(&hostile(), 1, &recipients());
    let mut refused = 0;
    for round in 0..1_500 {
        let chance = noise(round, 24);
        let mut bytes = right.clone();
        match chance[0] % 4 {
            0 => bytes.truncate(usize::from(chance[1]) % bytes.len()),
            1 => bytes.extend_from_slice(&chance[2..2 + usize::from(chance[1] % 20)]),
            _ => {
                for pair in chance[1..13].chunks(2) {
                    // The sender stays, or nothing would be tried but its signature.
                    let at = usize::from(pair[0]) % bytes.len();
                    if !(32..64).contains(&at) {
                        bytes[at] = pair[1];
                    }
                }
            }
        }
        let mut craft = craft(end(0));
        craft.header = bytes;
        craft.stream = Box::new(|hash| hash.0.to_vec());
        let path = scratch.with(&craft.bytes());
        refused += u32::from(inspect(&path).is_err());
        assert!(open(&path, &device()).is_err());
    }
    assert!((500..1_450).contains(&refused), "{refused} refused");
}

#[test]
fn an_encrypted_stream_behind_the_header_of_another_is_damaged() {
    let scratch = Scratch::new();
    let plain = [frame(5, 3, b"abc"), end(1)].concat();
    let theirs = Craft::new(authority(), &recipients(), plain);
    let file = theirs.bytes();
    let stream = file[8 + 1 + 4 + theirs.header.len() + 64..file.len() - 97].to_vec();
    let mut stolen = craft(Vec::new());
    stolen.stream = Box::new(move |_| stream.clone());
    let path = scratch.with(&stolen.bytes());
    checked(&path).expect("from the outside nothing is wrong");
    assert!(matches!(
        open(&path, &device()).err(),
        Some(BundleError::Damaged(_))
    ));
}

#[test]
fn a_stream_that_anybody_could_have_encrypted_to_us_does_not_pass_for_the_senders() {
    // Recipients' keys are public: behind a sender's header and before its trailer stands another stream.
    let scratch = Scratch::new();
    let mut craft = craft([frame(5, 3, b"abc"), end(1)].concat());
    craft.hash = Some(cotmoc_core::id::Hash32([7; 32]));
    let path = scratch.with(&craft.bytes());
    assert!(matches!(checked(&path), Err(BundleError::Damaged(_))));
    assert!(matches!(
        frames_of(&path, &device()),
        Err(BundleError::Damaged(_))
    ));
}

#[test]
fn a_header_that_names_us_before_a_stream_that_does_not_is_damaged() {
    let scratch = Scratch::new();
    let mut craft = craft(Vec::new());
    craft.stream = Box::new(|hash| sealed(&[key(9).device()], &hash.0));
    let path = scratch.with(&craft.bytes());
    assert!(matches!(
        open(&path, &device()).err(),
        Some(BundleError::Damaged(_))
    ));
}

#[test]
fn an_age_header_without_an_end_is_given_up_soon() {
    let scratch = Scratch::new();
    let stanza = format!("-> X25519 {}\n{}\n", "A".repeat(43), "B".repeat(43));
    let endless = [
        format!("age-encryption.org/v1\n{}", stanza.repeat(100_000)).into_bytes(),
        [b"age-encryption.org/v1\n-> ".to_vec(), vec![b'x'; 8_000_000]].concat(),
        [
            b"age-encryption.org/v1\n-> x\n".to_vec(),
            (b"A".repeat(64)).repeat(1),
        ]
        .concat(),
        format!(
            "age-encryption.org/v1\n-> x\n{}",
            ("A".repeat(64) + "\n").repeat(100_000)
        )
        .into_bytes(),
        b"age-encryption.org/v2\n".repeat(100_000),
        vec![b'\n'; 8_000_000],
        Vec::new(),
    ];
    for (number, bytes) in endless.into_iter().enumerate() {
        let mut craft = craft(Vec::new());
        craft.stream = Box::new(move |_| bytes.clone());
        let path = scratch.with(&craft.bytes());
        let begun = Instant::now();
        assert!(
            matches!(open(&path, &device()).err(), Some(BundleError::Damaged(_))),
            "{number}"
        );
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "{number}: {:?}",
            begun.elapsed()
        );
    }
}

#[test]
fn chance_streams_under_a_right_signature_never_panic() {
    let scratch = Scratch::new();
    let right = sealed(
        &recipients(),
        &[&[0; 32][..], &frame(5, 3, b"abc"), &end(1)].concat(),
    );
    for round in 0..1_000 {
        let chance = noise(round, 16);
        let mut bytes = right.clone();
        for pair in chance[..1 + usize::from(chance[15] % 4) * 2].chunks(2) {
            let at = usize::from(pair[0]) * usize::from(chance[14]) % bytes.len();
            bytes[at] = *pair.last().unwrap();
        }
        let mut craft = craft(Vec::new());
        craft.stream = Box::new(move |_| bytes.clone());
        let path = scratch.with(&craft.bytes());
        assert!(frames_of(&path, &device()).is_err());
    }
}

#[test]
fn only_regular_files_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real");
    fs::write(&real, craft(end(0)).bytes()).unwrap();
    checked(&real).unwrap();
    let mut others = vec![folder.path().to_owned(), folder.path().join("with\0nul")];
    #[cfg(unix)]
    {
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let pipe = folder.path().join("pipe");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let socket = folder.path().join("socket");
        std::os::unix::net::UnixListener::bind(&socket).unwrap();
        others.extend([link, pipe, socket, "/dev/zero".into()]);
    }
    for path in others {
        let found = checked(&path);
        assert!(
            matches!(found, Err(BundleError::NotABundle)),
            "{}: {found:?}",
            path.display()
        );
        assert!(matches!(inspect(&path), Err(BundleError::NotABundle)));
        assert!(matches!(
            open(&path, &device()).err(),
            Some(BundleError::NotABundle)
        ));
    }
}

//! A bundle that version 1 wrote is read for ever.

use std::path::Path;

use crate::support::{NOW, authority, checked, device, frame, frames_of, province, recipients, sender};

#[test]
fn a_bundle_of_version_1_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bundle/v1.cmgoi");
    let part = checked(&path).unwrap();
    assert_eq!(part.header.sender, sender().device());
    assert_eq!(part.header.province, province());
    assert_eq!(part.header.claimed_at, NOW);
    assert_eq!(part.header.recipients, recipients());
    assert_eq!((part.header.number, part.is_last), (1, true));
    let frames = [
        frame(1, "Dân vận khéo".as_bytes()),
        frame(2, b""),
        frame(9, &[7; 300]),
    ];
    for key in [authority(), device()] {
        assert_eq!(frames_of(&path, &key).unwrap(), frames);
    }
}

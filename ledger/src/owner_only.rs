//! Files that are for nobody else on the machine.

use std::fs::OpenOptions;

/// A file that is created with these options may be read and written by its owner alone, from its first byte. One that
/// exists keeps its rights; on systems other than Unix those of its folder hold.
pub fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = owner_only(OpenOptions::new().write(true).create_new(true)).open(path);
        let rights = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(rights & 0o077, 0, "{rights:o}");
    }
}

//! What can go wrong with a bundle, by what a person can do about it.

use std::io;
use std::path::PathBuf;

use cotmoc_core::codec::Malformed;
use cotmoc_core::journal::DeviceKey;

/// A bundle cannot be written, read or carried on.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file is something else.
    #[error("not a bundle")]
    NotABundle,
    /// Written by a newer version, or its version byte is damaged: the two look the same.
    #[error("a bundle of version {0}")]
    Newer(u8),
    /// Cut off, altered, or never complete. Nothing of it is to be believed.
    #[error("the bundle is damaged or incomplete: {0}")]
    Damaged(&'static str),
    /// The bundle is sound, and sealed for these devices and authorities only.
    #[error("the bundle is for others")]
    NotForUs(Vec<DeviceKey>),
    /// The caller asked to stop. Nothing is left behind.
    #[error("stopped")]
    Stopped,
    /// No room left on the disk or stick.
    #[error("the disk is full")]
    DiskFull,
    /// The file system of the stick takes no file of this size: smaller parts are needed.
    #[error("the file system takes no file of this size")]
    PartTooLarge,
    /// The disk or stick cannot be written to.
    #[error("the disk is read-only")]
    ReadOnly,
    /// The operating system does not let this user at the file or folder.
    #[error("access is not allowed")]
    NotAllowed,
    /// The stick was pulled out or fails, or the file or folder is not there.
    #[error("the disk was taken out or fails: {0}")]
    Gone(io::Error),
    /// The stick took the file without complaint and does not give the same bytes back. It is not to be
    /// relied on; what was written is removed as far as the stick allows.
    #[error("the disk does not give back what was written")]
    NotKept,
    /// Something else has the name that the file should have. It was not touched.
    #[error("there is something else at {}", .0.display())]
    AlreadyThere(PathBuf),
    /// No key can be derived from this recipient's.
    #[error("cannot encrypt to {0}")]
    BadRecipient(DeviceKey),
    /// None, or more than [`MAX_RECIPIENTS`](super::MAX_RECIPIENTS).
    #[error("{0} recipients")]
    RecipientCount(usize),
    /// The header's extensions do not fit in it.
    #[error("the header is too long")]
    HeaderTooLong,
    /// Kind 0 is the end's, and no frame is longer than [`MAX_FRAME`](super::MAX_FRAME).
    #[error("no frame can be of kind {kind} and {length} bytes")]
    BadFrame {
        /// As given.
        kind: u8,
        /// Bytes.
        length: usize,
    },
    /// Another error of the file system.
    #[error("{0}")]
    Io(io::Error),
}

impl From<io::Error> for BundleError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind;
        match error.kind() {
            // Of a file that is being read: it ends early, or its encryption does not verify.
            ErrorKind::UnexpectedEof | ErrorKind::InvalidData => Self::Damaged("contents"),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull,
            ErrorKind::FileTooLarge => Self::PartTooLarge,
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            ErrorKind::PermissionDenied => Self::NotAllowed,
            ErrorKind::NotFound | ErrorKind::StaleNetworkFileHandle | ErrorKind::NotConnected => {
                Self::Gone(error)
            }
            _ if is_lost_device(&error) => Self::Gone(error),
            _ => Self::Io(error),
        }
    }
}

impl From<Malformed> for BundleError {
    fn from(malformed: Malformed) -> Self {
        Self::Damaged(malformed.what)
    }
}

/// What systems answer when a stick is pulled or fails under a file that is open.
fn is_lost_device(error: &io::Error) -> bool {
    #[cfg(unix)]
    let lost = [
        rustix::io::Errno::IO,
        rustix::io::Errno::NXIO,
        rustix::io::Errno::NODEV,
    ]
    .map(rustix::io::Errno::raw_os_error);
    // ERROR_NOT_READY, ERROR_GEN_FAILURE, ERROR_NO_SUCH_DEVICE, ERROR_FILE_INVALID, ERROR_IO_DEVICE,
    // ERROR_DEVICE_NOT_CONNECTED.
    #[cfg(windows)]
    let lost = [21, 31, 433, 1006, 1117, 1167];
    error.raw_os_error().is_some_and(|code| lost.contains(&code))
}

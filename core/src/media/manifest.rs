//! The payload of an attachment entry.

use crate::access::Refusal;
use crate::codec::{Malformed, Reader, Writer};
use crate::id::AttachmentId;
use crate::journal::MAX_PAYLOAD;
use crate::text::nfc::is_kept;

use super::rendition::{GeoPoint, MAX_RENDITIONS, MAX_SIDE, MediaType, Rendition, Role};
use super::tail::Tail;

/// Version of the layout.
pub const VERSION: u8 = 1;
/// Longest name, bytes of UTF-8.
pub const MAX_NAME: usize = 200;
/// Longest caption, bytes of UTF-8.
pub const MAX_CAPTION: usize = 1024;

const ADDED: u8 = 1;
const REMOVED: u8 = 2;

/// What an attachment entry says about the record it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manifest {
    /// A photo or file is evidence for it.
    Added(Added),
    /// It is not, or not any more. Whichever of the two comes first, the attachment is not shown.
    Removed(Removed),
}

/// A photo or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// Its id, a fresh UUIDv7.
    pub id: AttachmentId,
    /// Name of the file: one line without path, at most [`MAX_NAME`] bytes.
    pub name: String,
    /// What its bytes are.
    pub media_type: MediaType,
    /// What it shows, at most [`MAX_CAPTION`] bytes; may be empty.
    pub caption: String,
    /// Where it was taken, if its author stated it.
    pub place: Option<GeoPoint>,
    /// Its forms, in the order of their roles, each role at most once. A PDF has only [`Role::Original`],
    /// an image never has it.
    pub renditions: Vec<Rendition>,
    /// What a newer program added.
    pub tail: Tail,
}

/// An attachment taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its id.
    pub id: AttachmentId,
    /// What a newer program added.
    pub tail: Tail,
}

/// A payload that is no manifest, as far as this version can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Bytes that do not have the layout they claim, or exceed its caps.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A version, act, media type or role that this program does not know yet.
    #[error("a manifest of a newer version")]
    Newer,
}

impl ManifestError {
    /// The reason for which the entry is set aside; what is newer can be tried again by a newer program.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Malformed(_) => Refusal::Malformed,
            Self::Newer => Refusal::UnknownKind,
        }
    }
}

impl Manifest {
    /// The attachment it is about.
    pub fn id(&self) -> AttachmentId {
        match self {
            Self::Added(added) => added.id,
            Self::Removed(removed) => removed.id,
        }
    }

    /// The payload.
    ///
    /// # Errors
    /// When it would not be read again: a text, a place or the renditions are not what they may be.
    pub fn encode(&self) -> Result<Vec<u8>, ManifestError> {
        let mut writer = Writer::new();
        writer.u8(VERSION);
        match self {
            Self::Added(added) => {
                added.check()?;
                writer.u8(ADDED);
                added.write(&mut writer);
            }
            Self::Removed(removed) => {
                writer.u8(REMOVED).put(removed.id.0.as_bytes());
                removed.tail.write(&mut writer);
            }
        }
        Ok(writer.finish())
    }

    /// Reads [`Manifest::encode`].
    ///
    /// # Errors
    /// When the bytes are not a manifest, exceed a cap, or are newer than this program.
    pub fn decode(bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() > MAX_PAYLOAD {
            return Err(malformed("payload length").into());
        }
        let mut reader = Reader::new(bytes);
        if reader.u8("manifest version")? != VERSION {
            return Err(ManifestError::Newer);
        }
        match reader.u8("act")? {
            ADDED => Ok(Self::Added(Added::read(&mut reader)?)),
            REMOVED => Ok(Self::Removed(Removed {
                id: read_id(&mut reader)?,
                tail: Tail::read(&mut reader)?,
            })),
            _ => Err(ManifestError::Newer),
        }
    }
}

impl Added {
    fn check(&self) -> Result<(), Malformed> {
        check_name(&self.name)?;
        check_caption(&self.caption)?;
        if self.place.is_some_and(|place| !place.is_valid()) {
            return Err(malformed("place"));
        }
        check_renditions(self.media_type, &self.renditions)
    }

    fn write(&self, writer: &mut Writer) {
        writer.put(self.id.0.as_bytes()).bytes(self.name.as_bytes());
        writer.u8(self.media_type.code()).bytes(self.caption.as_bytes());
        writer.u8(u8::from(self.place.is_some()));
        if let Some(place) = &self.place {
            place.write(writer);
        }
        writer.u8(self.renditions.len() as u8);
        for rendition in &self.renditions {
            rendition.write(writer);
        }
        self.tail.write(writer);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, ManifestError> {
        let id = read_id(reader)?;
        let name = reader.text(MAX_NAME, "name")?.to_owned();
        let media_type = MediaType::from_code(reader.u8("media type")?).ok_or(ManifestError::Newer)?;
        let caption = reader.text(MAX_CAPTION, "caption")?.to_owned();
        let place = match reader.u8("place")? {
            0 => None,
            1 => Some(GeoPoint::read(reader)?),
            _ => return Err(malformed("place").into()),
        };
        let count = usize::from(reader.u8("renditions")?);
        if count > MAX_RENDITIONS {
            return Err(malformed("renditions").into());
        }
        let mut renditions = Vec::with_capacity(count);
        for _ in 0..count {
            renditions.push(Rendition::read(reader)?);
        }
        let tail = Tail::read(reader)?;
        let added = Self {
            id,
            name,
            media_type,
            caption,
            place,
            renditions,
            tail,
        };
        added.check()?;
        Ok(added)
    }
}

fn malformed(what: &'static str) -> Malformed {
    Malformed { what, at: 0 }
}

fn read_id(reader: &mut Reader<'_>) -> Result<AttachmentId, Malformed> {
    Ok(AttachmentId(uuid::Uuid::from_bytes(reader.array("attachment")?)))
}

/// A name is shown, and offered when the file is saved: it must not lead anywhere.
fn check_name(name: &str) -> Result<(), Malformed> {
    let is_plain = !name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'));
    if (1..=MAX_NAME).contains(&name.len()) && is_plain && is_kept(name) {
        Ok(())
    } else {
        Err(malformed("name"))
    }
}

fn check_caption(caption: &str) -> Result<(), Malformed> {
    if caption.len() <= MAX_CAPTION && is_kept(caption) {
        Ok(())
    } else {
        Err(malformed("caption"))
    }
}

fn check_renditions(media_type: MediaType, renditions: &[Rendition]) -> Result<(), Malformed> {
    let is_file = media_type == MediaType::Pdf;
    let rise = renditions.windows(2).all(|pair| pair[0].role < pair[1].role);
    let fit = renditions.iter().all(|rendition| {
        (rendition.role == Role::Original) == is_file && rendition.width.max(rendition.height) <= MAX_SIDE
    });
    if renditions.is_empty() || !rise || !fit {
        return Err(malformed("renditions"));
    }
    Ok(())
}

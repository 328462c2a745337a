//! One form of an attachment: its thumbnail, its working size, or the file as it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::{Malformed, Reader, Writer};

use super::blob::BlobId;
use super::chunks::ChunkList;
use super::manifest::ManifestError;

/// Most renditions of an attachment: one of each role.
pub const MAX_RENDITIONS: usize = 3;
/// Largest width and height in pixels.
pub(super) const MAX_SIDE: u32 = 65_535;

/// What an attachment's bytes are. The code is in the entry's hash: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum MediaType {
    /// JPEG.
    Jpeg = 1,
    /// WebP.
    Webp = 2,
    /// PDF.
    Pdf = 3,
}

impl MediaType {
    /// Code in the manifest.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// From its code; absent for one of a newer version.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Jpeg, Self::Webp, Self::Pdf]
            .into_iter()
            .find(|known| known.code() == code)
    }

    /// Its name in HTTP headers.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }
}

/// What a rendition is for. The code is in the entry's hash: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Role {
    /// Small, for lists.
    Thumbnail = 1,
    /// As large as a reader needs it.
    Working = 2,
    /// The file as it is; only where it is not made again (PDF).
    Original = 3,
}

impl Role {
    /// Code in the manifest.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// From its code; absent for one of a newer version.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Thumbnail, Self::Working, Self::Original]
            .into_iter()
            .find(|known| known.code() == code)
    }

    /// The lane in which its bytes travel.
    pub fn lane(self) -> Lane {
        match self {
            Self::Thumbnail => Lane::Thumbnail,
            Self::Working | Self::Original => Lane::Original,
        }
    }
}

/// Which media go first. Text goes before both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Thumbnails.
    Thumbnail,
    /// Everything else.
    Original,
}

/// Where a photo was taken, stated on purpose: never taken out of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GeoPoint {
    /// Latitude in 1e-7 degrees, north positive.
    pub lat: i32,
    /// Longitude in 1e-7 degrees, east positive.
    pub lon: i32,
}

impl GeoPoint {
    const MOST_LAT: i64 = 900_000_000;
    const MOST_LON: i64 = 1_800_000_000;

    /// Both within the globe.
    pub fn is_valid(&self) -> bool {
        i64::from(self.lat).abs() <= Self::MOST_LAT && i64::from(self.lon).abs() <= Self::MOST_LON
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.signed(i64::from(self.lat)).signed(i64::from(self.lon));
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut degrees = || -> Result<i32, Malformed> {
            i32::try_from(reader.signed("place")?).map_err(|_| Malformed { what: "place", at: 0 })
        };
        let place = Self {
            lat: degrees()?,
            lon: degrees()?,
        };
        let malformed = Malformed { what: "place", at: 0 };
        place.is_valid().then_some(place).ok_or(malformed)
    }
}

/// One form of an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// What it is for.
    pub role: Role,
    /// Pixels; zero where it has none (PDF).
    pub width: u32,
    /// Pixels; zero where it has none (PDF).
    pub height: u32,
    /// Its bytes.
    pub blob: BlobId,
    /// By which they are verified.
    pub chunks: ChunkList,
}

impl Rendition {
    /// The rendition of these bytes; absent when they are none or too many.
    pub fn of(role: Role, (width, height): (u32, u32), bytes: &[u8]) -> Option<Self> {
        Some(Self {
            role,
            width,
            height,
            blob: BlobId::of(bytes),
            chunks: ChunkList::of(bytes)?,
        })
    }

    /// Bytes of it.
    pub fn length(&self) -> u32 {
        self.chunks.length()
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer
            .u8(self.role.code())
            .varint(u64::from(self.width))
            .varint(u64::from(self.height))
            .put(&self.blob.0.0);
        self.chunks.write(writer);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ManifestError> {
        let role = Role::from_code(reader.u8("role")?).ok_or(ManifestError::Newer)?;
        let mut side = || -> Result<u32, Malformed> {
            let pixels = reader.varint("pixels")?;
            let fits = u32::try_from(pixels).ok().filter(|pixels| *pixels <= MAX_SIDE);
            fits.ok_or(Malformed {
                what: "pixels",
                at: 0,
            })
        };
        let (width, height) = (side()?, side()?);
        let blob = BlobId(crate::id::Hash32(reader.array("blob")?));
        let chunks = ChunkList::read(reader)?;
        Ok(Self {
            role,
            width,
            height,
            blob,
            chunks,
        })
    }
}

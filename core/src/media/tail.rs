//! What a newer program adds at the end of a manifest: kept as it came, not understood.

use crate::codec::{Malformed, Reader, Writer};

/// Most bytes of a tail.
pub const MAX_TAIL: usize = 16 * 1024;
/// Most fields of a tail.
pub const MAX_FIELDS: usize = 64;

/// A field that this version does not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its tag.
    pub tag: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Fields with tags that rise, so that one content has one form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tail {
    fields: Vec<Field>,
}

impl Tail {
    /// The fields.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Appends the tail; nothing may follow it.
    pub fn write(&self, writer: &mut Writer) {
        for field in &self.fields {
            writer.varint(field.tag).bytes(&field.bytes);
        }
    }

    /// Reads all that is left as fields.
    ///
    /// # Errors
    /// When it is more than the caps, is cut short, or the tags do not rise.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let malformed = |what| Malformed { what, at: 0 };
        if reader.left() > MAX_TAIL {
            return Err(malformed("length of the tail"));
        }
        let mut fields: Vec<Field> = Vec::new();
        while reader.left() > 0 {
            let tag = reader.varint("tag")?;
            if fields.len() == MAX_FIELDS || fields.last().is_some_and(|last| last.tag >= tag) {
                return Err(malformed("fields of the tail"));
            }
            let bytes = reader.bytes(MAX_TAIL, "field")?.to_vec();
            fields.push(Field { tag, bytes });
        }
        Ok(Self { fields })
    }
}

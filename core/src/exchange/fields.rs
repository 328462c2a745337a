//! Tagged fields at the end of a message: what a newer version adds, an older one passes over.

use crate::codec::{Malformed, Reader, Writer};

/// Most fields of one message.
const MOST: usize = 64;

/// Fields on their way out. Tags are written in rising order, so a message has one form.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    fields: Vec<(u64, Vec<u8>)>,
}

impl Outgoing {
    /// Adds a field; call with rising tags.
    pub fn add(&mut self, tag: u64, write: impl FnOnce(&mut Writer)) -> &mut Self {
        let mut writer = Writer::new();
        write(&mut writer);
        self.fields.push((tag, writer.finish()));
        self
    }

    /// Adds a field unless there is nothing to say.
    pub fn add_unless(&mut self, empty: bool, tag: u64, write: impl FnOnce(&mut Writer)) -> &mut Self {
        if empty { self } else { self.add(tag, write) }
    }

    pub fn write(&self, writer: &mut Writer) {
        writer.varint(self.fields.len() as u64);
        for (tag, bytes) in &self.fields {
            writer.varint(*tag).bytes(bytes);
        }
    }
}

/// Fields that came, by tag.
#[derive(Debug)]
pub(super) struct Incoming<'a> {
    fields: Vec<(u64, &'a [u8])>,
}

impl<'a> Incoming<'a> {
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let malformed = Malformed {
            what: "fields",
            at: 0,
        };
        let count = reader.count(2, "fields")?;
        if count > MOST {
            return Err(malformed);
        }
        let mut fields: Vec<(u64, &[u8])> = Vec::with_capacity(count);
        for _ in 0..count {
            let tag = reader.varint("field")?;
            if fields.last().is_some_and(|(before, _)| *before >= tag) {
                return Err(malformed);
            }
            fields.push((tag, reader.bytes(usize::MAX, "field")?));
        }
        Ok(Self { fields })
    }

    /// A field's content read to its end; the default when the field is absent.
    pub fn get<T: Default>(
        &self,
        tag: u64,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        let Some((_, bytes)) = self.fields.iter().find(|(known, _)| *known == tag) else {
            return Ok(T::default());
        };
        let mut reader = Reader::new(bytes);
        let value = read(&mut reader)?;
        reader.end("field")?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_field_of_a_newer_version_is_passed_over_and_the_known_ones_are_read() {
        let mut fields = Outgoing::default();
        fields.add(2, |writer| {
            writer.varint(7);
        });
        fields.add(900, |writer| {
            writer.put(b"of a later year");
        });
        let mut writer = Writer::new();
        fields.write(&mut writer);
        let bytes = writer.finish();
        let mut reader = Reader::new(&bytes);
        let read = Incoming::read(&mut reader).unwrap();
        reader.end("message").unwrap();
        assert_eq!(read.get(2, |reader| reader.varint("n")).unwrap(), 7);
        assert_eq!(read.get(3, |reader| reader.varint("n")).unwrap(), 0);
    }

    #[test]
    fn tags_that_do_not_rise_and_fields_with_a_rest_are_refused() {
        let mut writer = Writer::new();
        writer.varint(2).varint(5).bytes(b"").varint(5).bytes(b"");
        assert!(Incoming::read(&mut Reader::new(&writer.finish())).is_err());
        let mut writer = Writer::new();
        writer.varint(1).varint(5).bytes(&[1, 2]);
        let bytes = writer.finish();
        let read = Incoming::read(&mut Reader::new(&bytes)).unwrap();
        assert!(read.get(5, |reader| reader.varint("n")).is_err());
    }
}

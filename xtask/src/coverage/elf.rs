//! Sections of a 64-bit little-endian ELF program.

use super::cursor::{Cursor, Read, malformed};

/// The bytes of the section of this name.
pub(super) fn section<'a>(program: &'a [u8], name: &str) -> Read<&'a [u8]> {
    // Magic, 64 bit, little endian.
    if !program.starts_with(b"\x7fELF\x02\x01") {
        return malformed("no 64-bit little-endian ELF program");
    }
    let table = Cursor::at(program, 0x28)?.size()?;
    let mut shape = Cursor::at(program, 0x3a)?;
    let (entry_size, entries) = (usize::from(shape.u16()?), usize::from(shape.u16()?));
    let names_at = usize::from(shape.u16()?);
    let header = |number: usize| -> Read<Header> {
        Header::read(Cursor::at(program, table + number * entry_size)?)
    };
    let names = header(names_at)?.bytes(program)?;
    for number in 0..entries {
        let header = header(number)?;
        let text = names.get(header.name..).unwrap_or_default();
        if text.split(|byte| *byte == 0).next() == Some(name.as_bytes()) {
            return header.bytes(program);
        }
    }
    malformed(format!("no section `{name}`"))
}

struct Header {
    name: usize,
    offset: usize,
    size: usize,
}

impl Header {
    fn read(mut cursor: Cursor<'_>) -> Read<Self> {
        let name = cursor.u32()? as usize;
        // Kind, flags, address.
        cursor.bytes(20)?;
        Ok(Self {
            name,
            offset: cursor.size()?,
            size: cursor.size()?,
        })
    }

    fn bytes<'a>(&self, program: &'a [u8]) -> Read<&'a [u8]> {
        Cursor::at(program, self.offset)?.bytes(self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::section;

    /// A program with one section besides that of the names.
    fn program() -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(0x40, 0);
        bytes[0x28] = 0x60;
        bytes[0x3a] = 64;
        bytes[0x3c] = 2;
        bytes.extend(b"\0.names\0.one\0");
        bytes.resize(0x58, 0);
        bytes.extend(b"content!");
        for (name, offset, size) in [(1_u32, 0x40_u64, 13_u64), (8, 0x58, 7)] {
            bytes.extend(name.to_le_bytes());
            bytes.extend([0; 20]);
            bytes.extend(offset.to_le_bytes());
            bytes.extend(size.to_le_bytes());
            bytes.extend([0; 24]);
        }
        bytes
    }

    #[test]
    fn a_section_is_found_by_its_name() {
        assert_eq!(section(&program(), ".one"), Ok(&b"content"[..]));
        assert!(section(&program(), ".on").is_err());
        assert!(section(&program(), ".two").is_err());
    }

    #[test]
    fn what_is_no_program_is_said_so() {
        assert!(section(b"#!/bin/sh", ".one").is_err());
        let mut short = program();
        short.truncate(0x70);
        assert!(section(&short, ".one").is_err());
    }
}

//! The counts that an instrumented program wrote: a raw profile of LLVM, version 10.

use std::collections::HashMap;

use super::cursor::{Cursor, Read, malformed};

/// `\xfflprofr\x81`, as a little-endian number.
const MAGIC: u64 = 0xff6c_7072_6f66_7281;
/// The version of the format, in the low bits beside flags.
const VERSION: u64 = 10;
const VERSION_MASK: u64 = 0x00ff_ffff_ffff_ffff;
/// The length of one record, and of the header.
const RECORD: usize = 64;
const HEADER: usize = 128;

/// Counts by function: the hash of its name, and that of its shape.
#[derive(Debug, Default)]
pub(super) struct Counts(HashMap<(u64, u64), Vec<u64>>);

impl Counts {
    /// The counters of a function; `None` where the program does not hold it.
    pub(super) fn of(&self, name: u64, shape: u64) -> Option<&[u64]> {
        self.0.get(&(name, shape)).map(Vec::as_slice)
    }

    /// Reads a raw profile.
    pub(super) fn parse(bytes: &[u8]) -> Read<Self> {
        let mut header = Cursor::new(bytes);
        if header.u64()? != MAGIC {
            return malformed("no raw profile of a 64-bit little-endian program");
        }
        let version = header.u64()? & VERSION_MASK;
        if version != VERSION {
            return malformed(format!(
                "raw profile of version {version}; this reads version {VERSION}, see \
                 xtask/src/coverage/profile.rs"
            ));
        }
        let binary_ids = header.size()?;
        let records = header.size()?;
        let padding = header.size()?;
        let counters = header.size()?;
        header.bytes(4 * 8)?;
        let delta = header.u64()?;
        let data = HEADER + binary_ids;
        let counters_at = data + records.saturating_mul(RECORD) + padding;
        let all = Cursor::at(bytes, counters_at)?.bytes(counters.saturating_mul(8))?;
        let mut found = Self::default();
        for number in 0..records {
            let mut record = Cursor::at(bytes, data + number * RECORD)?;
            let (name, shape) = (record.u64()?, record.u64()?);
            // Where the counters are, seen from this record; `delta` is that of the first ones
            // from the first record.
            let from_record = record.u64()?;
            record.bytes(3 * 8)?;
            let len = record.u32()? as usize;
            let offset = from_record
                .wrapping_add((number * RECORD) as u64)
                .wrapping_sub(delta);
            let Ok(offset) = usize::try_from(offset) else {
                return malformed("counters before the first");
            };
            let mut own = Cursor::new(Cursor::at(all, offset)?.bytes(len * 8)?);
            let counts = (0..len).map(|_| own.u64()).collect::<Read<Vec<_>>>()?;
            found.0.insert((name, shape), counts);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, MAGIC};

    /// Two functions of two and one counters.
    fn profile(version: u64) -> Vec<u8> {
        let delta = 0x5000_u64.wrapping_neg();
        let header = [MAGIC, version, 8, 2, 0, 3, 0, 0, 0, 0, delta, 0, 0, 0, 0, 2];
        let mut bytes: Vec<u8> = header.iter().flat_map(|n| n.to_le_bytes()).collect();
        bytes.extend([9; 8]);
        for (number, name, at, len) in [(0_u64, 1_u64, 8_u64, 2_u32), (1, 2, 0, 1)] {
            let from_record = delta.wrapping_add(at).wrapping_sub(number * 64);
            for field in [name, 77, from_record, 0, 0, 0] {
                bytes.extend(field.to_le_bytes());
            }
            bytes.extend(len.to_le_bytes());
            bytes.extend([0; 12]);
        }
        for count in [5_u64, 6, 7] {
            bytes.extend(count.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn each_function_has_its_counters() {
        let counts = Counts::parse(&profile(10)).unwrap();
        assert_eq!(counts.of(1, 77), Some(&[6, 7][..]));
        assert_eq!(counts.of(2, 77), Some(&[5][..]));
        assert_eq!(counts.of(1, 78), None);
        // Flags beside the version do not matter.
        assert!(Counts::parse(&profile(10 | 1 << 56)).is_ok());
    }

    #[test]
    fn another_format_is_an_error() {
        let error = Counts::parse(&profile(11)).unwrap_err().to_string();
        assert!(error.contains("version 11"), "{error}");
        assert!(Counts::parse(b"something else").is_err());
        let mut short = profile(10);
        short.truncate(short.len() - 1);
        assert!(Counts::parse(&short).is_err());
    }
}

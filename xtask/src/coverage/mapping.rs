//! What the counters of a program stand for: its coverage mapping, version 7 (numbered 6).

use std::collections::HashMap;
use std::path::PathBuf;

use md5::{Digest as _, Md5};

use super::cursor::{Cursor, Read, malformed};
use super::elf;
use super::lines::Span;
use super::profile::Counts;

/// The version, as it is numbered in the file.
const VERSION: u32 = 6;
/// Set in the last column of a region that lies between statements.
const GAP: u32 = 1 << 31;

/// A piece of source, and how often it ran.
#[derive(Debug)]
pub(super) struct Region {
    /// The file, relative to the root of the workspace or absolute.
    pub(super) file: PathBuf,
    pub(super) span: Span,
    pub(super) count: u64,
}

/// Every region of a program with its count.
pub(super) fn regions(program: &[u8], counts: &Counts) -> Read<Vec<Region>> {
    let files = file_lists(elf::section(program, "__llvm_covmap")?)?;
    let functions = elf::section(program, "__llvm_covfun")?;
    let mut cursor = Cursor::new(functions);
    let mut regions = Vec::new();
    while !cursor.is_empty() {
        let name = cursor.u64()?;
        let len = cursor.u32()? as usize;
        let shape = cursor.u64()?;
        let list = cursor.u64()?;
        let mapping = cursor.bytes(len)?;
        align(&mut cursor, functions.len())?;
        let Some(files) = files.get(&list) else {
            return malformed("a function of files that are not listed");
        };
        // A function that nothing uses has no counters: it ran never.
        let counters = counts.of(name, shape).unwrap_or_default();
        read_function(mapping, files, counters, &mut regions)?;
    }
    Ok(regions)
}

/// Records begin at multiples of eight.
fn align(cursor: &mut Cursor<'_>, total: usize) -> Read<()> {
    let done = total - cursor.len();
    let padding = done.next_multiple_of(8) - done;
    cursor.bytes(padding.min(cursor.len())).map(|_| ())
}

/// The lists of files, by their hash.
fn file_lists(section: &[u8]) -> Read<HashMap<u64, Vec<PathBuf>>> {
    let mut cursor = Cursor::new(section);
    let mut lists = HashMap::new();
    while !cursor.is_empty() {
        cursor.u32()?;
        let len = cursor.u32()? as usize;
        cursor.u32()?;
        let version = cursor.u32()?;
        if version != VERSION {
            return malformed(format!(
                "coverage mapping of version {}; this reads version {}, see \
                 xtask/src/coverage/mapping.rs",
                version + 1,
                VERSION + 1
            ));
        }
        let packed = cursor.bytes(len)?;
        align(&mut cursor, section.len())?;
        let digest = Md5::digest(packed);
        let hash = Cursor::new(&digest).u64()?;
        lists.insert(hash, file_list(packed)?);
    }
    Ok(lists)
}

/// The first name is the folder of the compiler, to which the others are relative.
fn file_list(packed: &[u8]) -> Read<Vec<PathBuf>> {
    let mut cursor = Cursor::new(packed);
    let number = cursor.leb_size()?;
    cursor.leb128()?;
    if cursor.leb128()? != 0 {
        return malformed("file names are compressed");
    }
    (0..number)
        .map(|_| {
            let len = cursor.leb_size()?;
            let text = String::from_utf8_lossy(cursor.bytes(len)?).into_owned();
            Ok(PathBuf::from(text))
        })
        .collect()
}

/// A count as it is written: in the lowest two bits what it is, above which one.
#[derive(Debug, Clone, Copy)]
struct Counter(u64);

impl Counter {
    /// Its value; `None` where the function did not run at all.
    fn value(self, expressions: &[(Self, Self)], counters: &[u64], depth: usize) -> Read<u64> {
        let at = usize::try_from(self.0 >> 2).unwrap_or(usize::MAX);
        let kind = self.0 & 3;
        if kind == 0 {
            return Ok(0);
        }
        if kind == 1 {
            return Ok(counters.get(at).copied().unwrap_or_default());
        }
        let Some((left, right)) = expressions.get(at).filter(|_| depth < 1_000) else {
            return malformed("an expression that is not there, or of itself");
        };
        let left = left.value(expressions, counters, depth + 1)?;
        let right = right.value(expressions, counters, depth + 1)?;
        Ok(if kind == 2 {
            // Counters are read one after the other while threads may still count.
            left.saturating_sub(right)
        } else {
            left.saturating_add(right)
        })
    }
}

fn read_function(
    mapping: &[u8],
    names: &[PathBuf],
    counters: &[u64],
    regions: &mut Vec<Region>,
) -> Read<()> {
    let mut cursor = Cursor::new(mapping);
    let number = cursor.leb_size()?;
    let files = (0..number)
        .map(|_| match names.get(cursor.leb_size()?) {
            Some(name) => Ok(name),
            None => malformed("a file that is not listed"),
        })
        .collect::<Read<Vec<_>>>()?;
    let number = cursor.leb_size()?;
    let expressions = (0..number)
        .map(|_| Ok((Counter(cursor.leb128()?), Counter(cursor.leb128()?))))
        .collect::<Read<Vec<_>>>()?;
    for file in files {
        let mut line = 0_u32;
        for _ in 0..cursor.leb_size()? {
            let counter = Counter(cursor.leb128()?);
            let is_code = is_code(counter, &mut cursor)?;
            let mut number = || -> Read<u32> {
                match u32::try_from(cursor.leb128()?) {
                    Ok(number) => Ok(number),
                    Err(_) => malformed("a line beyond all files"),
                }
            };
            line = line.saturating_add(number()?);
            let start = (line, number()?);
            let lines = number()?;
            let last_column = number()?;
            if is_code && last_column & GAP == 0 {
                regions.push(Region {
                    file: file.clone(),
                    span: Span {
                        start,
                        end: (line.saturating_add(lines), last_column),
                    },
                    count: counter.value(&expressions, counters, 0)?,
                });
            }
        }
    }
    Ok(())
}

/// Whether the region is code that runs; what other kinds hold besides is passed over.
fn is_code(counter: Counter, cursor: &mut Cursor<'_>) -> Read<bool> {
    if counter.0 & 3 != 0 {
        return Ok(true);
    }
    // Another file's code in this place.
    if counter.0 & 4 != 0 {
        return Ok(false);
    }
    match counter.0 >> 3 {
        // Code that never runs.
        0 => Ok(true),
        // Left out before compiling.
        2 => Ok(false),
        // Branches, with a count for each way.
        4 => {
            cursor.leb128()?;
            cursor.leb128()?;
            Ok(false)
        }
        kind => malformed(format!("a region of kind {kind}")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Counter, file_lists, read_function};
    use crate::coverage::lines::Span;

    fn names() -> Vec<PathBuf> {
        vec![PathBuf::from("/x"), PathBuf::from("src/one.rs")]
    }

    #[test]
    fn regions_of_a_function() {
        let mapping = [
            1, 1, // one file, the second of the list
            1, 1, 5, // one expression: counter 0, counter 1
            4, // four regions
            1, 10, 5, 2, 2, // counter 0: from 10:5 to 12:2
            2, 1, 9, 0, 12, // counter 0 less counter 1: 11:9 to 11:12
            0, 0, 3, 0, 4, // never: 11:3 to 11:4
            1, 1, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x08, // a gap
        ];
        let mut regions = Vec::new();
        read_function(&mapping, &names(), &[7, 3], &mut regions).unwrap();
        let found: Vec<_> = regions
            .iter()
            .map(|region| (region.span, region.count))
            .collect();
        let span = |start, end| Span { start, end };
        assert_eq!(
            found,
            [
                (span((10, 5), (12, 2)), 7),
                (span((11, 9), (11, 12)), 4),
                (span((11, 3), (11, 4)), 0),
            ]
        );
        assert_eq!(regions[0].file, PathBuf::from("src/one.rs"));
        // The function never ran.
        regions.clear();
        read_function(&mapping, &names(), &[], &mut regions).unwrap();
        assert!(regions.iter().all(|region| region.count == 0));
    }

    #[test]
    fn what_is_malformed_is_an_error() {
        for mapping in [
            &[1, 9][..],                        // a file that is not listed
            &[1, 1, 0, 1, 2, 1, 1, 0, 1],       // an expression that is not there
            &[1, 1, 1, 2, 2, 1, 2, 1, 1, 0, 1], // an expression of itself
            &[1, 1, 0, 1, 7 << 3, 1, 1, 0, 1],  // a region of an unknown kind
            &[1, 1, 0, 1, 1, 1],                // cut off
        ] {
            let read = read_function(mapping, &names(), &[1], &mut Vec::new());
            assert!(read.is_err(), "{mapping:?}");
        }
        let sum = Counter(4 << 2 | 3);
        assert!(sum.value(&[], &[], 0).is_err());
    }

    #[test]
    fn another_version_is_an_error() {
        let mut section = vec![0; 16];
        section[12] = 7;
        let error = file_lists(&section).unwrap_err().to_string();
        assert!(error.contains("version 8"), "{error}");
        // One list of one name, in version 7.
        let mut section = vec![0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0];
        section.extend([1, 3, 0, 2, b'a', b'b', 0, 0]);
        let lists = file_lists(&section).unwrap();
        assert_eq!(lists.into_values().next(), Some(vec![PathBuf::from("ab")]));
        section[18] = 1;
        assert!(file_lists(&section).is_err(), "compressed");
    }
}

//! Which calls were sent to nodes: a ring of fixed slots in a file of its own.
//!
//! A mark is written before its call is sent, so that a Gateway that was killed knows afterwards
//! which calls may have run. It is one small write into the page cache and waits for no disk: it
//! outlives the process at once, and a power cut after [`Store::put_call_outcomes`] or a second or
//! two of the system's own writing.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::StoreError;
use crate::store::Store;

/// One call that was sent to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallMark {
    /// What the caller named: itself, the node, the command and its key, as a digest.
    pub fingerprint: [u8; 16],
    /// The id under which the node knows the call.
    pub invoke_id: [u8; 16],
    /// The node, as a digest.
    pub node: [u8; 8],
    /// The params, as a digest.
    pub params: [u8; 8],
    /// When it was sent, in milliseconds since 1970.
    pub at_ms: u64,
}

/// Slots of the ring: so many calls are remembered at most.
pub const CALL_SLOTS: u32 = 8192;

const SLOT_BYTES: usize = 64;
const BODY_BYTES: usize = SLOT_BYTES - 8;

impl CallMark {
    fn to_bytes(self) -> [u8; SLOT_BYTES] {
        let mut slot = [0; SLOT_BYTES];
        slot[..16].copy_from_slice(&self.fingerprint);
        slot[16..32].copy_from_slice(&self.invoke_id);
        slot[32..40].copy_from_slice(&self.node);
        slot[40..48].copy_from_slice(&self.params);
        slot[48..56].copy_from_slice(&self.at_ms.to_le_bytes());
        let sum = checksum(&slot[..BODY_BYTES]);
        slot[BODY_BYTES..].copy_from_slice(&sum.to_le_bytes());
        slot
    }

    /// The mark in a slot; `None` for one that is empty, or was only half written.
    fn from_bytes(slot: &[u8]) -> Option<Self> {
        let (body, sum) = slot.split_at_checked(BODY_BYTES)?;
        let is_whole = sum == checksum(body).to_le_bytes();
        let mark = Self {
            fingerprint: body[..16].try_into().ok()?,
            invoke_id: body[16..32].try_into().ok()?,
            node: body[32..40].try_into().ok()?,
            params: body[40..48].try_into().ok()?,
            at_ms: u64::from_le_bytes(body[48..].try_into().ok()?),
        };
        (is_whole && mark.at_ms > 0).then_some(mark)
    }
}

/// FNV-1a: tells a torn write, not an attack.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The file of marks; opened when it is first needed. None for a store in memory.
#[derive(Debug)]
pub(crate) struct Marks {
    path: Option<PathBuf>,
    file: Mutex<Option<File>>,
}

impl Marks {
    /// Beside the database at this path.
    pub(crate) fn beside(database: &Path) -> Self {
        let path = (database != Path::new(":memory:")).then(|| {
            let mut name = database.as_os_str().to_owned();
            name.push("-calls");
            PathBuf::from(name)
        });
        Self {
            path,
            file: Mutex::new(None),
        }
    }

    fn with(&self, work: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), StoreError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let mut held = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = match &mut *held {
            Some(file) => work(file),
            None => open(path).and_then(|file| work(held.insert(file))),
        };
        outcome.map_err(|error| StoreError::CallMarks {
            path: path.clone(),
            reason: error.to_string(),
        })
    }

    fn write(&self, slot: u32, bytes: &[u8; SLOT_BYTES]) -> Result<(), StoreError> {
        let at = u64::from(slot % CALL_SLOTS) * SLOT_BYTES as u64;
        self.with(|file| write_at(file, bytes, at))
    }

    fn read(&self) -> Result<Vec<(u32, CallMark)>, StoreError> {
        let missing = |path: &PathBuf| !path.exists();
        if self.path.as_ref().is_none_or(missing) {
            return Ok(Vec::new());
        }
        let mut bytes = Vec::new();
        self.with(|file| {
            use std::io::{Read as _, Seek as _};
            file.rewind()?;
            let most = u64::from(CALL_SLOTS) * SLOT_BYTES as u64;
            file.take(most).read_to_end(&mut bytes).map(drop)
        })?;
        let slots = (0..).zip(bytes.chunks_exact(SLOT_BYTES));
        Ok(slots
            .filter_map(|(slot, bytes)| CallMark::from_bytes(bytes).map(|mark| (slot, mark)))
            .collect())
    }

    /// Has what was written reach the disk.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        let is_open = self
            .file
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(File::try_clone);
        let Some(file) = is_open else { return Ok(()) };
        // Without the lock: nobody who writes a mark waits for the disk.
        file.and_then(|file| file.sync_data())
            .map_err(|error| StoreError::CallMarks {
                path: self.path.clone().unwrap_or_default(),
                reason: error.to_string(),
            })
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    use std::io::{Seek as _, SeekFrom, Write as _};
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// Marks of calls to nodes.
impl Store {
    /// The marks that are kept, each with its slot. Blocks for a moment: for the start.
    ///
    /// # Errors
    /// [`StoreError::CallMarks`] when the file cannot be read. Torn slots are passed over.
    pub fn call_marks(&self) -> Result<Vec<(u32, CallMark)>, StoreError> {
        self.marks().read()
    }

    /// Puts a mark into a slot, in place of the one there: one small write that waits for no
    /// disk.
    ///
    /// # Errors
    /// [`StoreError::CallMarks`] when it cannot be written.
    pub fn mark_call(&self, slot: u32, mark: CallMark) -> Result<(), StoreError> {
        self.marks().write(slot, &mark.to_bytes())
    }

    /// Empties a slot: the call was not sent after all.
    ///
    /// # Errors
    /// [`StoreError::CallMarks`] when it cannot be written.
    pub fn clear_call_mark(&self, slot: u32) -> Result<(), StoreError> {
        self.marks().write(slot, &[0; SLOT_BYTES])
    }
}

#[cfg(test)]
mod tests {
    use super::{CallMark, SLOT_BYTES};

    #[test]
    fn a_torn_or_empty_slot_is_no_mark() {
        let mark = CallMark {
            fingerprint: [1; 16],
            invoke_id: [2; 16],
            node: [3; 8],
            params: [4; 8],
            at_ms: 5,
        };
        let bytes = mark.to_bytes();
        assert_eq!(CallMark::from_bytes(&bytes), Some(mark));
        for at in 0..SLOT_BYTES {
            let mut torn = bytes;
            torn[at] ^= 1;
            assert_eq!(CallMark::from_bytes(&torn), None, "byte {at}");
        }
        assert_eq!(CallMark::from_bytes(&[0; SLOT_BYTES]), None);
        assert_eq!(CallMark::from_bytes(&bytes[..40]), None);
    }
}

//! The file of known gateways: read whole, changed under a lock, replaced by rename.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use openclaw_config::private_file::create_private_dir;
use openclaw_config::write_private_file;
use serde::{Deserialize, Serialize};

use super::{KnownGateway, KnownGatewaysError, KnownPin, MAX_PINS};

/// Largest file that is read.
const MAX_BYTES: u64 = 1024 * 1024;
/// The only version there is.
const VERSION: u32 = 1;

/// What stands in the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KnownFile {
    version: u32,
    gateways: BTreeMap<String, Vec<KnownPin>>,
}

/// What a change came to.
pub(super) enum Changed<T> {
    /// The file is to be written.
    Yes(T),
    /// It stays as it is.
    No(T),
}

impl KnownFile {
    /// Reads it; none is empty.
    pub(super) fn read(path: &Path) -> Result<Self, KnownGatewaysError> {
        let mut text = String::new();
        match File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text)) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self {
                    version: VERSION,
                    gateways: BTreeMap::new(),
                });
            }
            Err(source) => return Err(in_file(path, source)),
        }
        let unreadable = |why: String| KnownGatewaysError::Unreadable {
            path: path.to_owned(),
            why,
        };
        if text.len() as u64 > MAX_BYTES {
            return Err(unreadable("larger than 1 MiB".to_owned()));
        }
        let file: Self =
            serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        if file.version != VERSION {
            return Err(unreadable(format!(
                "version {} of the file is not known",
                file.version
            )));
        }
        Ok(file)
    }

    /// Changes it while nobody else does.
    pub(super) fn change<T>(
        path: &Path,
        change: impl FnOnce(&mut Self) -> Result<Changed<T>, KnownGatewaysError>,
    ) -> Result<T, KnownGatewaysError> {
        let _lock = lock(path).map_err(|source| in_file(path, source))?;
        let mut file = Self::read(path)?;
        match change(&mut file)? {
            Changed::No(value) => Ok(value),
            Changed::Yes(value) => {
                let written = serde_json::to_vec_pretty(&file)
                    .map_err(io::Error::from)
                    .and_then(|bytes| write_private_file(path, &bytes));
                written.map_err(|source| in_file(path, source))?;
                Ok(value)
            }
        }
    }

    pub(super) fn add(
        &mut self,
        origin: &str,
        pin: KnownPin,
    ) -> Result<Changed<bool>, KnownGatewaysError> {
        let pins = self.gateways.entry(origin.to_owned()).or_default();
        if pins.iter().any(|known| known.pin == pin.pin) {
            return Ok(Changed::No(false));
        }
        if pins.len() >= MAX_PINS {
            return Err(KnownGatewaysError::TooManyPins {
                origin: origin.to_owned(),
            });
        }
        pins.push(pin);
        Ok(Changed::Yes(true))
    }

    pub(super) fn remove(
        &mut self,
        origin: &str,
        pin: Option<&openclaw_tls_pin::Pin>,
    ) -> Vec<KnownPin> {
        let Some(pins) = self.gateways.get_mut(origin) else {
            return Vec::new();
        };
        let is_meant = |known: &KnownPin| pin.is_none_or(|pin| known.pin == *pin);
        let (gone, kept) = std::mem::take(pins).into_iter().partition(is_meant);
        *pins = kept;
        if pins.is_empty() {
            self.gateways.remove(origin);
        }
        gone
    }

    pub(super) fn into_gateways(self) -> Vec<KnownGateway> {
        self.gateways
            .into_iter()
            .filter(|(_, pins)| !pins.is_empty())
            .map(|(origin, pins)| KnownGateway { origin, pins })
            .collect()
    }
}

/// A lock that ends with its file handle, or with the process.
fn lock(path: &Path) -> io::Result<File> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let beside = PathBuf::from(beside);
    if let Some(directory) = beside.parent() {
        create_private_dir(directory)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&beside)?;
    file.lock()?;
    Ok(file)
}

fn in_file(path: &Path, source: io::Error) -> KnownGatewaysError {
    KnownGatewaysError::File {
        path: path.to_owned(),
        source,
    }
}

/// Pins as text.
pub(super) mod pin {
    use openclaw_tls_pin::Pin;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(in super::super) fn serialize<S: Serializer>(pin: &Pin, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(pin)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Pin, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

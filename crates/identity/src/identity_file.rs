//! `identity/device.json`: the key of this device on disk, in the original's format.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{DeviceId, DeviceKey, PublicKey, private_file};

/// The identity of this device: its key, its id, and when it was made.
///
/// Shape of the file: `{"version":1,"deviceId","publicKeyPem","privateKeyPem","createdAtMs"}`,
/// mode 0600, in a directory of mode 0700; SPKI and PKCS#8 PEM.
#[derive(Debug)]
pub struct DeviceIdentity {
    key: DeviceKey,
    device_id: DeviceId,
    created_at_ms: Option<u64>,
}

impl DeviceIdentity {
    /// Reads the identity in this `identity` directory; `None` if there is no file.
    ///
    /// A `deviceId` that is not that of the key is repaired in the file, other members are kept.
    ///
    /// Errors: [`IdentityFileError`]; the file is then left as it is.
    pub fn load(dir: &Path) -> Result<Option<Self>, IdentityFileError> {
        let path = Self::path_in(dir);
        let text = match private_file::read(&path) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(IdentityFileError::Unreadable {
                    path,
                    what: "it is no text file",
                });
            }
            Err(source) => return Err(IdentityFileError::Read { path, source }),
        };
        let unreadable = |what| IdentityFileError::Unreadable {
            path: path.clone(),
            what,
        };
        // What serde says is dropped: it may quote the key.
        let stored: StoredIdentity = serde_json::from_str(&text)
            .map_err(|_| unreadable("it is no JSON object with the members of an identity"))?;
        if stored.version != 1 {
            return Err(IdentityFileError::Version {
                path,
                found: stored.version,
            });
        }
        let private_pem = SecretString::from(stored.private_key_pem);
        let key = DeviceKey::from_pkcs8_pem(private_pem.expose_secret())
            .map_err(|_| unreadable("`privateKeyPem` is no Ed25519 key in PKCS#8 PEM"))?;
        let public: PublicKey = stored
            .public_key_pem
            .parse()
            .map_err(|_| unreadable("`publicKeyPem` is no Ed25519 key in SPKI PEM"))?;
        if public != key.public() {
            return Err(unreadable(
                "`publicKeyPem` and `privateKeyPem` are of two different keys",
            ));
        }
        let device_id = public.device_id();
        if stored.device_id.as_ref().and_then(Value::as_str) != Some(device_id.as_str()) {
            repair(&path, &text, &device_id)?;
        }
        Ok(Some(Self {
            key,
            device_id,
            created_at_ms: stored.created_at_ms.as_ref().and_then(Value::as_u64),
        }))
    }

    /// Reads the identity in this `identity` directory, or makes a new one.
    ///
    /// Processes that do this at the same moment end with the same identity. `now_ms` in
    /// milliseconds since the epoch.
    ///
    /// Errors: as [`Self::load`]; an unreadable file is never replaced.
    pub fn load_or_create(dir: &Path, now_ms: u64) -> Result<Self, IdentityFileError> {
        // A file that vanishes between the steps is looked for again, but not forever.
        for _ in 0..3 {
            if let Some(identity) = Self::load(dir)? {
                return Ok(identity);
            }
            let new = Self::new(DeviceKey::generate(), now_ms);
            if new.create_in(dir)? {
                return Ok(new);
            }
        }
        let source = io::Error::new(io::ErrorKind::NotFound, "another program keeps removing it");
        Err(IdentityFileError::Read {
            path: Self::path_in(dir),
            source,
        })
    }

    /// An identity around a key, not on disk.
    #[must_use]
    pub fn new(key: DeviceKey, created_at_ms: u64) -> Self {
        Self {
            device_id: key.device_id(),
            key,
            created_at_ms: Some(created_at_ms),
        }
    }

    /// The file in this `identity` directory.
    #[must_use]
    pub fn path_in(dir: &Path) -> PathBuf {
        dir.join("device.json")
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &DeviceKey {
        &self.key
    }

    /// The device id.
    #[must_use]
    pub fn device_id(&self) -> &DeviceId {
        &self.device_id
    }

    /// When the identity was made, milliseconds since the epoch, where the file says so.
    #[must_use]
    pub fn created_at_ms(&self) -> Option<u64> {
        self.created_at_ms
    }

    /// Writes the file, unless there is one. Returns whether there was none.
    fn create_in(&self, dir: &Path) -> Result<bool, IdentityFileError> {
        let path = Self::path_in(dir);
        let private_pem = self.key.to_pkcs8_pem();
        let stored = NewIdentity {
            version: 1,
            device_id: self.device_id.as_str(),
            public_key_pem: self.key.public().to_spki_pem(),
            private_key_pem: private_pem.expose_secret(),
            created_at_ms: self.created_at_ms,
        };
        let text = to_file_text(&stored);
        private_file::create(&path, &text)
            .map_err(|source| IdentityFileError::Write { path, source })
    }
}

/// The text of a JSON file as the originals write it: two spaces, and a newline at the end.
pub(crate) fn to_file_text(value: &impl Serialize) -> Zeroizing<String> {
    let text = serde_json::to_string_pretty(value).expect("string keys and plain values");
    let mut text = Zeroizing::new(text);
    text.push('\n');
    text
}

fn repair(path: &Path, text: &str, device_id: &DeviceId) -> Result<(), IdentityFileError> {
    let mut members: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| IdentityFileError::Unreadable {
            path: path.to_owned(),
            what: "it is no JSON object",
        })?;
    members.insert("deviceId".to_owned(), device_id.as_str().into());
    private_file::replace(path, &to_file_text(&members)).map_err(|source| {
        IdentityFileError::Write {
            path: path.to_owned(),
            source,
        }
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredIdentity {
    version: u64,
    device_id: Option<Value>,
    public_key_pem: String,
    private_key_pem: String,
    created_at_ms: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewIdentity<'a> {
    version: u64,
    device_id: &'a str,
    public_key_pem: String,
    private_key_pem: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at_ms: Option<u64>,
}

/// Why this device has no identity. Never shows a byte of the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityFileError {
    /// The file is there and cannot be opened or read.
    #[error("cannot read the device identity `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the device identity `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("the device identity `{}` is damaged: {what}; {REMEDY}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The file is from another release.
    #[error(
        "the device identity `{}` has version {found}, and only version 1 is known; {REMEDY}",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
}

const REMEDY: &str = "restore it from a backup, or move it away to get a new identity, which every \
                      gateway then has to approve";

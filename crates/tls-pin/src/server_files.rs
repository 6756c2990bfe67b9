//! The two files that hold a Gateway's certificate and key.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rcgen::{KeyPair, PublicKeyData as _};
use rustls_pki_types::PrivateKeyDer;
use sha2::{Digest as _, Sha256};

use crate::{
    Fingerprint, GenerateFailure, LoadFailure, ServerCert, ServerCertError, SubjectNames, pem,
    private_file,
};

/// Where a Gateway keeps its certificate and key: `gateway.tls.certPath` and `keyPath`.
///
/// Files are written complete or not at all, mode 0600, directories 0700.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerCertFiles {
    /// The certificate chain in PEM, leaf first.
    pub cert_path: PathBuf,
    /// The private key in PEM.
    pub key_path: PathBuf,
}

/// Where a certificate came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertOrigin {
    /// It was there.
    Loaded,
    /// Key and certificate are new.
    Generated,
    /// Key and certificate were made by a start that was interrupted before it was done.
    Completed,
}

impl ServerCertFiles {
    /// The default files in a state directory: `gateway/tls/gateway-cert.pem` and
    /// `gateway-key.pem`.
    #[must_use]
    pub fn in_state_dir(state_dir: &Path) -> Self {
        let directory = state_dir.join("gateway").join("tls");
        Self {
            cert_path: directory.join("gateway-cert.pem"),
            key_path: directory.join("gateway-key.pem"),
        }
    }

    /// Reads both files.
    ///
    /// Errors: [`ServerCertError::Missing`] and [`ServerCertError::Load`].
    pub fn load(&self) -> Result<ServerCert, ServerCertError> {
        let cert_pem = read(&self.cert_path)?;
        let key_pem = read(&self.key_path)?;
        let path = Some(self.cert_path.clone());
        let key_path = Some(self.key_path.clone());
        ServerCert::from_pem(&cert_pem, &key_pem).map_err(|why| match why {
            LoadFailure::KeyMismatch => ServerCertError::Mismatch {
                cert_path: self.cert_path.clone(),
                key_path: self.key_path.clone(),
            },
            LoadFailure::NoKey | LoadFailure::EncryptedKey => ServerCertError::Load {
                path: key_path,
                why,
            },
            why => ServerCertError::Load { path, why },
        })
    }

    /// Reads both files; makes them if neither is there. `now` in Unix seconds.
    ///
    /// What is there is kept, whatever kind of key and whatever names it has. Processes that
    /// start at the same moment end with the same files, and a start that was interrupted while
    /// it made them is completed by the next one.
    ///
    /// Errors: as [`Self::load`], and [`ServerCertError::Generate`]. One of the two without the
    /// other is [`ServerCertError::Missing`]: nobody knows what was meant.
    pub fn load_or_generate(
        &self,
        names: &SubjectNames,
        now: i64,
    ) -> Result<(ServerCert, CertOrigin), ServerCertError> {
        let origin = match (exists(&self.cert_path)?, exists(&self.key_path)?) {
            (false, false) => self.generate(names, now)?,
            (false, true) => self.complete()?,
            (true, _) => CertOrigin::Loaded,
        };
        Ok((self.load()?, origin))
    }

    /// The certificate waits beside its place until the key, which decides a race, is safe.
    fn generate(&self, names: &SubjectNames, now: i64) -> Result<CertOrigin, ServerCertError> {
        let new = ServerCert::generate(names, now)?;
        let waiting = self.waiting(new.key());
        if let Some(waiting) = &waiting {
            write_new(waiting, &new.cert_pem())?;
        }
        let is_first = write_new(&self.key_path, &new.key_pem())?;
        if let Some(waiting) = waiting.filter(|_| !is_first) {
            // Somebody else was first. What is left behind harms nobody.
            let _ = fs::remove_file(waiting);
        }
        Ok(match self.complete()? {
            CertOrigin::Completed if is_first => CertOrigin::Generated,
            other => other,
        })
    }

    /// Puts the certificate that waits for the key on disk into its place.
    fn complete(&self) -> Result<CertOrigin, ServerCertError> {
        let key =
            pem::private_key(&read(&self.key_path)?).map_err(|why| ServerCertError::Load {
                path: Some(self.key_path.clone()),
                why,
            })?;
        if let Some(waiting) = self.waiting(&key) {
            let published = private_file::publish(&waiting, &self.cert_path);
            if published.map_err(|source| unwritable(&self.cert_path, source))? {
                return Ok(CertOrigin::Completed);
            }
        }
        Ok(CertOrigin::Loaded)
    }

    /// Whether the certificate that is missing waits for the key that is there.
    ///
    /// Errors: [`ServerCertError::Missing`] if it does not.
    pub(crate) fn check_interrupted(&self) -> Result<(), ServerCertError> {
        let waiting = pem::private_key(&read(&self.key_path)?)
            .ok()
            .and_then(|key| self.waiting(&key));
        match waiting {
            Some(waiting) if exists(&waiting)? => Ok(()),
            _ => Err(ServerCertError::Missing {
                path: self.cert_path.clone(),
            }),
        }
    }

    /// Where the certificate for this key waits; `None` for a key that we did not make.
    fn waiting(&self, key: &PrivateKeyDer<'_>) -> Option<PathBuf> {
        let public = KeyPair::try_from(key).ok()?;
        let digest = hex::encode(Sha256::digest(public.der_bytes()));
        let mut name = OsString::from(".");
        name.push(self.cert_path.file_name()?);
        name.push(format!(".{}.new", digest.get(..16)?));
        Some(self.cert_path.with_file_name(name))
    }

    /// Replaces the certificate by a new one for the same key.
    ///
    /// Errors: as [`Self::load`], and [`ServerCertError::Generate`].
    pub fn renew(&self, names: &SubjectNames, now: i64) -> Result<ServerCert, ServerCertError> {
        let renewed = self.load()?.renew(names, now)?;
        private_file::replace(&self.cert_path, renewed.cert_pem().as_bytes())
            .map_err(|source| unwritable(&self.cert_path, source))?;
        Ok(renewed)
    }

    /// The fingerprint of the certificate on disk, which is what a client on this machine pins.
    /// Reads the certificate only, makes nothing.
    ///
    /// Errors: [`ServerCertError::Missing`] and [`ServerCertError::Fingerprint`].
    pub fn fingerprint(&self) -> Result<Fingerprint, ServerCertError> {
        let fault = |why| ServerCertError::Fingerprint {
            path: self.cert_path.clone(),
            why,
        };
        let pem = read_bytes(&self.cert_path)
            .map_err(LoadFailure::Read)
            .map_err(fault)?
            .ok_or_else(|| ServerCertError::Missing {
                path: self.cert_path.clone(),
            })?;
        let chain = pem::certificates(&pem).map_err(fault)?;
        let leaf = chain
            .first()
            .ok_or(LoadFailure::NoCertificate)
            .map_err(fault)?;
        Ok(Fingerprint::of_certificate(leaf))
    }
}

/// Reads a file that must be there and be no larger than any certificate chain is.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ServerCertError> {
    match read_bytes(path) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(ServerCertError::Missing {
            path: path.to_owned(),
        }),
        Err(source) => Err(unreadable(path, source)),
    }
}

/// The content of a file, `None` if there is none. A file that is larger than any certificate
/// chain is an error.
fn read_bytes(path: &Path) -> io::Result<Option<Vec<u8>>> {
    use io::Read as _;
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "larger than 1 MiB",
        ));
    }
    Ok(Some(bytes))
}

fn exists(path: &Path) -> Result<bool, ServerCertError> {
    path.try_exists().map_err(|source| unreadable(path, source))
}

fn write_new(path: &Path, pem: &str) -> Result<bool, ServerCertError> {
    private_file::create(path, pem.as_bytes()).map_err(|source| unwritable(path, source))
}

fn unreadable(path: &Path, source: io::Error) -> ServerCertError {
    ServerCertError::Load {
        path: Some(path.to_owned()),
        why: LoadFailure::Read(source),
    }
}

fn unwritable(path: &Path, source: io::Error) -> ServerCertError {
    let why = GenerateFailure::Write {
        path: path.to_owned(),
        source,
    };
    ServerCertError::Generate { why }
}

const MAX_FILE_BYTES: u64 = 1024 * 1024;

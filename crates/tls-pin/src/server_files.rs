//! The two files that hold a Gateway's certificate and key.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
    /// The key was there alone, after an interrupted start for example; the certificate is new.
    GeneratedForKey,
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
            LoadFailure::NoKey | LoadFailure::EncryptedKey => ServerCertError::Load {
                path: key_path,
                why,
            },
            why => ServerCertError::Load { path, why },
        })
    }

    /// Reads both files; makes them if neither is there, or the certificate alone if only the
    /// key is. `now` in Unix seconds.
    ///
    /// What is there is kept, whatever kind of key and whatever names it has. Processes that
    /// start at the same moment end with the same files.
    ///
    /// Errors: as [`Self::load`], and [`ServerCertError::Generate`]. A certificate without its
    /// key is [`ServerCertError::Missing`].
    pub fn load_or_generate(
        &self,
        names: &SubjectNames,
        now: i64,
    ) -> Result<(ServerCert, CertOrigin), ServerCertError> {
        let cert_exists = exists(&self.cert_path)?;
        let key_exists = exists(&self.key_path)?;
        if cert_exists {
            return Ok((self.load()?, CertOrigin::Loaded));
        }
        let mut origin = CertOrigin::GeneratedForKey;
        if !key_exists {
            let new = ServerCert::generate(names, now)?;
            if write_new(&self.key_path, &new.key_pem())? {
                origin = CertOrigin::Generated;
            }
        }
        let key =
            pem::private_key(&read(&self.key_path)?).map_err(|why| ServerCertError::Load {
                path: Some(self.key_path.clone()),
                why,
            })?;
        let new = ServerCert::for_key(key, names, now)?;
        if !write_new(&self.cert_path, &new.cert_pem())? {
            origin = CertOrigin::Loaded;
        }
        Ok((self.load()?, origin))
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

fn read(path: &Path) -> Result<Vec<u8>, ServerCertError> {
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

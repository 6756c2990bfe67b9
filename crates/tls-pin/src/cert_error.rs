//! Why a Gateway has no certificate. The first words are those of the originals.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::InvalidSubjectName;

/// A server certificate could not be made, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerCertError {
    /// No certificate could be made.
    #[error("gateway tls: failed to generate cert ({why})")]
    Generate {
        /// What failed.
        why: GenerateFailure,
    },
    /// A file is not there.
    #[error(
        "gateway tls: cert/key missing (no file `{}`; set `gateway.tls.certPath` and \
         `gateway.tls.keyPath` to existing files, or remove both files and set \
         `gateway.tls.autoGenerate` to true for a new pair)",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Certificate or key is there, but of no use.
    #[error("gateway tls: failed to load cert ({}{why})", InFile(path))]
    Load {
        /// The file, if it came from one.
        path: Option<PathBuf>,
        /// What is wrong.
        why: LoadFailure,
    },
    /// Certificate and key are there, and of two different pairs.
    #[error(
        "gateway tls: failed to load cert (the private key `{}` does not belong to the certificate \
         `{}`; set `gateway.tls.certPath` and `gateway.tls.keyPath` to the files of one pair)",
        key_path.display(), cert_path.display()
    )]
    Mismatch {
        /// The certificate file.
        cert_path: PathBuf,
        /// The key file.
        key_path: PathBuf,
    },
    /// The local certificate has no fingerprint that a client could pin.
    #[error("gateway tls: unable to compute certificate fingerprint (`{}`: {why})", path.display())]
    Fingerprint {
        /// The certificate file.
        path: PathBuf,
        /// What is wrong.
        why: LoadFailure,
    },
}

/// Why making a certificate failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateFailure {
    /// The cryptography failed, or the key is of a kind that cannot sign certificates.
    #[error(transparent)]
    Certificate(#[from] rcgen::Error),
    /// The clock shows a time that no certificate can name.
    #[error("the clock shows Unix time {0}, which no certificate can name; set the clock")]
    Clock(i64),
    /// A name cannot stand in a certificate.
    #[error(transparent)]
    Name(#[from] InvalidSubjectName),
    /// A file could not be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Why a certificate or key is of no use. Never shows a byte of a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadFailure {
    /// The file cannot be read.
    #[error("cannot read it: {0}")]
    Read(#[from] io::Error),
    /// No certificate in it.
    #[error("no `BEGIN CERTIFICATE` section in PEM form")]
    NoCertificate,
    /// No private key in it.
    #[error("no private key in PEM form (PKCS#8, PKCS#1 or SEC1)")]
    NoKey,
    /// The key needs a passphrase.
    #[error("the private key is encrypted; store it plain with `openssl pkey -in KEY -out KEY`")]
    EncryptedKey,
    /// Others than the owner may read the private key, or change it.
    #[error(
        "other users of this machine can read or change the private key (mode {mode:04o}); run \
         `chmod 600` on it, and take a new key if one of them may have it"
    )]
    Exposed {
        /// The permissions of the file.
        mode: u32,
    },
    /// The certificate cannot be parsed.
    #[error(transparent)]
    Certificate(#[from] crate::UnreadableCertificate),
    /// Certificate and key are of two different pairs.
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    /// TLS cannot use the pair.
    #[error("{0}")]
    Tls(rustls::Error),
}

impl LoadFailure {
    pub(crate) fn from_tls(error: rustls::Error) -> Self {
        match error {
            rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch) => {
                Self::KeyMismatch
            }
            other => Self::Tls(other),
        }
    }
}

struct InFile<'a>(&'a Option<PathBuf>);

impl fmt::Display for InFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(path) => write!(f, "`{}`: ", path.display()),
            None => Ok(()),
        }
    }
}

//! A Gateway's certificate over time: read or made at the start, read again when its files change,
//! renewed before it ends.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls_pki_types::CertificateDer;

use crate::stamp::Stamp;
use crate::{
    CertOrigin, CertificateInfo, Fingerprint, LoadFailure, MinimumTls, ServedCert, ServerCert,
    ServerCertError, ServerCertFiles, SubjectNames, private_file, server_config_resolving,
    server_files,
};

/// Where a Gateway's certificate comes from: `gateway.tls`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertSource {
    /// `certPath` and `keyPath`.
    pub files: ServerCertFiles,
    /// `caPath`: certificates that complete the chain, PEM. Clients are asked for none.
    pub authorities: Option<PathBuf>,
    /// `autoGenerate`: make the pair where neither file is there, and renew what was made so.
    pub auto_generate: bool,
    /// The names of certificates that are made here.
    pub names: SubjectNames,
}

impl CertSource {
    /// Says whether [`CertKeeper::open`] would find what it needs. Makes nothing.
    ///
    /// Errors: [`ServerCertError`], each naming the file.
    pub fn check(&self) -> Result<(), ServerCertError> {
        match self.load() {
            Err(ServerCertError::Missing { .. }) if self.auto_generate && !self.is_any_there() => {
                Ok(())
            }
            // May be a start that was interrupted.
            Err(ServerCertError::Missing { path })
                if self.auto_generate && path == self.files.cert_path =>
            {
                self.files.check_interrupted()
            }
            loaded => loaded.map(drop),
        }
    }

    fn load(&self) -> Result<ServerCert, ServerCertError> {
        let key_path = &self.files.key_path;
        let refused = |path: &Path, why| ServerCertError::Load {
            path: Some(path.to_owned()),
            why,
        };
        let cert = self.files.load()?;
        match private_file::exposed(key_path) {
            Ok(None) => {}
            Ok(Some(mode)) => return Err(refused(key_path, LoadFailure::Exposed { mode })),
            Err(error) => return Err(refused(key_path, error.into())),
        }
        match &self.authorities {
            None => Ok(cert),
            Some(path) => cert
                .with_authorities(&server_files::read(path)?)
                .map_err(|why| refused(path, why)),
        }
    }

    fn is_any_there(&self) -> bool {
        let there = |path: &Path| path.try_exists().unwrap_or(true);
        there(&self.files.cert_path) || there(&self.files.key_path)
    }

    fn stamps(&self) -> Vec<Option<Stamp>> {
        [&self.files.cert_path, &self.files.key_path]
            .into_iter()
            .chain(&self.authorities)
            .map(|path| Stamp::of(path))
            .collect()
    }
}

/// Keeps a certificate served. Its methods read files: not for threads that serve connections,
/// but for [`Self::info`] and [`Self::server_config`].
///
/// Files that cannot be used change nothing: the certificate before is served on. One that is out
/// of date is served, because clients that pin it do not mind, and nobody else is worse off.
pub struct CertKeeper {
    source: CertSource,
    served: Arc<ServedCert>,
    info: RwLock<Arc<CertificateInfo>>,
    seen: Mutex<Seen>,
}

/// What was found at the last look.
struct Seen {
    stamps: Vec<Option<Stamp>>,
    chain: Vec<CertificateDer<'static>>,
    is_self_made: bool,
    /// No renewal is tried before this time, after one that failed.
    renewal_not_before: i64,
}

/// Another certificate is served now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertChange {
    /// Why.
    pub why: ChangeReason,
    /// The fingerprint of the one before.
    pub before: Fingerprint,
    /// The one that is served now.
    pub now: Arc<CertificateInfo>,
}

/// Why another certificate is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeReason {
    /// Its files changed.
    Files,
    /// It was about to end, and was renewed with the same key.
    Renewal,
}

impl CertKeeper {
    /// Reads the certificate, or makes it where it may. `now` in Unix seconds.
    ///
    /// Errors: [`ServerCertError`], each naming the file.
    pub fn open(source: CertSource, now: i64) -> Result<(Self, CertOrigin), ServerCertError> {
        let stamps = source.stamps();
        let mut origin = CertOrigin::Loaded;
        if source.auto_generate {
            // Before this date there was no such program: the clock is not set yet.
            let now = now.max(EARLIEST);
            (_, origin) = source.files.load_or_generate(&source.names, now)?;
        }
        let cert = source.load()?;
        let info = source.describe(&cert)?;
        let served = ServedCert::new(&cert).map_err(|why| source.unusable(why))?;
        let keeper = Self {
            served: Arc::new(served),
            info: RwLock::new(Arc::new(info)),
            seen: Mutex::new(Seen {
                stamps,
                is_self_made: cert.is_self_made(),
                chain: cert.chain().to_vec(),
                renewal_not_before: i64::MIN,
            }),
            source,
        };
        Ok((keeper, origin))
    }

    /// The TLS configuration that serves the certificate, whichever it is at the time.
    ///
    /// Errors: when the cryptography provider lacks a protocol version.
    pub fn server_config(&self, minimum: MinimumTls) -> Result<Arc<ServerConfig>, ServerCertError> {
        server_config_resolving(Arc::clone(&self.served) as _, minimum)
    }

    /// The certificate that is served.
    #[must_use]
    pub fn info(&self) -> Arc<CertificateInfo> {
        Arc::clone(&self.info.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where it comes from.
    #[must_use]
    pub const fn source(&self) -> &CertSource {
        &self.source
    }

    /// Reads the files if they look different from the last time, and renews a certificate of our
    /// own making that is about to end. `now` in Unix seconds. Cheap if there is nothing to do.
    ///
    /// Errors: [`ServerCertError`], once for each change of the files, and once a day for a
    /// renewal that fails. The certificate before is served on.
    pub fn look(&self, now: i64) -> Result<Option<CertChange>, ServerCertError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let stamps = self.source.stamps();
        if stamps == seen.stamps {
            return self.renew(&mut seen, now);
        }
        seen.stamps = stamps;
        self.read(&mut seen, now)
    }

    /// Reads the files, however they look.
    ///
    /// Errors: as [`Self::look`].
    pub fn reload(&self, now: i64) -> Result<Option<CertChange>, ServerCertError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.stamps = self.source.stamps();
        self.read(&mut seen, now)
    }

    fn read(&self, seen: &mut Seen, now: i64) -> Result<Option<CertChange>, ServerCertError> {
        let cert = self.source.load()?;
        // The key belongs to the leaf: the same chain is the same pair.
        if cert.chain() == seen.chain {
            return self.renew(seen, now);
        }
        self.take(seen, &cert, ChangeReason::Files).map(Some)
    }

    fn renew(&self, seen: &mut Seen, now: i64) -> Result<Option<CertChange>, ServerCertError> {
        let is_due = self.source.auto_generate
            && seen.is_self_made
            && now >= seen.renewal_not_before
            && self.info().is_renewable_at(now);
        if !is_due {
            return Ok(None);
        }
        seen.renewal_not_before = now.saturating_add(DAY);
        let renewed = self.source.files.renew(&self.source.names, now)?;
        seen.stamps = self.source.stamps();
        self.take(seen, &renewed, ChangeReason::Renewal).map(Some)
    }

    fn take(
        &self,
        seen: &mut Seen,
        cert: &ServerCert,
        why: ChangeReason,
    ) -> Result<CertChange, ServerCertError> {
        let now = Arc::new(self.source.describe(cert)?);
        let replaced = self.served.replace(cert);
        replaced.map_err(|why| self.source.unusable(why))?;
        seen.chain = cert.chain().to_vec();
        seen.is_self_made = cert.is_self_made();
        let mut info = self.info.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *info, Arc::clone(&now)).fingerprint;
        Ok(CertChange { why, before, now })
    }
}

impl CertSource {
    fn describe(&self, cert: &ServerCert) -> Result<CertificateInfo, ServerCertError> {
        cert.describe().map_err(|why| self.unusable(why.into()))
    }

    fn unusable(&self, why: LoadFailure) -> ServerCertError {
        ServerCertError::Load {
            path: Some(self.files.cert_path.clone()),
            why,
        }
    }
}

impl fmt::Debug for CertKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertKeeper")
            .field("source", &self.source)
            .field("served", &self.served)
            .finish_non_exhaustive()
    }
}

const DAY: i64 = 86_400;
/// 2026-01-01.
const EARLIEST: i64 = 1_767_225_600;

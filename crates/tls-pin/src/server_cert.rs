//! Server certificates: made, renewed, read.

use std::fmt;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData as _, SerialNumber,
};
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use x509_parser::time::ASN1Time;

use crate::describe::{self, CertificateInfo};
use crate::provider::provider;
use crate::{
    Fingerprint, GenerateFailure, LoadFailure, ServerCertError, SubjectNames,
    UnreadableCertificate, pem,
};

/// A certificate chain and the private key of its leaf. `Debug` shows the fingerprint only.
pub struct ServerCert {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl ServerCert {
    /// Makes a self-signed certificate with a new ECDSA P-256 key.
    ///
    /// Subject and issuer are `CN=openclaw-gateway`, valid for 3650 days, as the originals have
    /// it; unlike theirs it names the hosts it is for. `now` in Unix seconds.
    pub fn generate(names: &SubjectNames, now: i64) -> Result<Self, ServerCertError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(generate)?;
        let leaf = self_signed(&key, names, now).map_err(generate)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(Self {
            chain: vec![leaf],
            key,
        })
    }

    /// Makes a new self-signed certificate for the same key, of whatever kind it is: key pins
    /// stay valid, certificate pins do not.
    ///
    /// Errors: [`ServerCertError::Generate`] for a key that cannot sign certificates.
    pub fn renew(&self, names: &SubjectNames, now: i64) -> Result<Self, ServerCertError> {
        Self::for_key(self.key.clone_key(), names, now)
    }

    /// Makes a self-signed certificate for an existing key.
    pub(crate) fn for_key(
        key: PrivateKeyDer<'static>,
        names: &SubjectNames,
        now: i64,
    ) -> Result<Self, ServerCertError> {
        let pair = KeyPair::try_from(&key).map_err(generate)?;
        let leaf = self_signed(&pair, names, now).map_err(generate)?;
        Ok(Self {
            chain: vec![leaf],
            key,
        })
    }

    /// Reads a certificate chain, leaf first, and a private key: PKCS#8, PKCS#1 or SEC1.
    ///
    /// Errors: [`LoadFailure`], also when the key does not belong to the leaf.
    pub fn from_pem(cert_pem: &[u8], key_pem: &[u8]) -> Result<Self, LoadFailure> {
        let chain = pem::certificates(cert_pem)?;
        let key = pem::private_key(key_pem)?;
        CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider())
            .map_err(LoadFailure::from_tls)?;
        Ok(Self { chain, key })
    }

    /// The same certificate with the intermediate authorities it needs, taken from a PEM text
    /// (`gateway.tls.caPath`). Roots are not sent: whoever trusts one has it.
    ///
    /// A chain that already has intermediates is left as it is, and so is one to which nothing in
    /// the text belongs.
    ///
    /// Errors: [`LoadFailure::NoCertificate`] for a text without certificates.
    pub fn with_authorities(mut self, ca_pem: &[u8]) -> Result<Self, LoadFailure> {
        let mut known = pem::certificates(ca_pem)?;
        if self.chain.len() > 1 {
            return Ok(self);
        }
        let mut last = describe::issue_of(self.leaf())?;
        while !last.is_self_issued() {
            let next = known.iter().enumerate().find_map(|(index, der)| {
                let issue = describe::issue_of(der).ok()?;
                (issue.subject == last.issuer && !issue.is_self_issued()).then_some((index, issue))
            });
            let Some((index, issue)) = next else { break };
            self.chain.push(known.swap_remove(index));
            last = issue;
        }
        Ok(self)
    }

    /// The certificate itself.
    #[must_use]
    pub fn leaf(&self) -> &CertificateDer<'static> {
        self.chain
            .first()
            .expect("no constructor makes an empty chain")
    }

    /// The chain as it is sent, leaf first; never empty.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The fingerprint that clients pin.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_certificate(self.leaf())
    }

    /// The certificate in words.
    pub fn describe(&self) -> Result<CertificateInfo, UnreadableCertificate> {
        describe::describe(self.leaf())
    }

    /// Whether it was made by [`Self::generate`] or [`Self::renew`], and may therefore be renewed
    /// by a program: self-issued by `CN=openclaw-gateway`, with the serial number that these give.
    /// Those that the originals made are not.
    #[must_use]
    pub fn is_self_made(&self) -> bool {
        let Ok(issue) = describe::issue_of(self.leaf()) else {
            return false;
        };
        let made_at = issue.not_before.saturating_add(DAY);
        issue.is_self_issued()
            && self
                .describe()
                .is_ok_and(|info| info.subject == format!("CN={COMMON_NAME}"))
            && issue.serial == serial(&issue.public_key, made_at)
    }

    /// The private key, for those who build their own server. Its `Debug` shows nothing of it.
    #[must_use]
    pub fn key(&self) -> &PrivateKeyDer<'static> {
        &self.key
    }

    pub(crate) fn cert_pem(&self) -> String {
        self.chain
            .iter()
            .map(|der| pem::encode("CERTIFICATE", der))
            .collect()
    }

    pub(crate) fn key_pem(&self) -> String {
        pem::encode(pem::key_label(&self.key), self.key.secret_der())
    }
}

impl fmt::Debug for ServerCert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerCert")
            .field("fingerprint", &self.fingerprint())
            .field("chain", &self.chain.len())
            .finish_non_exhaustive()
    }
}

/// Whether a certificate should be replaced: it ends soon, or has ended
/// ([`CertificateInfo::ends_soon_from`]). `now` in Unix seconds.
///
/// Errors: when the certificate cannot be read.
pub fn needs_renewal(der: &[u8], now: i64) -> Result<bool, UnreadableCertificate> {
    Ok(now >= describe::describe(der)?.ends_soon_from())
}

fn generate(why: impl Into<GenerateFailure>) -> ServerCertError {
    ServerCertError::Generate { why: why.into() }
}

fn self_signed(
    key: &KeyPair,
    names: &SubjectNames,
    now: i64,
) -> Result<CertificateDer<'static>, GenerateFailure> {
    let clock =
        |seconds: i64| ASN1Time::from_timestamp(seconds).map_err(|_| GenerateFailure::Clock(now));
    if now < 0 {
        return Err(GenerateFailure::Clock(now));
    }
    let mut params = CertificateParams::default();
    // A day back, for clients whose clock is behind.
    params.not_before = clock(now.saturating_sub(DAY))?.to_datetime();
    params.not_after = clock(now.saturating_add(LIFETIME))?.to_datetime();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, COMMON_NAME);
    params.subject_alt_names = names.to_san()?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.serial_number = Some(SerialNumber::from(serial(key.der_bytes(), now)));
    Ok(params.self_signed(key)?.into())
}

/// A serial number that differs between renewals of one key (some clients refuse two certificates
/// of one issuer with the same number), and by which our own certificates are known again.
fn serial(public_key: &[u8], now: i64) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(public_key);
    hash.update(now.to_be_bytes());
    let digest = hash.finalize();
    let mut bytes: Vec<u8> = digest.iter().copied().take(16).collect();
    if let Some(first) = bytes.first_mut() {
        // Positive and not zero.
        *first = (*first & 0x7f) | 0x40;
    }
    bytes
}

const COMMON_NAME: &str = "openclaw-gateway";
const DAY: i64 = 86_400;
const LIFETIME: i64 = 3650 * DAY;

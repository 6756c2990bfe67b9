//! TLS on the Gateway's own port: the names of its certificate, and what is said and done while
//! the certificate changes.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use openclaw_policy::bind::BindPlan;
use openclaw_tls_pin::{
    CertChange, CertKeeper, CertOrigin, CertSource, CertificateInfo, ChangeReason, MinimumTls,
    ServerCertError, SubjectNames,
};
use rustls::ServerConfig;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::clock::now_ms;
use crate::{Gateway, host};

/// What the listeners speak.
#[derive(Debug, Clone)]
pub(crate) enum TlsSetup {
    /// A configuration of the embedder's.
    Fixed(Arc<ServerConfig>),
    /// A certificate in files.
    Files(CertSource),
}

impl TlsSetup {
    /// What accepts connections, and what keeps the certificate.
    pub(crate) async fn open(
        self,
    ) -> Result<(TlsAcceptor, Option<Arc<CertKeeper>>), ServerCertError> {
        match self {
            Self::Fixed(config) => Ok((TlsAcceptor::from(config), None)),
            Self::Files(source) => {
                let keeper = open(source).await?;
                let config = keeper.server_config(MinimumTls::default())?;
                Ok((TlsAcceptor::from(config), Some(keeper)))
            }
        }
    }
}

impl Gateway {
    /// Whether its listeners speak TLS.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// The certificate that is served, where it was given by [`GatewayBuilder::certificate`].
    ///
    /// [`GatewayBuilder::certificate`]: crate::GatewayBuilder::certificate
    #[must_use]
    pub fn certificate(&self) -> Option<Arc<CertificateInfo>> {
        self.keeper.as_ref().map(|keeper| keeper.info())
    }

    /// Reads the certificate's files again. New handshakes see what is there, open connections go
    /// on. It happens by itself too, within half a minute of a change.
    ///
    /// # Errors
    ///
    /// Files that cannot be used, by name; the certificate before is served on. It is in the log
    /// as well.
    pub async fn reload_tls(&self) -> Result<Option<CertChange>, ServerCertError> {
        match &self.keeper {
            Some(keeper) => reload(keeper).await,
            None => Ok(None),
        }
    }
}

/// Everything that a Gateway bound like this may be dialled by: `localhost` and the loopback
/// addresses, the host's name, the same with `.local`, the addresses that are bound (all of the
/// host's where every interface is), and what else is known: a tailnet name for example. A name
/// that is none is left out.
#[must_use]
pub fn subject_names<'a>(
    bind: &BindPlan,
    others: impl IntoIterator<Item = &'a str>,
) -> SubjectNames {
    let bound = || bind.required.iter().chain(&bind.optional).copied();
    let everywhere = bound().any(|address| address.is_unspecified());
    let here = if everywhere {
        host::interfaces()
    } else {
        Vec::new()
    };
    names_of(&host::name(), bound().chain(here), others)
}

fn names_of<'a>(
    host: &str,
    addresses: impl IntoIterator<Item = IpAddr>,
    others: impl IntoIterator<Item = &'a str>,
) -> SubjectNames {
    let label = host.split('.').next().unwrap_or_default();
    let mut names = SubjectNames::local().with_host_name(host);
    if !label.is_empty() && !label.eq_ignore_ascii_case("localhost") {
        names = names.with_host_name(&format!("{label}.local"));
    }
    let names = others.into_iter().fold(names, SubjectNames::with_host_name);
    addresses
        .into_iter()
        .filter(|address| !is_link_local(*address))
        .take(MAX_ADDRESSES)
        .fold(names, SubjectNames::with_address)
}

/// Whether an address means nothing without the name of an interface.
fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

/// A host with more addresses than this is one with many containers; nobody dials those.
const MAX_ADDRESSES: usize = 64;

/// Reads or makes the certificate, and renews it if it is about to end.
async fn open(source: CertSource) -> Result<Arc<CertKeeper>, ServerCertError> {
    off_thread(move || {
        let (keeper, origin) = CertKeeper::open(source, now())?;
        tell_origin(&keeper, origin);
        tell(&keeper, keeper.look(now()).as_ref());
        tell_dates(&keeper.info());
        Ok(Arc::new(keeper))
    })
    .await
}

/// Reads the files again, however they look.
async fn reload(keeper: &Arc<CertKeeper>) -> Result<Option<CertChange>, ServerCertError> {
    let keeper = Arc::clone(keeper);
    off_thread(move || {
        let outcome = keeper.reload(now());
        tell(&keeper, outcome.as_ref());
        outcome
    })
    .await
}

/// Looks at the files now and then, until told to stop.
pub(crate) async fn keep(keeper: Arc<CertKeeper>, stop: CancellationToken) {
    let mut tick = tokio::time::interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut next_warning = Instant::now() + WARN_EVERY;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        let warns = Instant::now() >= next_warning;
        if warns {
            next_warning += WARN_EVERY;
        }
        let keeper = Arc::clone(&keeper);
        off_thread(move || {
            tell(&keeper, keeper.look(now()).as_ref());
            if warns {
                tell_dates(&keeper.info());
            }
        })
        .await;
    }
}

/// How often the files are looked at, where nobody tells that they changed.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often dates that do not fit are spoken of.
const WARN_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

fn tell_origin(keeper: &CertKeeper, origin: CertOrigin) {
    let path = path_of(keeper).display();
    match origin {
        CertOrigin::Loaded => {}
        CertOrigin::Generated | CertOrigin::Completed => {
            tracing::info!("gateway tls: generated self-signed cert at {path}");
        }
    }
}

fn tell(keeper: &CertKeeper, outcome: Result<&Option<CertChange>, &ServerCertError>) {
    let path = path_of(keeper).display();
    match outcome {
        Ok(None) => {}
        Ok(Some(change)) => {
            let now = &change.now;
            let key = key_pin(now);
            let (before, fingerprint) = (change.before, now.fingerprint);
            match change.why {
                ChangeReason::Files => tracing::info!(
                    %before, %fingerprint, key,
                    "gateway tls: another certificate is served from {path}"
                ),
                ChangeReason::Renewal => tracing::warn!(
                    %before, %fingerprint, key,
                    "gateway tls: renewed the self-signed cert at {path} with the same key; \
                     clients that pin the certificate need the new fingerprint, those that pin \
                     the key do not"
                ),
            }
            tell_dates(now);
        }
        Err(error) => tracing::error!(
            "{error}; going on with the certificate {}",
            keeper.info().fingerprint
        ),
    }
}

fn tell_dates(info: &CertificateInfo) {
    if let Some(concern) = info.concern_at(now()) {
        tracing::warn!(
            fingerprint = %info.fingerprint,
            "gateway tls: the certificate is {concern}; it is served all the same, and only \
             clients that pin it accept it out of its time"
        );
    }
}

fn path_of(keeper: &CertKeeper) -> &Path {
    &keeper.source().files.cert_path
}

/// The pin of the certificate's key as clients take it.
fn key_pin(info: &CertificateInfo) -> Option<String> {
    let key = info.key_fingerprint?;
    Some(openclaw_tls_pin::Pin::Key(key).to_string())
}

/// Unix seconds.
fn now() -> i64 {
    i64::try_from(now_ms() / 1000).unwrap_or(i64::MAX)
}

/// Files are read on threads that serve no connections.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::names_of;

    fn shown(host: &str, addresses: &[&str], others: &[&str]) -> (Vec<String>, Vec<String>) {
        let addresses = addresses.iter().map(|text| text.parse().unwrap());
        let names = names_of(host, addresses, others.iter().copied());
        (
            names.dns_names().to_vec(),
            names.addresses().iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn every_way_to_dial_the_host_is_named() {
        let (names, addresses) = shown(
            "Gate.example",
            &[
                "0.0.0.0",
                "192.168.1.4",
                "100.64.3.2",
                "fd00::4",
                "127.0.0.1",
            ],
            &["gate.tail1.ts.net", "not a name"],
        );
        assert_eq!(
            names,
            [
                "localhost",
                "gate.example",
                "gate.local",
                "gate.tail1.ts.net"
            ]
        );
        assert_eq!(
            addresses,
            ["127.0.0.1", "::1", "192.168.1.4", "100.64.3.2", "fd00::4"]
        );
    }

    #[test]
    fn what_nobody_can_dial_is_left_out() {
        let (names, addresses) = shown("localhost", &["169.254.1.1", "fe80::1", "::"], &[""]);
        assert_eq!(names, ["localhost"]);
        assert_eq!(addresses, ["127.0.0.1", "::1"]);
        assert_eq!(shown("", &[], &[]).0, ["localhost"]);
        let many: Vec<String> = (0..200).map(|last| format!("10.0.0.{last}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(shown("gate", &many, &[]).1.len() < 70);
    }
}

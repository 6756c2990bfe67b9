//! The daemon of a search: a thread that speaks mDNS, watched and always ended.
//!
//! It keeps what it hears without bound, and hears no command while packets keep coming. That
//! does for a search of some seconds; an announcement lives as long as the Gateway and does
//! without it.

use std::time::Duration;

use mdns_sd::{Receiver, ServiceDaemon, ServiceEvent};
use tokio::time::timeout;

use crate::interfaces::Multicast;
use crate::limits::{DAEMON_ANSWER, LOCAL_DOMAIN, SERVICE};

/// What is wrong with a daemon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DaemonError {
    /// It refused.
    #[error("mDNS is not possible here: {reason}")]
    Refused {
        /// Its own words.
        reason: String,
    },
    /// It does not answer.
    #[error("the mDNS daemon has not answered for {} s", waited.as_secs())]
    Stuck {
        /// For how long.
        waited: Duration,
    },
    /// It is gone.
    #[error("the mDNS daemon has ended")]
    Ended,
}

/// A running daemon. Dropping it ends the thread.
pub(crate) struct Daemon(ServiceDaemon);

impl Daemon {
    /// Starts the thread. Sockets are opened there; where that fails, nothing is heard or said.
    pub(crate) fn open(multicast: &Multicast) -> Result<Self, DaemonError> {
        let daemon = Self(ServiceDaemon::new_with_port(multicast.port)?);
        let (off, on) = multicast.interfaces.selection();
        daemon.0.disable_interface(off)?;
        if !on.is_empty() {
            daemon.0.enable_interface(on)?;
        }
        Ok(daemon)
    }

    pub(crate) fn browse(&self) -> Result<Receiver<ServiceEvent>, DaemonError> {
        Ok(self.0.browse(&service_type())?)
    }

    /// How many records and timers it holds.
    pub(crate) async fn load(&self) -> Result<i64, DaemonError> {
        let answer = match self.0.get_metrics() {
            Ok(answer) => answer,
            // Its queue of commands is full: it reads none.
            Err(mdns_sd::Error::Again) => return Err(stuck()),
            Err(error) => return Err(error.into()),
        };
        let metrics = timeout(DAEMON_ANSWER, answer.recv_async()).await;
        let metrics = metrics
            .map_err(|_| stuck())?
            .map_err(|_| DaemonError::Ended)?;
        let held = metrics
            .iter()
            .filter(|(name, _)| name.starts_with("cached-") || *name == "timer");
        Ok(held.map(|(_, count)| *count).sum())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A daemon that is gone needs no end.
        let _ = self.0.shutdown();
    }
}

impl From<mdns_sd::Error> for DaemonError {
    fn from(error: mdns_sd::Error) -> Self {
        match error {
            mdns_sd::Error::DaemonShutdown => Self::Ended,
            other => Self::Refused {
                reason: other.to_string(),
            },
        }
    }
}

const fn stuck() -> DaemonError {
    DaemonError::Stuck {
        waited: DAEMON_ANSWER,
    }
}

/// `_openclaw-gw._tcp.local.`
pub(crate) fn service_type() -> String {
    format!("{SERVICE}.{LOCAL_DOMAIN}")
}

/// The instance name in a full one: what stands before the service type.
pub(crate) fn instance_of(fullname: &str) -> Option<&str> {
    let ending = format!(".{}", service_type());
    let at = fullname.len().checked_sub(ending.len())?;
    let (instance, rest) = fullname.split_at_checked(at)?;
    let is_ours = rest.eq_ignore_ascii_case(&ending) && !instance.is_empty();
    is_ours.then_some(instance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_taken_off_full_names() {
        for (full, instance) in [
            ("Studio._openclaw-gw._tcp.local.", Some("Studio")),
            ("A.b c._OPENCLAW-gw._tcp.Local.", Some("A.b c")),
            ("._openclaw-gw._tcp.local.", None),
            ("_openclaw-gw._tcp.local.", None),
            ("Studio._http._tcp.local.", None),
            ("東京", None),
            ("", None),
        ] {
            assert_eq!(instance_of(full), instance, "{full}");
        }
    }
}

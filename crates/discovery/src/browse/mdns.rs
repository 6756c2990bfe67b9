//! The local network as a source of sightings.

use mdns_sd::{ResolvedService, ScopedIp, ServiceEvent};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::{Sighting, Trouble};
use crate::beacon::{Beacon, Records};
use crate::daemon::{Daemon, DaemonError, instance_of};
use crate::interfaces::Multicast;
use crate::limits::{LOCAL_DOMAIN, MAX_DAEMON_RECORDS, SEARCH_CHECK_EVERY};
use crate::shown::shown;

/// Searches until it is aborted, the reader is gone or mDNS fails.
pub(super) async fn search(multicast: Multicast, out: mpsc::Sender<Sighting>) {
    if let Err(trouble) = listen(&multicast, &out).await {
        // Nobody to tell is no trouble.
        let _ = out.send(Sighting::Trouble(trouble)).await;
    }
}

async fn listen(multicast: &Multicast, out: &mpsc::Sender<Sighting>) -> Result<(), Trouble> {
    let daemon = Daemon::open(multicast)?;
    tokio::select! {
        ended = hear(&daemon, multicast.interfaces.is_loopback(), out) => ended,
        trouble = guard(&daemon) => Err(trouble),
    }
}

/// Tells what the daemon finds, until the reader is gone.
async fn hear(
    daemon: &Daemon,
    allow_loopback: bool,
    out: &mpsc::Sender<Sighting>,
) -> Result<(), Trouble> {
    let mut events = daemon.browse()?;
    loop {
        let Ok(event) = events.recv_async().await else {
            // The daemon lets go of a reader that falls behind; what it knows comes again.
            events = daemon.browse()?;
            continue;
        };
        if let Some(sighting) = sighting(event, allow_loopback)
            && out.send(sighting).await.is_err()
        {
            return Ok(());
        }
    }
}

/// Looks at what the daemon holds, until that is too much.
async fn guard(daemon: &Daemon) -> Trouble {
    loop {
        sleep(SEARCH_CHECK_EVERY).await;
        match daemon.load().await {
            Ok(records) if records > MAX_DAEMON_RECORDS => return Trouble::Flood { records },
            Ok(_) => {}
            Err(error) => return error.into(),
        }
    }
}

fn sighting(event: ServiceEvent, allow_loopback: bool) -> Option<Sighting> {
    match event {
        ServiceEvent::ServiceResolved(service) => {
            beacon(&service, allow_loopback).map(|beacon| Sighting::Found(Box::new(beacon)))
        }
        ServiceEvent::ServiceRemoved(_, fullname) => Some(Sighting::Gone {
            domain: LOCAL_DOMAIN.to_owned(),
            instance: shown(instance_of(&fullname)?.as_bytes()),
        }),
        // Searching, and names without records.
        _ => None,
    }
}

fn beacon(service: &ResolvedService, allow_loopback: bool) -> Option<Beacon> {
    let instance = instance_of(&service.fullname)?;
    let addresses: Vec<_> = service.addresses.iter().map(scoped).collect();
    let pairs: Vec<_> = service
        .txt_properties
        .iter()
        .map(|pair| (pair.key().as_bytes(), pair.val()))
        .collect();
    Some(Beacon::from_records(&Records {
        instance: instance.as_bytes(),
        domain: LOCAL_DOMAIN,
        srv: Some((&service.host, service.port)),
        addresses: &addresses,
        txt: &pairs,
        allow_loopback,
    }))
}

/// The address with its scope, which only link-local addresses of IPv6 need.
fn scoped(address: &ScopedIp) -> (std::net::IpAddr, u32) {
    let scope = match address {
        ScopedIp::V6(v6) if v6.addr().is_unicast_link_local() => v6.scope_id().index,
        _ => 0,
    };
    (address.to_ip_addr(), scope)
}

impl From<mdns_sd::Error> for Trouble {
    fn from(error: mdns_sd::Error) -> Self {
        Self::Mdns(DaemonError::from(error))
    }
}

#[cfg(test)]
mod tests {
    use mdns_sd::ServiceInfo;

    use super::*;
    use crate::daemon::service_type;

    fn resolved(instance: &str, host: &str, txt: &[(&str, &str)]) -> ResolvedService {
        let address = "192.168.1.20";
        ServiceInfo::new(&service_type(), instance, host, address, 18789, txt)
            .expect("a service")
            .as_resolved_service()
    }

    fn found(event: ServiceEvent) -> Option<Beacon> {
        match sighting(event, false)? {
            Sighting::Found(beacon) => Some(*beacon),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_resolved_service_is_a_beacon() {
        let txt = [
            ("displayName", "Studio"),
            ("gatewayTls", "1"),
            ("gatewayPort", "9999"),
        ];
        let service = resolved("Studio (OpenClaw)", "studio.local.", &txt);
        let beacon = found(ServiceEvent::ServiceResolved(Box::new(service))).expect("found");
        assert_eq!(beacon.instance(), "Studio (OpenClaw)");
        assert_eq!(beacon.domain(), "local.");
        let locator = beacon.locator().expect("a route");
        assert_eq!(locator.ws_url(), "wss://studio.local:18789");
        assert_eq!(locator.addresses(), ["192.168.1.20:18789".parse().unwrap()]);
    }

    #[test]
    fn other_services_and_bare_names_are_none() {
        let mut service = resolved("Studio", "studio.local.", &[]);
        service.fullname = "Studio._http._tcp.local.".to_owned();
        assert_eq!(
            found(ServiceEvent::ServiceResolved(Box::new(service))),
            None
        );
        let bare = ServiceEvent::ServiceFound(service_type(), format!("Studio.{}", service_type()));
        assert_eq!(sighting(bare, false), None);
    }

    #[test]
    fn a_goodbye_names_the_instance() {
        let gone =
            |full: String| sighting(ServiceEvent::ServiceRemoved(service_type(), full), false);
        let expected = Sighting::Gone {
            domain: "local.".to_owned(),
            instance: "Stu.dio".to_owned(),
        };
        assert_eq!(gone(format!("Stu.dio.{}", service_type())), Some(expected));
        assert_eq!(gone("Studio._http._tcp.local.".to_owned()), None);
    }
}

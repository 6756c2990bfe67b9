//! Multicast on the loopback interface, on a port of each test's own.

use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::time::Duration;

use openclaw_discovery::{
    AdvertiseFacts, AdvertiserState, Beacon, BrowseOptions, Interfaces, Multicast, Sighting,
    TxtMode, Watch, watch,
};
use socket2::{Domain, Protocol, Socket, Type};

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);

/// Long enough for the slowest machine; nothing waits for it that succeeds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// mDNS on loopback, or nothing where the system carries no multicast there: then the test says
/// so and ends.
pub(crate) fn loopback() -> Option<Multicast> {
    let port = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .and_then(|socket| socket.local_addr())
        .expect("a free port")
        .port();
    match carries(port) {
        Ok(()) => Some(Multicast {
            interfaces: Interfaces::Loopback,
            port,
        }),
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "what is not tested is said loudly")]
            {
                eprintln!(
                    "NOT TESTED: no multicast on the loopback interface of this machine ({error}); real mDNS stays unproven here"
                );
            }
            None
        }
    }
}

fn carries(port: u16) -> std::io::Result<()> {
    let ear = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    ear.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())?;
    ear.join_multicast_v4(&GROUP, &Ipv4Addr::LOCALHOST)?;
    ear.set_read_timeout(Some(Duration::from_secs(2)))?;
    Mouth::new(port)?.say(b"hello")?;
    let mut buffer = [MaybeUninit::uninit(); 16];
    ear.recv(&mut buffer).map(|_| ())
}

/// Says anything to everybody on loopback.
pub(crate) struct Mouth {
    socket: Socket,
    group: SocketAddr,
}

impl Mouth {
    pub(crate) fn new(port: u16) -> std::io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.bind(&SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0).into())?;
        socket.set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
        let group = SocketAddr::from((GROUP, port));
        Ok(Self { socket, group })
    }

    pub(crate) fn say(&self, bytes: &[u8]) -> std::io::Result<()> {
        self.socket.send_to(bytes, &self.group.into()).map(|_| ())
    }

    /// What was sent back to this socket alone.
    pub(crate) fn answer(&self) -> std::io::Result<Vec<u8>> {
        self.socket.set_read_timeout(Some(PATIENCE))?;
        let mut bytes = vec![0; 9000];
        let length = std::io::Read::read(&mut &self.socket, &mut bytes)?;
        bytes.truncate(length);
        Ok(bytes)
    }
}

/// What a machine of this name announces.
pub(crate) fn facts(display_name: &str, host: &str) -> AdvertiseFacts {
    AdvertiseFacts {
        mode: TxtMode::Full,
        display_name: display_name.to_owned(),
        host: host.to_owned(),
        gateway_port: 18789,
        tls: true,
        fingerprint: Some("AB".repeat(32)),
        is_direct_reachable: true,
        tailnet_dns: Some("studio.tail1234.ts.net".to_owned()),
        ssh_port: Some(2222),
        cli_path: Some("/usr/local/bin/openclaw".to_owned()),
    }
}

/// An endless search of this network.
pub(crate) fn search(multicast: &Multicast) -> Watch {
    watch(BrowseOptions {
        timeout: None,
        mdns: Some(multicast.clone()),
        wide_area: Vec::new(),
    })
}

/// The next news that fits.
pub(crate) async fn until<T>(watch: &mut Watch, mut fits: impl FnMut(&Sighting) -> Option<T>) -> T {
    let mut seen = Vec::new();
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            let sighting = watch.next().await.expect("the search goes on");
            if let Some(fitting) = fits(&sighting) {
                return fitting;
            }
            seen.push(sighting);
        }
    });
    let found = found.await.ok();
    found.unwrap_or_else(|| panic!("only saw {seen:?}"))
}

/// The next beacon of this instance.
pub(crate) async fn beacon(watch: &mut Watch, instance: &str) -> Beacon {
    let fits = |sighting: &Sighting| match sighting {
        Sighting::Found(beacon) if beacon.instance() == instance => Some((**beacon).clone()),
        _ => None,
    };
    until(watch, fits).await
}

/// Waits until an announcement is out, and returns its name.
pub(crate) async fn announced(advertiser: &openclaw_discovery::Advertiser) -> String {
    let mut state = advertiser.state();
    let is_out = |state: &AdvertiserState| matches!(state, AdvertiserState::Announced { .. });
    let state = tokio::time::timeout(PATIENCE, state.wait_for(is_out)).await;
    let state = state.expect("in time").expect("the task lives").clone();
    match state {
        AdvertiserState::Announced { instance } => instance,
        other => panic!("{other:?}"),
    }
}

use simple_dns::{CLASS, Name, QCLASS, QTYPE, Question, TYPE};

use super::*;

const PORT: u16 = 5353;
const HOME: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 20);
const OFFICE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
const NEIGHBOUR: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 99), PORT);

fn service(instance: &str, host: &str, port: u16) -> Service {
    Service {
        instance: instance.to_owned(),
        host: host.to_owned(),
        port,
        txt: vec![
            ("role", "gateway".to_owned()),
            ("lanHost", format!("{host}.local")),
        ],
    }
}

fn links(addresses: &[Ipv4Addr]) -> Links {
    Links {
        links: addresses
            .iter()
            .map(|v4| Link::of(*v4).with_net())
            .collect(),
        own: addresses.iter().map(|v4| IpAddr::V4(*v4)).collect(),
    }
}

/// A machine with a clock that only goes when the test says so.
struct Stage {
    machine: Machine,
    now: Instant,
}

impl Stage {
    fn on(addresses: &[Ipv4Addr]) -> Self {
        let mut machine = Machine::new(service("Studio", "studio", 18789), PORT);
        let now = Instant::now();
        machine.on_links(now, links(addresses));
        Self { machine, now }
    }

    fn up() -> Self {
        let mut stage = Self::on(&[HOME]);
        stage.run(Duration::from_secs(10));
        assert_eq!(stage.machine.phase, Phase::Up);
        stage
    }

    /// Lets time pass, and returns what was sent and after how long.
    fn run(&mut self, time: Duration) -> Vec<(Duration, Action)> {
        let (start, end) = (self.now, self.now + time);
        let mut sent = Vec::new();
        while let Some(at) = self.machine.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            let actions = self.machine.on_time(self.now);
            sent.extend(actions.into_iter().map(|action| (self.now - start, action)));
        }
        self.now = end;
        sent
    }

    fn hear(&mut self, source: SocketAddrV4, bytes: &[u8]) -> Vec<Action> {
        self.machine.on_datagram(self.now, source, bytes)
    }
}

fn query(name: &str, kind: TYPE) -> Vec<u8> {
    let mut packet = Packet::new_query(7);
    let name = Name::new(name).expect("a name");
    packet.questions.push(Question::new(
        name,
        QTYPE::TYPE(kind),
        QCLASS::CLASS(CLASS::IN),
        false,
    ));
    packet.build_bytes_vec().expect("a packet")
}

fn browse() -> Vec<u8> {
    query("_openclaw-gw._tcp.local", TYPE::PTR)
}

/// What somebody else on the network says of the service that he has.
fn other(service: &Service, say: impl Fn(&Telling<'_>) -> Vec<u8>) -> Vec<u8> {
    say(&Telling {
        service,
        addresses: &[IpAddr::V4(*NEIGHBOUR.ip())],
    })
}

fn announcement(telling: &Telling<'_>) -> Vec<u8> {
    telling.announcement(Life::Full)
}

fn kinds(action: &Action) -> (bool, Vec<(TYPE, u32)>) {
    let (Action::Multicast { bytes, .. } | Action::Unicast { bytes, .. }) = action;
    let packet = crate::dns::parse(bytes).expect("a packet");
    let answers = packet.answers.iter();
    (
        packet.has_flags(PacketFlag::RESPONSE),
        answers
            .map(|record| (record.rdata.type_code(), record.ttl))
            .collect(),
    )
}

#[test]
fn names_are_probed_three_times_and_then_announced_twice_on_every_link() {
    let mut stage = Stage::on(&[HOME, OFFICE]);
    let sent = stage.run(Duration::from_secs(60));
    let from: Vec<_> = sent
        .iter()
        .map(|(_, action)| match action {
            Action::Multicast { from, .. } => *from,
            Action::Unicast { .. } => panic!("{action:?}"),
        })
        .collect();
    assert_eq!(from, [HOME, OFFICE].repeat(5));
    let home: Vec<_> = sent.iter().step_by(2).collect();
    let first = home[0].0;
    assert!(first < Duration::from_millis(250), "{first:?}");
    let after: Vec<u128> = home
        .iter()
        .map(|(at, _)| (*at - first).as_millis())
        .collect();
    assert_eq!(after, [0, 250, 500, 750, 1750]);
    let answers: Vec<bool> = home.iter().map(|(_, action)| kinds(action).0).collect();
    assert_eq!(answers, [false, false, false, true, true]);
    assert!(stage.machine.is_out());
    assert_eq!(stage.machine.deadline(), None, "then there is silence");
}

#[test]
fn without_a_network_there_is_nothing_to_do() {
    let mut stage = Stage::on(&[]);
    assert!(stage.run(Duration::from_secs(3600)).is_empty());
    assert!(!stage.machine.is_out() && !stage.machine.has_network());
    assert!(stage.hear(NEIGHBOUR, &browse()).is_empty());
    assert!(stage.machine.farewell().is_empty());
}

#[test]
fn a_change_of_the_network_probes_again() {
    let mut stage = Stage::up();
    stage.machine.on_links(stage.now, links(&[HOME]));
    assert!(stage.machine.is_out(), "nothing changed");
    stage.machine.on_links(stage.now, links(&[HOME, OFFICE]));
    assert!(!stage.machine.is_out());
    assert_eq!(stage.run(Duration::from_secs(10)).len(), 10);
    stage.machine.on_links(stage.now, links(&[]));
    assert!(!stage.machine.is_out());
    assert_eq!(stage.machine.deadline(), None);
}

#[test]
fn what_could_not_be_sent_is_announced_again() {
    let mut stage = Stage::up();
    stage.machine.on_unsent(stage.now);
    assert!(!stage.machine.is_out());
    assert_eq!(stage.run(Duration::from_secs(10)).len(), 2);
    assert!(stage.machine.is_out());
}

#[test]
fn a_search_is_answered_after_a_moment_and_a_flood_of_them_once_a_second() {
    let mut stage = Stage::up();
    assert!(stage.hear(NEIGHBOUR, &browse()).is_empty());
    let sent = stage.run(Duration::from_secs(5));
    assert_eq!(sent.len(), 1);
    assert!((20..120).contains(&sent[0].0.as_millis()), "{sent:?}");
    assert_eq!(kinds(&sent[0].1), (true, vec![(TYPE::PTR, 4500)]));

    let mut answers = 0;
    for _ in 0..10_000 {
        stage.hear(NEIGHBOUR, &browse());
        stage.hear(NEIGHBOUR, &query("studio.local", TYPE::A));
        answers += stage.run(Duration::from_millis(1)).len();
    }
    assert!((9..=11).contains(&answers), "{answers} in ten seconds");
}

#[test]
fn a_plain_resolver_is_answered_alone_and_not_without_end() {
    let mut stage = Stage::up();
    let resolver = SocketAddrV4::new(*NEIGHBOUR.ip(), 40000);
    let answer = stage.hear(resolver, &browse());
    assert!(matches!(&*answer, [Action::Unicast { to, .. }] if *to == resolver));
    let more = (0..1000).map(|_| stage.hear(resolver, &browse()).len());
    assert_eq!(more.sum::<usize>(), 19);
    stage.run(Duration::from_secs(1));
    assert_eq!(stage.hear(resolver, &browse()).len(), 1);
}

#[test]
fn nobody_beyond_the_link_is_heard() {
    let mut stage = Stage::up();
    for source in [
        "8.8.8.8:5353",
        "192.168.2.1:5353",
        "10.0.0.1:4000",
        "127.0.0.1:5353",
    ] {
        let source = source.parse().expect("an address");
        assert!(stage.hear(source, &browse()).is_empty());
        let rival = other(&service("Studio", "attic", 1), announcement);
        stage.hear(source, &rival);
    }
    assert!(stage.run(Duration::from_secs(10)).is_empty());
    assert!(stage.machine.is_out());
}

#[test]
fn nothing_is_answered_before_the_names_are_ours() {
    let mut stage = Stage::on(&[HOME]);
    stage.run(Duration::from_millis(300));
    assert!(stage.hear(NEIGHBOUR, &browse()).is_empty());
    let resolver = SocketAddrV4::new(*NEIGHBOUR.ip(), 40000);
    assert!(stage.hear(resolver, &browse()).is_empty());
    let rest = stage.run(Duration::from_millis(300));
    assert!(
        rest.iter().all(|(_, action)| !kinds(action).0),
        "probes alone"
    );
}

#[test]
fn a_name_that_is_taken_is_changed() {
    let mut stage = Stage::on(&[HOME]);
    stage.run(Duration::from_millis(300));
    stage.hear(
        NEIGHBOUR,
        &other(&service("STUDIO", "attic", 1), announcement),
    );
    stage.run(Duration::from_millis(300));
    stage.hear(
        NEIGHBOUR,
        &other(&service("Other", "studio", 1), announcement),
    );
    assert!(!stage.machine.is_out());
    stage.run(Duration::from_secs(10));
    assert!(stage.machine.is_out());
    assert_eq!(stage.machine.instance(), "Studio (2)");
    assert_eq!(stage.machine.service.host, "studio-2");
    assert_eq!(stage.machine.service.txt[1].1, "studio-2.local");
}

#[test]
fn a_rival_of_a_name_in_use_must_defend_it() {
    let rival = other(&service("Studio", "attic", 1), announcement);
    let mut stage = Stage::up();
    stage.hear(NEIGHBOUR, &rival);
    assert!(!stage.machine.is_out());
    stage.run(Duration::from_secs(10));
    assert_eq!(stage.machine.instance(), "Studio", "it said no more");

    stage.hear(NEIGHBOUR, &rival);
    stage.run(Duration::from_millis(300));
    stage.hear(NEIGHBOUR, &rival);
    stage.run(Duration::from_secs(10));
    assert_eq!(stage.machine.instance(), "Studio (2)");
    assert!(stage.machine.is_out());
}

#[test]
fn our_own_echo_and_answers_from_odd_ports_change_nothing() {
    let mut stage = Stage::on(&[HOME]);
    let before = stage.run(Duration::from_millis(300)).len();
    let ours = service("Studio", "studio", 18789);
    let echo = Telling {
        service: &ours,
        addresses: &[IpAddr::V4(HOME)],
    };
    let here = SocketAddrV4::new(HOME, PORT);
    stage.hear(here, &echo.probe());
    stage.hear(here, &echo.announcement(Life::Full));
    let rival = other(&service("Studio", "attic", 1), announcement);
    stage.hear(SocketAddrV4::new(*NEIGHBOUR.ip(), 40000), &rival);
    let after = stage.run(Duration::from_secs(10)).len();
    assert_eq!(before + after, 5, "as if nothing had been");
    assert_eq!(stage.machine.instance(), "Studio");
}

#[test]
fn of_two_probers_the_later_in_order_goes_first() {
    let mut stage = Stage::on(&[HOME]);
    stage.run(Duration::from_millis(300));
    stage.hear(
        NEIGHBOUR,
        &other(&service("Studio", "attic", 1), |telling| telling.probe()),
    );
    assert!(!stage.run(Duration::from_millis(300)).is_empty(), "we win");

    let mut stage = Stage::on(&[HOME]);
    stage.run(Duration::from_millis(300));
    stage.hear(
        NEIGHBOUR,
        &other(&service("Studio", "zoo-of-berlin", 1), |telling| {
            telling.probe()
        }),
    );
    assert!(
        stage.run(Duration::from_millis(990)).is_empty(),
        "we wait a second"
    );
    stage.run(Duration::from_secs(10));
    assert_eq!(
        stage.machine.instance(),
        "Studio",
        "and then see whether it was taken"
    );
}

#[test]
fn a_name_in_use_is_defended_at_once() {
    let mut stage = Stage::up();
    let probe = other(&service("Studio", "attic", 1), |telling| telling.probe());
    stage.hear(NEIGHBOUR, &probe);
    let sent = stage.run(Duration::from_millis(1));
    assert_eq!(sent.len(), 1);
    let (is_answer, records) = kinds(&sent[0].1);
    assert!(
        is_answer && records.contains(&(TYPE::SRV, 120)),
        "{records:?}"
    );
    for _ in 0..1000 {
        stage.hear(NEIGHBOUR, &probe);
    }
    assert_eq!(
        stage.run(Duration::from_secs(1)).len(),
        1,
        "however often it asks"
    );
}

#[test]
fn a_neighbour_that_takes_every_name_does_not_keep_us_busy() {
    let mut stage = Stage::up();
    let mut sent = 0;
    for _ in 0..60_000 {
        let named = service(stage.machine.instance(), "attic", 1);
        stage.hear(NEIGHBOUR, &other(&named, announcement));
        sent += stage.run(Duration::from_millis(10)).len();
    }
    assert!(sent < 300, "{sent} packets in ten minutes");
    assert!(stage.machine.instance().len() <= 63);
    stage.run(Duration::from_secs(30));
    assert!(stage.machine.is_out(), "when it has enough, we are back");
}

#[test]
fn a_goodbye_is_said_for_what_was_announced_alone() {
    let mut stage = Stage::on(&[HOME, OFFICE]);
    stage.run(Duration::from_millis(600));
    assert!(stage.machine.farewell().is_empty());
    stage.run(Duration::from_secs(10));
    let goodbye = stage.machine.farewell();
    assert_eq!(goodbye.len(), 2);
    assert!(kinds(&goodbye[0]).1.iter().all(|(_, ttl)| *ttl == 0));
}

proptest::proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in proptest::collection::vec(proptest::arbitrary::any::<u8>(), 0..600), flip in 0usize..200) {
        let mut stage = Stage::up();
        stage.hear(NEIGHBOUR, &bytes);
        let mut close = other(&service("Studio", "attic", 1), |telling| telling.probe());
        let at = flip % close.len();
        close[at] = bytes.first().copied().unwrap_or(0);
        stage.hear(NEIGHBOUR, &close);
        stage.run(Duration::from_secs(30));
        proptest::prop_assert!(stage.machine.is_out());
    }
}

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::service::Service;
use super::supervise::{Responder, Session, Signal};
use super::{AdvertiseFault, Advertiser, AdvertiserState};

/// What one session does: its signals, each after a time, and then nothing.
#[derive(Clone)]
struct Script {
    open: Result<(), AdvertiseFault>,
    signals: Vec<(Duration, Signal)>,
}

impl Script {
    fn good() -> Self {
        let announced = Signal::Announced {
            instance: "Studio (OpenClaw)".to_owned(),
        };
        Self {
            open: Ok(()),
            signals: vec![(Duration::from_secs(1), announced)],
        }
    }

    fn silent() -> Self {
        Self {
            signals: Vec::new(),
            ..Self::good()
        }
    }

    fn refusing() -> Self {
        Self {
            open: Err(AdvertiseFault::Socket {
                port: 5353,
                reason: "no multicast".to_owned(),
            }),
            ..Self::good()
        }
    }

    fn then(mut self, after: Duration, signal: Signal) -> Self {
        self.signals.push((after, signal));
        self
    }
}

/// Plays scripts, one per session, the last one again and again.
struct Stage {
    scripts: Mutex<VecDeque<Script>>,
    opened: mpsc::Sender<Instant>,
    closed: Arc<AtomicUsize>,
}

struct Player {
    script: Script,
    played: usize,
    due: Instant,
    closed: Arc<AtomicUsize>,
}

impl Responder for Stage {
    type Session = Player;

    fn open(&self, _: &Service) -> Result<Player, AdvertiseFault> {
        self.opened
            .try_send(Instant::now())
            .expect("the test listens");
        let mut scripts = self.scripts.lock().expect("no panic");
        let script = if scripts.len() > 1 {
            scripts.pop_front()
        } else {
            scripts.front().cloned()
        };
        let script = script.expect("a script");
        script.open.clone()?;
        Ok(Player {
            script,
            played: 0,
            due: Instant::now(),
            closed: Arc::clone(&self.closed),
        })
    }
}

impl Session for Player {
    async fn next(&mut self) -> Signal {
        let Some((after, signal)) = self.script.signals.get(self.played) else {
            return std::future::pending().await;
        };
        tokio::time::sleep_until(self.due + *after).await;
        self.due += *after;
        self.played += 1;
        signal.clone()
    }

    async fn close(self) {
        self.closed.fetch_add(1, Ordering::SeqCst);
    }
}

struct Show {
    advertiser: Advertiser,
    opened: mpsc::Receiver<Instant>,
    closed: Arc<AtomicUsize>,
    started: Instant,
}

impl Show {
    fn of<const N: usize>(scripts: [Script; N]) -> Self {
        let (sender, opened) = mpsc::channel(100);
        let closed = Arc::new(AtomicUsize::new(0));
        let stage = Stage {
            scripts: Mutex::new(scripts.into()),
            opened: sender,
            closed: Arc::clone(&closed),
        };
        let service = Service {
            instance: "Studio (OpenClaw)".to_owned(),
            host: "studio".to_owned(),
            port: 18789,
            txt: Vec::new(),
        };
        Self {
            advertiser: Advertiser::supervised(stage, service),
            opened,
            closed,
            started: Instant::now(),
        }
    }

    /// The next state that fits, and the second in which it came.
    async fn until(&self, fits: impl FnMut(&AdvertiserState) -> bool) -> (AdvertiserState, u64) {
        let mut state = self.advertiser.state();
        let state = state.wait_for(fits).await.expect("the task lives").clone();
        (state, self.started.elapsed().as_secs())
    }

    /// The seconds in which the next sessions were opened.
    async fn openings(&mut self, count: usize) -> Vec<u64> {
        let mut seconds = Vec::new();
        while seconds.len() < count {
            let at = self.opened.recv().await.expect("the task lives");
            seconds.push((at - self.started).as_secs());
        }
        seconds
    }
}

fn announced(instance: &str) -> AdvertiserState {
    AdvertiserState::Announced {
        instance: instance.to_owned(),
    }
}

fn is_degraded(state: &AdvertiserState) -> bool {
    matches!(state, AdvertiserState::Degraded { .. })
}

fn is_announced(state: &AdvertiserState) -> bool {
    matches!(state, AdvertiserState::Announced { .. })
}

#[tokio::test(start_paused = true)]
async fn a_good_announcement_stays_and_says_goodbye() {
    let mut show = Show::of([Script::good()]);
    assert_eq!(*show.advertiser.state().borrow(), AdvertiserState::Starting);
    assert_eq!(
        show.until(is_announced).await,
        (announced("Studio (OpenClaw)"), 1)
    );
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    assert_eq!(show.openings(1).await, [0]);
    assert!(
        show.opened.try_recv().is_err(),
        "one session for a whole day"
    );
    let state = show.advertiser.state();
    show.advertiser.stop().await;
    assert_eq!(*state.borrow(), AdvertiserState::Stopped);
    assert_eq!(show.closed.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_conflict_changes_the_name_that_is_shown() {
    let renamed = Signal::Announced {
        instance: "Studio (OpenClaw) (2)".to_owned(),
    };
    let show = Show::of([Script::good().then(Duration::from_secs(5), renamed)]);
    show.until(is_announced).await;
    let (_, second) = show
        .until(|state| *state == announced("Studio (OpenClaw) (2)"))
        .await;
    assert_eq!(second, 6);
}

#[tokio::test(start_paused = true)]
async fn failing_to_start_is_degraded_and_tried_less_and_less_often() {
    let mut show = Show::of([Script::refusing()]);
    let (state, _) = show.until(is_degraded).await;
    let AdvertiserState::Degraded { fault, retry_in } = state else {
        panic!("{state:?}");
    };
    assert!(fault.to_string().contains("no multicast"), "{fault}");
    assert_eq!(retry_in, Duration::from_secs(30));
    let openings = show.openings(9).await;
    assert_eq!(openings, [0, 30, 90, 210, 450, 930, 1830, 2730, 3630]);
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_ends_is_replaced_no_sooner_than_after_thirty_seconds() {
    let ending = Script::good().then(Duration::from_secs(1), Signal::Ended("gone".to_owned()));
    let mut show = Show::of([ending]);
    // Every time it was announced in between, so that the time does not grow.
    assert_eq!(show.openings(4).await, [0, 32, 64, 96]);
}

#[tokio::test(start_paused = true)]
async fn a_recovery_is_announced() {
    let show = Show::of([Script::refusing(), Script::refusing(), Script::good()]);
    show.until(is_degraded).await;
    assert_eq!(
        show.until(is_announced).await,
        (announced("Studio (OpenClaw)"), 91)
    );
}

#[tokio::test(start_paused = true)]
async fn silence_is_degraded_first_and_a_new_socket_later() {
    let mut show = Show::of([Script::silent()]);
    let (state, second) = show.until(is_degraded).await;
    let waited = Duration::from_secs(15);
    let expected = AdvertiserState::Degraded {
        fault: AdvertiseFault::Silent { waited },
        retry_in: Duration::from_secs(45),
    };
    assert_eq!((state, second), (expected, 15));
    assert_eq!(show.openings(3).await, [0, 90, 210]);
}

#[tokio::test(start_paused = true)]
async fn a_network_that_comes_up_late_needs_no_new_socket() {
    let late = Signal::Announced {
        instance: "Studio (OpenClaw)".to_owned(),
    };
    let mut show = Show::of([Script::silent().then(Duration::from_secs(40), late)]);
    show.until(is_degraded).await;
    assert_eq!(show.until(is_announced).await.1, 40);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(show.openings(1).await, [0]);
    assert!(show.opened.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_network_that_is_lost_is_degraded_until_it_is_back() {
    let back = Signal::Announced {
        instance: "Studio (OpenClaw)".to_owned(),
    };
    let lost = Script::good().then(Duration::from_secs(100), Signal::Lost);
    let mut show = Show::of([lost.then(Duration::from_secs(40), back)]);
    show.until(is_announced).await;
    let (state, second) = show.until(is_degraded).await;
    assert!(matches!(
        state,
        AdvertiserState::Degraded {
            fault: AdvertiseFault::Silent { .. },
            ..
        }
    ));
    assert!((101 + 15..101 + 21).contains(&second), "{second}");
    assert_eq!(show.until(is_announced).await.1, 141);
    assert_eq!(show.openings(1).await, [0]);
    assert!(show.opened.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn what_it_complains_of_is_no_fault() {
    let complaint = Signal::Complaint("no buffer".to_owned());
    let mut show = Show::of([Script::good().then(Duration::from_secs(1), complaint)]);
    show.until(is_announced).await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(is_announced(&show.advertiser.state().borrow()));
    assert_eq!(show.openings(1).await, [0]);
    assert!(show.opened.try_recv().is_err());
    assert_eq!(show.closed.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_degraded_announcement_stops_at_once() {
    let show = Show::of([Script::refusing()]);
    show.until(is_degraded).await;
    let started = Instant::now();
    let state = show.advertiser.state();
    show.advertiser.stop().await;
    assert_eq!(*state.borrow(), AdvertiserState::Stopped);
    assert_eq!(started.elapsed(), Duration::ZERO);
}

//! One event to many: `voicewake.set` makes a `voicewake.changed` event. Presence would not do: a
//! Gateway may gather several changes into one event.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::super::line::{Kind, Line};
use super::super::subject::Subject;
use super::super::system;
use super::{Effort, Sizes};
use crate::client;
use crate::failure::{Outcome, fail};

/// How long an event may take to reach everybody before it counts as left out.
const PATIENCE: Duration = Duration::from_secs(2);

/// The figures of one fan-out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::bench) struct FanOut {
    /// Deliveries per second.
    pub(in crate::bench) per_second: f64,
    /// CPU time of the server per delivery, microseconds.
    pub(in crate::bench) cpu_us: f64,
    /// Deliveries, and how many there would be if none were left out.
    pub(in crate::bench) delivered: usize,
    /// See [`FanOut::delivered`].
    pub(in crate::bench) expected: usize,
}

/// What has arrived, at all subscribers together.
#[derive(Debug, Default)]
struct Arrivals {
    count: Cell<usize>,
    /// The count at which `reached` is told.
    awaited: Cell<usize>,
    reached: Notify,
    event_bytes: Cell<usize>,
}

impl Arrivals {
    fn add(&self, bytes: usize) {
        self.count.set(self.count.get() + 1);
        self.event_bytes.set(bytes);
        if self.count.get() == self.awaited.get() {
            self.reached.notify_one();
        }
    }

    /// Waits until so many have arrived, or for as long as the rest may take.
    async fn reach(&self, count: usize) {
        self.awaited.set(count);
        let all = async {
            while self.count.get() < count {
                self.reached.notified().await;
            }
        };
        // What does not come in time is told by the count.
        let _ = tokio::time::timeout(PATIENCE, all).await;
    }

    /// Waits until nothing has come for a while.
    async fn calm(&self) {
        loop {
            let before = self.count.get();
            tokio::time::sleep(Duration::from_millis(300)).await;
            if self.count.get() == before {
                return;
            }
        }
    }
}

/// Posts one event after another, each when the one before has arrived everywhere.
pub(super) async fn measure(
    subject: &Subject,
    effort: Effort,
    sizes: &mut Sizes,
) -> Outcome<FanOut> {
    let arrivals = Rc::new(Arrivals::default());
    let mut readers = JoinSet::new();
    for _ in 0..effort.subscribers {
        let line = Line::open(&subject.bare_subscriber(), Kind::Cli).await?;
        readers.spawn_local(read(line, Rc::clone(&arrivals)));
    }
    let mut poster = Line::open(&subject.bare_poster(), Kind::Cli).await?;
    // What the connections themselves caused must have passed.
    arrivals.calm().await;
    arrivals.count.set(0);
    let cpu = system::cpu_seconds(subject.pid())?;
    let began = Instant::now();
    let mut expected = 0;
    while began.elapsed() < effort.lasts {
        let reply = poster.call(post(expected)).await?;
        if !subject.is_bare() && reply.contains(r#""ok":false"#) {
            fail!("voicewake.set was refused: {}", reply.as_str());
        }
        sizes.posted = reply.len();
        expected += effort.subscribers;
        arrivals.reach(expected).await;
    }
    let took = began.elapsed();
    let cpu = system::cpu_seconds(subject.pid())? - cpu;
    readers.shutdown().await;
    let delivered = arrivals.count.get();
    if delivered == 0 {
        fail!("no event arrived");
    }
    if !subject.is_bare() {
        sizes.event = arrivals.event_bytes.get();
    }
    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    let count = delivered as f64;
    Ok(FanOut {
        per_second: count / took.as_secs_f64(),
        cpu_us: cpu * 1e6 / count,
        delivered,
        expected,
    })
}

async fn read(mut line: Line, arrivals: Rc<Arrivals>) {
    while let Ok(text) = line.text().await {
        if text.contains(r#""event":"voicewake.changed""#) {
            arrivals.add(text.len());
        }
    }
}

fn post(round: usize) -> Utf8Bytes {
    let params = json!({"triggers": [format!("bench {round}")]});
    client::request("1", "voicewake.set", &params).into()
}

//! A host that keeps everything in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use openclaw_channels::telegram::{Telegram, TelegramOptions};
use openclaw_channels::testing::FakeTelegram;
use openclaw_channels::{
    Accepted, Channel, ChannelError, ChannelHost, Content, HostError, Inbound, Position, Report,
};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Keeps what comes in; what is on its "disk" outlives the channel.
#[derive(Debug)]
pub(crate) struct MemoryHost {
    pub(crate) kept: Mutex<Vec<Inbound>>,
    pub(crate) positions: Mutex<BTreeMap<String, Position>>,
    pub(crate) reports: Mutex<Vec<Report>>,
    /// How often something came that was kept before.
    pub(crate) duplicates: AtomicUsize,
    /// So many of the next ones are not kept.
    pub(crate) refuses: AtomicUsize,
    pub(crate) now_ms: AtomicU64,
    version: watch::Sender<u64>,
}

impl MemoryHost {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            kept: Mutex::default(),
            positions: Mutex::default(),
            reports: Mutex::default(),
            duplicates: AtomicUsize::new(0),
            refuses: AtomicUsize::new(0),
            now_ms: AtomicU64::new(1_770_000_000_000),
            version: watch::Sender::new(0),
        })
    }

    fn changed(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    /// Waits until something is so.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let mut changes = self.version.subscribe();
        let waiting = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = look(self) {
                    return found;
                }
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting)
            .await
            .unwrap_or_else(|_| panic!("it never came to that: {self:?}"))
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.kept.lock().unwrap().iter().map(text_of).collect()
    }

    /// Waits until so many were kept.
    pub(crate) async fn kept(&self, count: usize) -> Vec<Inbound> {
        self.until(|host| {
            let kept = host.kept.lock().unwrap();
            (kept.len() >= count).then(|| kept.clone())
        })
        .await
    }

    /// Waits for a failure that is told in such words.
    pub(crate) async fn failing(&self, part: &str) -> String {
        self.until(|host| {
            let reports = host.reports.lock().unwrap();
            reports.iter().find_map(|report| match report {
                Report::Failing(why) if why.contains(part) => Some(why.clone()),
                _ => None,
            })
        })
        .await
    }

    /// Waits until the last thing told is that all is well.
    pub(crate) async fn connected(&self) {
        self.until(|host| {
            let reports = host.reports.lock().unwrap();
            matches!(reports.last(), Some(Report::Connected(_))).then_some(())
        })
        .await;
    }
}

pub(crate) fn text_of(inbound: &Inbound) -> String {
    match &inbound.content {
        Content::Message { text, .. } => text.clone(),
        Content::Press { data, .. } => format!("press {data}"),
    }
}

#[async_trait]
impl ChannelHost for MemoryHost {
    async fn accept(&self, inbound: Inbound) -> Result<Accepted, HostError> {
        let refuses = self.refuses.load(Ordering::SeqCst);
        if refuses > 0 {
            self.refuses.store(refuses - 1, Ordering::SeqCst);
            return Err(HostError("the disk is full".into()));
        }
        let is_known = {
            let mut kept = self.kept.lock().unwrap();
            let is_known = kept.iter().any(|one| one.update_id == inbound.update_id);
            if !is_known {
                kept.push(inbound);
            }
            is_known
        };
        if is_known {
            self.duplicates.fetch_add(1, Ordering::SeqCst);
        }
        self.changed();
        Ok(if is_known {
            Accepted::Duplicate
        } else {
            Accepted::New
        })
    }

    async fn position(&self, queue: &str) -> Result<Option<Position>, HostError> {
        Ok(self.positions.lock().unwrap().get(queue).copied())
    }

    async fn keep_position(&self, queue: &str, position: Position) -> Result<(), HostError> {
        self.positions
            .lock()
            .unwrap()
            .insert(queue.to_owned(), position);
        self.changed();
        Ok(())
    }

    fn report(&self, report: Report) {
        self.reports.lock().unwrap().push(report);
        self.changed();
    }

    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::SeqCst)
    }
}

/// A channel that runs until this is dropped or [stopped](Self::stop).
pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinSet<Result<(), ChannelError>>,
}

impl Running {
    pub(crate) fn start(channel: Arc<dyn Channel>, host: &Arc<MemoryHost>) -> Self {
        let stop = CancellationToken::new();
        let (host, token) = (Arc::clone(host), stop.clone());
        let mut task = JoinSet::new();
        task.spawn(async move { channel.run(&*host, &token).await });
        Self { stop, task }
    }

    /// Stops it, and waits for that.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        assert_eq!(self.task.join_next().await.unwrap().unwrap(), Ok(()));
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) async fn kill(mut self) {
        self.task.abort_all();
        assert!(
            self.task
                .join_next()
                .await
                .unwrap()
                .unwrap_err()
                .is_cancelled()
        );
    }

    /// Waits until it gives up.
    pub(crate) async fn gives_up(mut self) -> ChannelError {
        let ended = tokio::time::timeout(Duration::from_secs(60), self.task.join_next()).await;
        ended.unwrap().unwrap().unwrap().unwrap_err()
    }
}

/// Options for the bot of a server.
pub(crate) fn options(server: &FakeTelegram) -> TelegramOptions {
    let mut options = TelegramOptions::new("default", server.token().to_owned().into());
    options.api_root = server.api_root().parse().unwrap();
    options
}

/// The bot of a server.
pub(crate) fn bot(server: &FakeTelegram) -> Arc<Telegram> {
    Arc::new(Telegram::new(options(server)))
}
